import type { Presence, ServerFrame, SessionRequest, User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Accounts } from '../accounts.ts';
import { USERS_PER_REQUEST } from '../limits.ts';
import type { Others } from '../others.ts';
import { Refusal } from '../refusal.ts';
import type { Calls } from '../relay/calls.ts';
import type { Member, Roster } from '../roster.ts';
import type { Frame, Item } from './frame.ts';
import type { Teller } from './teller.ts';

/** Who asks, and what answering takes. */
export interface Asking {
  readonly identity: Fingerprint;
  /** As addressGroup names it. */
  readonly address: string;
  readonly member: Member;
  readonly roster: Roster;
  readonly accounts: Accounts;
  readonly calls: Calls;
  readonly teller: Teller;
  /** The moment now, milliseconds. */
  readonly at: number;
}

/** What a `result` carries besides its id. */
export interface Answer {
  readonly found?: Presence | null;
  readonly successions?: Succession[];
  readonly user?: User;
  readonly ticket?: string;
  readonly address?: string;
  /** A page of the directory: `users` as JSON. */
  readonly page?: { users: readonly Item[]; next: string | null };
}

/** The frame that says so: what most results are is made of JSON that is there already. */
export function resultFrame(id: number, { page, ...rest }: Answer): Frame {
  if (page === undefined) return JSON.stringify({ type: 'result', id, ...rest } satisfies ServerFrame);
  return {
    head: `{"type":"result","id":${id},"page":{"users":[`,
    items: page.users,
    tail: `],"next":${JSON.stringify(page.next)}}}`,
  };
}

/** Requests whose answer waits for the disk. */
type SlowRequest = Extract<SessionRequest, { type: 'rename' | 'delete-account' }>;
type QuickRequest = Exclude<SessionRequest, SlowRequest>;

/**
 * How many requests this one counts as: as many as it takes users for, or the cheapest would be the one that makes the
 * server tell of everybody.
 */
export function weightOf(
  request: SessionRequest,
  { member, roster }: Pick<Asking, 'member' | 'roster'>,
): number {
  if (request.type !== 'watch' && request.type !== 'resync') return 1;
  const users = request.type === 'watch' ? request.identities.length : roster.watches.countOf(member);
  return Math.max(1, Math.ceil(users / USERS_PER_REQUEST));
}

/**
 * What has to be learnt from other instances before the answer; undefined: nothing.
 * @throws {Refusal} by the promise: it cannot be learnt now
 */
export function beforehand(
  request: SessionRequest,
  { roster }: Pick<Asking, 'roster'>,
): Promise<void> | undefined {
  const { others, directory } = roster;
  if (others === undefined) return undefined;
  if (request.type === 'directory') {
    const { listed } = directory.page(request.after, request.limit);
    return others.look(listed.map(({ identity }) => identity));
  }
  if (request.type === 'look-up') return lookUp(request.identity, roster, others);
  if (request.type === 'watch') return others.follow(request.identities);
  if (request.type === 'dial-back' || request.type === 'relay') return others.look([request.identity]);
  return undefined;
}

async function lookUp(identity: Fingerprint, roster: Roster, others: Others): Promise<void> {
  // Somebody may have told of an account before this instance heard of it.
  if (roster.whois(identity) === undefined) await others.settled();
  const found = roster.whois(identity);
  if (found !== undefined) await others.look([found.presence.identity]);
}

/** Whether the answer has to wait for the disk. */
export function isSlow(request: SessionRequest): request is SlowRequest {
  return request.type === 'rename' || request.type === 'delete-account';
}

/**
 * Does what changes the asking client's own account, and no other: resolves once that is durable and those who watch
 * have been told. Ending the session after `delete-account` is the caller's part.
 * @throws {Refusal} with the code for an `error` frame
 */
export async function answerSlowly(
  request: SlowRequest,
  { identity, member, accounts }: Asking,
): Promise<Answer> {
  if (request.type === 'rename') return { user: await accounts.rename(identity, request.name) };
  await accounts.remove(identity, member);
  return {};
}

/**
 * Does what a signed-in client asks. `sign-out` takes the user offline; ending the session is the caller's part.
 * @returns what the result carries; undefined where the teller says when the result may follow
 * @throws {Refusal} with the code for an `error` frame
 */
export function answer(request: QuickRequest, asking: Asking): Answer | undefined {
  const { identity, address, member, roster, calls, teller, at } = asking;
  switch (request.type) {
    case 'announce':
      roster.announce(identity, member, request.endpoints);
      return {};
    case 'directory':
      return { page: roster.page(request.after, request.limit) };
    case 'look-up': {
      const who = roster.whois(request.identity);
      if (who === undefined) return { found: null };
      const { presence: found, successions } = who;
      return successions === undefined ? { found } : { found, successions };
    }
    case 'watch':
      if (!roster.watches.add(member, request.identities)) {
        throw new Refusal('too-many', `a session may watch ${MAX_WATCHES} users; unwatch some first`);
      }
      teller.watched(request.id, request.identities, at);
      return undefined;
    case 'unwatch':
      roster.watches.remove(member, request.identities);
      return {};
    case 'watch-directory':
      roster.watches.setDirectory(member, request.on);
      return {};
    case 'resync':
      teller.everybody(request.id, at);
      return undefined;
    case 'dial-back':
      calls.dialBack(identity, request.identity);
      return {};
    case 'relay':
      return calls.relay(identity, request.identity, address);
    case 'sign-out':
      roster.signOut(identity, member);
      return {};
  }
}
