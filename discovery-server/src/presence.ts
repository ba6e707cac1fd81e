import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { OFFLINE_AFTER_MS } from '@p2p-chat/protocol/limits';

/** Two moments of the same instant: `at` decides what is overdue, `wall` (since 1970) is shown. Milliseconds. */
export interface Moment {
  readonly at: number;
  readonly wall: number;
}

/** What a device says of itself when it signs in. */
export interface DeviceState {
  readonly device: Fingerprint;
  readonly endpoints: readonly Endpoint[];
}

/** A user who is online. */
export interface OnlineUser<Session> extends DeviceState {
  readonly identity: Fingerprint;
  /** The last sign of life. Each frame is one, so it changes in place. */
  seen: Moment;
  /** Undefined while the user lingers: the session ended without a sign-out, and may come back in time. */
  readonly session: Session | undefined;
}

/**
 * Who is online. Knows no sockets and no timers: it is told of signs of life, and asked now and then who is overdue.
 * A session that ends without sign-out leaves its user online until OFFLINE_AFTER_MS after its end, so that
 * reloading a window does not flap.
 * @typeParam Session names one session; compared by identity only
 */
export class PresenceTable<Session> {
  readonly #online = new Map<Fingerprint, OnlineUser<Session>>();
  readonly #onTurn: (identity: Fingerprint, isOnline: boolean) => void;

  /** @param onTurn called when a user has come online or gone offline */
  constructor(onTurn: (identity: Fingerprint, isOnline: boolean) => void = () => undefined) {
    this.#onTurn = onTurn;
  }

  get size(): number {
    return this.#online.size;
  }

  get(identity: Fingerprint): Readonly<OnlineUser<Session>> | undefined {
    return this.#online.get(identity);
  }

  /**
   * A session of this user has proved itself and takes the place of any other.
   * @returns the session that it replaces, and whether others must be told: not when the same device comes back
   *   in time with the same endpoints
   */
  signIn(
    identity: Fingerprint,
    session: Session,
    state: DeviceState,
    now: Moment,
  ): { replaced: Session | undefined; changed: boolean } {
    const before = this.#online.get(identity);
    this.#online.set(identity, { identity, ...state, seen: now, session });
    if (before === undefined) this.#onTurn(identity, true);
    const changed = before?.device !== state.device || !sameEndpoints(before.endpoints, state.endpoints);
    return { replaced: before?.session, changed };
  }

  /** The session was heard from. Ignored when it is not the user's current one. */
  alive(identity: Fingerprint, session: Session, now: Moment): void {
    const user = this.#current(identity, session);
    if (user !== undefined) user.seen = now;
  }

  /** The device listens elsewhere now. @returns whether that is news */
  announce(identity: Fingerprint, session: Session, endpoints: readonly Endpoint[]): boolean {
    const user = this.#current(identity, session);
    if (user === undefined || sameEndpoints(user.endpoints, endpoints)) return false;
    this.#online.set(identity, { ...user, endpoints });
    return true;
  }

  /**
   * The session ended without a sign-out: its user lingers, and has all of OFFLINE_AFTER_MS to come back, however long ago
   * the last pong was. Ignored when another one has taken over.
   */
  disconnect(identity: Fingerprint, session: Session, now: Moment): void {
    const user = this.#current(identity, session);
    if (user !== undefined)
      this.#online.set(identity, { ...user, seen: { ...user.seen, at: now.at }, session: undefined });
  }

  /** The user goes offline by wish. @returns who went, or undefined when another session has taken over */
  signOut(identity: Fingerprint, session: Session): OnlineUser<Session> | undefined {
    const user = this.#current(identity, session);
    if (user !== undefined) this.#delete(identity);
    return user;
  }

  /** Takes a user out whose account is no more. @returns who that was, if online */
  remove(identity: Fingerprint): OnlineUser<Session> | undefined {
    const user = this.#online.get(identity);
    this.#delete(identity);
    return user;
  }

  /** Takes out everybody who has shown no sign of life for OFFLINE_AFTER_MS at the moment `at`. */
  sweep(at: number): OnlineUser<Session>[] {
    const gone: OnlineUser<Session>[] = [];
    for (const user of this.#online.values()) {
      if (at - user.seen.at >= OFFLINE_AFTER_MS) gone.push(user);
    }
    for (const user of gone) this.#delete(user.identity);
    return gone;
  }

  /** Takes everybody out, for the end of the server. */
  clear(): OnlineUser<Session>[] {
    const all = [...this.#online.values()];
    for (const { identity } of all) this.#delete(identity);
    return all;
  }

  #delete(identity: Fingerprint): void {
    if (this.#online.delete(identity)) this.#onTurn(identity, false);
  }

  #current(identity: Fingerprint, session: Session): OnlineUser<Session> | undefined {
    const user = this.#online.get(identity);
    return user?.session === session ? user : undefined;
  }
}

function sameEndpoints(some: readonly Endpoint[], others: readonly Endpoint[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ address, port }, place) => {
      const other = others[place];
      return other?.address === address && other.port === port;
    })
  );
}
