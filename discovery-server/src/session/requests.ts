import type { Presence, SessionRequest } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import { Refusal } from '../refusal.ts';
import type { Member, Roster } from '../roster.ts';
import type { PushStream } from './push-stream.ts';

/** Who asks, and what answering takes. */
export interface Asking {
  readonly identity: Fingerprint;
  readonly member: Member;
  readonly roster: Roster;
  readonly stream: PushStream;
}

/** What a `result` carries besides its id. */
export interface Answer {
  readonly page?: { users: Presence[]; next: string | null };
  readonly found?: Presence | null;
}

/**
 * Does what a signed-in client asks. Pushes that belong to the request go out before this returns, so that they
 * come before its result. `sign-out` takes the user offline; ending the session is the caller's part.
 * @throws {Refusal} with the code for an `error` frame
 */
export function answer(request: SessionRequest, { identity, member, roster, stream }: Asking): Answer {
  switch (request.type) {
    case 'announce':
      roster.announce(identity, member, request.endpoints);
      return {};
    case 'directory': {
      const { accounts, next } = roster.directory.page(request.after, request.limit);
      return { page: { users: accounts.map((account) => roster.describe(account)), next } };
    }
    case 'look-up':
      return { found: roster.presenceOf(request.identity) ?? null };
    case 'watch':
      if (!roster.watches.add(member, request.identities)) {
        throw new Refusal('too-many', `a session may watch ${MAX_WATCHES} users; unwatch some first`);
      }
      stream.snapshot(known(roster, new Set(request.identities)));
      return {};
    case 'unwatch':
      roster.watches.remove(member, request.identities);
      return {};
    case 'watch-directory':
      roster.watches.setDirectory(member, request.on);
      return {};
    case 'resync':
      stream.snapshot(known(roster, roster.watches.watchedBy(member)));
      return {};
    case 'sign-out':
      roster.signOut(identity, member);
      return {};
  }
}

/** Those of the identities that have an account; the others are pushed when they register. */
function known(roster: Roster, identities: Iterable<Fingerprint>): Presence[] {
  return [...identities]
    .map((identity) => roster.presenceOf(identity))
    .filter((presence) => presence !== undefined);
}
