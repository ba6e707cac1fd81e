import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import type { Clock } from '../clock.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { CLOSE_GRACE_MS, DRAIN_STEP_MS, SESSIONS_AT_ONCE } from '../limits.ts';
import type { Moment } from '../presence.ts';
import { Session, type SessionParts } from './session.ts';

/** Where a session comes from. */
export interface SessionOrigin {
  readonly socket: WebSocket;
  /** What lies below it. */
  readonly line: Pick<Duplex, 'cork' | 'uncork' | 'write'>;
  /** Of its client, as addressGroup names it. */
  readonly address: string;
  /** The id of the request that opened it. */
  readonly request: string;
}

/** All sockets that are connected now, signed in or not. */
export class Sessions {
  readonly #parts: SessionParts;
  readonly #clock: Clock;
  readonly #all = new Map<Session, WebSocket>();
  #emptied: Deferred | undefined;
  #beating = false;

  constructor(parts: SessionParts, clock: Clock) {
    this.#parts = parts;
    this.#clock = clock;
  }

  /**
   * Greets a new WebSocket.
   * @param onSignedIn called at most once
   */
  accept(from: SessionOrigin, onSignedIn: () => void): void {
    const session = new Session(from, this.#parts, onSignedIn, () => {
      this.#all.delete(session);
      if (this.#all.size === 0) this.#emptied?.resolve();
    });
    this.#all.set(session, from.socket);
  }

  /** How many there are. */
  count(): { open: number; signingIn: number } {
    let open = 0;
    for (const session of this.#all.keys()) if (session.isOpen) open += 1;
    return { open, signingIn: this.#all.size - open };
  }

  /** Looks after all of them, some at a time; not once more while it is at it. */
  beat(now: Moment): void {
    if (this.#beating) return;
    this.#beating = true;
    this.#beatSome(this.#all.keys(), now);
  }

  #beatSome(rest: Iterator<Session, undefined>, now: Moment): void {
    for (let left = SESSIONS_AT_ONCE; left > 0; left -= 1) {
      const { done, value } = rest.next();
      if (done === true) {
        this.#beating = false;
        return;
      }
      value.beat(now);
    }
    setImmediate(() => this.#beatSome(rest, now));
  }

  /**
   * Closes all within `ms`, as evenly as it goes, so that they do not come back together, and few are not sent away long
   * before the end, when there may be no other server for them. Resolves once the time is over, however few there are:
   * whoever asks whether the server is ready must have had the time to ask.
   */
  async drain(ms: number): Promise<void> {
    const open = [...this.#all.keys()];
    const steps = Math.max(1, Math.ceil(ms / DRAIN_STEP_MS));
    const count = open.length;
    const over = deferred();
    let step = 0;
    const stopTimer = this.#clock.every(DRAIN_STEP_MS, () => {
      step += 1;
      const due = Math.floor((count * step) / steps) - (count - open.length);
      for (const session of open.splice(0, due)) session.close(SessionClose.goingAway, 'the server stops');
      if (step >= steps) over.resolve();
    });
    await over.promise;
    stopTimer();
  }

  /** Closes all; cuts those that do not answer within CLOSE_GRACE_MS. Resolves when none is left. */
  async stop(): Promise<void> {
    if (this.#all.size === 0) return;
    this.#emptied = deferred();
    for (const session of this.#all.keys()) session.close(SessionClose.goingAway, 'the server stops');
    const stopTimer = this.#clock.every(CLOSE_GRACE_MS, () => {
      for (const socket of this.#all.values()) socket.terminate();
    });
    await this.#emptied.promise;
    stopTimer();
  }
}
