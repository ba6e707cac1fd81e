import { nameKey, userName } from '@p2p-chat/protocol/names';
import { type Directory, DirectoryRefusal } from '../core/net-ports.ts';
import type { Cancel } from '../core/ports.ts';
import { invalidName } from '../net/discovery-http.ts';
import type { Listener } from '../net/listener.ts';
import { type DiscoveryError, parseServerAddress, refusedBy } from '../net/server-address.ts';
import type { OnlineOptions, Problem, Status } from '../peer-api.ts';
import type { Wish } from './introduction.ts';
import { onlineError } from './problems.ts';

/** The listener and the session of one time online. */
export interface Session {
  readonly wish: Wish;
  /** The account's, as far as it is known: the server's word. */
  name: string;
  /** What the person chose to be called here. Contacts hear this one: the server cannot rename anybody by itself. */
  chosenName: string;
  /** Whether the wish's name means this account too: it was renamed elsewhere, and some windows know it by that one. */
  hasOldName: boolean;
  /** Whether the server confirmed the account; false while it could not be asked. */
  confirmed: boolean;
  /** Whether the server has no account yet, since it could not make one. */
  needsAccount: boolean;
  /** Ends the pause before it is asked for one again. */
  cancelAsking: Cancel;
  readonly listener: Listener;
  readonly directory: Directory;
  readonly unwatch: Cancel;
  /** `asked`: the account is being deleted, and the server's goodbye, after which it is `gone`, is no problem. */
  account: 'kept' | 'asked' | 'gone';
  /** Why this end would not sign in. */
  refusal: DiscoveryError | null;
}

/** What this person says to be called: as the server writes it, where it is the name that they chose. */
export function saidName({ name, chosenName }: Session): string {
  return nameKey(name) === nameKey(chosenName) ? name : chosenName;
}

/** @throws {PeerError} for what cannot be a name or an address */
export function wishOf(options: OnlineOptions): Wish {
  try {
    if (!userName.safeParse(options.name).success) throw invalidName();
    return { options, server: parseServerAddress(options.server) };
  } catch (error) {
    throw onlineError(error);
  }
}

/** Whether being online in this way is what is wished for. */
export function isFor({ wish, name, hasOldName }: Session, { options, server }: Wish): boolean {
  return (
    (name === options.name || (hasOldName && wish.options.name === options.name)) &&
    wish.server.origin === server.origin &&
    wish.options.listenHost === options.listenHost &&
    wish.options.listenPort === options.listenPort
  );
}

/** What windows are told of it. @param retrying whether it may go by itself */
export function asProblem({ name, wish }: Session, problem: Problem, retrying: boolean): Status {
  return { kind: 'problem', name, server: wish.server.origin, problem, retrying };
}

/** Asked after every await. */
export function isGone({ account }: Session): boolean {
  return account === 'gone';
}

/** What the session could not do, in a window's words. @throws {PeerError} */
export function toPeerError(error: unknown): never {
  throw error instanceof DirectoryRefusal ? onlineError(refusedBy(error.code)) : error;
}
