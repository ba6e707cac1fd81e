import type { Presence, SessionRequest, User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Accounts } from '../accounts.ts';
import { Refusal } from '../refusal.ts';
import type { Member, Roster } from '../roster.ts';
import type { PushStream } from './push-stream.ts';

/** Who asks, and what answering takes. */
export interface Asking {
  readonly identity: Fingerprint;
  readonly member: Member;
  readonly roster: Roster;
  readonly accounts: Accounts;
  readonly stream: PushStream;
}

/** What a `result` carries besides its id. */
export interface Answer {
  readonly page?: { users: Presence[]; next: string | null };
  readonly found?: Presence | null;
  readonly successions?: Succession[];
  readonly user?: User;
}

/** Requests whose answer waits for the disk. */
type SlowRequest = Extract<SessionRequest, { type: 'rename' | 'delete-account' }>;
type QuickRequest = Exclude<SessionRequest, SlowRequest>;

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
 * Does what a signed-in client asks. Pushes that belong to the request go out before this returns, so that they
 * come before its result. `sign-out` takes the user offline; ending the session is the caller's part.
 * @throws {Refusal} with the code for an `error` frame
 */
export function answer(request: QuickRequest, { identity, member, roster, stream }: Asking): Answer {
  switch (request.type) {
    case 'announce':
      roster.announce(identity, member, request.endpoints);
      return {};
    case 'directory': {
      const { accounts, next } = roster.directory.page(request.after, request.limit);
      return { page: { users: accounts.map((account) => roster.describe(account)), next } };
    }
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
      tellOf(new Set(request.identities), roster, stream);
      return {};
    case 'unwatch':
      roster.watches.remove(member, request.identities);
      return {};
    case 'watch-directory':
      roster.watches.setDirectory(member, request.on);
      return {};
    case 'resync':
      tellOf(roster.watches.watchedBy(member), roster, stream);
      return {};
    case 'sign-out':
      roster.signOut(identity, member);
      return {};
  }
}

/**
 * The state of those that have an account, and the successions of those that were replaced, one for each person; the
 * others are pushed when they register.
 */
function tellOf(identities: Iterable<Fingerprint>, roster: Roster, stream: PushStream): void {
  const presences: Presence[] = [];
  const successions = new Map<Fingerprint, string>();
  for (const identity of identities) {
    const presence = roster.presenceOf(identity);
    if (presence !== undefined) presences.push(presence);
    const heir = roster.directory.bySuccession(identity);
    if (heir?.successions !== undefined) successions.set(heir.identity, JSON.stringify(heir.successions));
  }
  stream.snapshot(presences);
  for (const json of successions.values()) stream.change('succession', json);
}
