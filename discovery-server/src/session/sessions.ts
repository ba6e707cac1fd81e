import type { WebSocket } from 'ws';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import type { Clock } from '../clock.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { CLOSE_GRACE_MS } from '../limits.ts';
import type { Moment } from '../presence.ts';
import { Session, type SessionParts } from './session.ts';

/** All sockets that are connected now, signed in or not. */
export class Sessions {
  readonly #parts: SessionParts;
  readonly #clock: Clock;
  readonly #all = new Map<Session, WebSocket>();
  #emptied: Deferred | undefined;

  constructor(parts: SessionParts, clock: Clock) {
    this.#parts = parts;
    this.#clock = clock;
  }

  /**
   * Greets a new WebSocket.
   * @param address of its client, as addressGroup names it
   * @param onSignedIn called at most once
   */
  accept(socket: WebSocket, address: string, onSignedIn: () => void): void {
    const session = new Session({ socket, address }, this.#parts, onSignedIn, () => {
      this.#all.delete(session);
      if (this.#all.size === 0) this.#emptied?.resolve();
    });
    this.#all.set(session, socket);
  }

  beat(now: Moment): void {
    for (const session of this.#all.keys()) session.beat(now);
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
