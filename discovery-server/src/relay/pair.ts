import type { WebSocket } from 'ws';
import { RelayClose } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { LINK_DEAD_AFTER_MS, PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import {
  CLOSE_GRACE_MS,
  RELAY_BACKLOG_BYTES,
  RELAY_IDLE_MS,
  RELAY_MESSAGE_COST_BYTES,
  RELAY_STUCK_MS,
} from '../limits.ts';
import type { TokenBucket } from './token-bucket.ts';

/** What a pair needs of the relay. */
export interface PairParts {
  /** The moment now, milliseconds. */
  readonly at: () => number;
  /** What an account may send through the relay: as of now, since one that is full is not kept. */
  readonly bucketOf: (identity: Fingerprint) => TokenBucket;
  /** So many bytes came from one of the ends. */
  readonly carried: (bytes: number) => void;
  /** One of the ends waits for its account's bucket from now on: `refill` is to be called often. */
  readonly throttled: () => void;
  /** Called once, when the end has begun. @param code of the close */
  readonly ending: (code: number) => void;
  /** Called once, when both sockets are gone. */
  readonly gone: () => void;
}

type Reason = 'partner' | 'backlog' | 'rate';

/** One of the two clients of a pair. */
interface End {
  readonly socket: WebSocket;
  readonly identity: Fingerprint;
  /** Why nothing is read from it now. */
  readonly paused: Set<Reason>;
  heardAt: number;
  pingAt: number;
  /** Bytes for it that its socket has not taken yet, RELAY_MESSAGE_COST_BYTES for each message included. */
  unsent: number;
  /** When it last took some. */
  tookAt: number;
}

/**
 * Two WebSockets that are one stream of bytes in each direction. Nothing is kept but what one end has sent and the other
 * has not taken, and of that no more than RELAY_BACKLOG_BYTES and what was on its way: then the sender is not read.
 */
export class Pair {
  readonly #parts: PairParts;
  readonly #ends: End[] = [];
  #open = 0;
  #movedAt: number;
  #closingAt: number | undefined;

  constructor(parts: PairParts) {
    this.#parts = parts;
    this.#movedAt = parts.at();
  }

  /** Whether both clients came. */
  get isJoined(): boolean {
    return this.#ends.length === 2;
  }

  /** One of the two came. */
  join(socket: WebSocket, identity: Fingerprint): void {
    const at = this.#parts.at();
    const [other] = this.#ends;
    const paused = new Set<Reason>(['partner']);
    const end: End = { socket, identity, paused, heardAt: at, pingAt: at, unsent: 0, tookAt: at };
    this.#ends.push(end);
    this.#open += 1;
    socket.pause();
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.#pass(data, end);
      else this.close(RelayClose.badMessage, 'a message is not binary');
    });
    for (const sign of ['ping', 'pong']) socket.on(sign, () => (end.heardAt = this.#parts.at()));
    socket.once('close', () => {
      this.#open -= 1;
      this.close(RelayClose.ended, 'the other end has closed');
      if (this.#open === 0) this.#parts.gone();
    });
    if (this.#closingAt !== undefined) socket.terminate();
    if (other === undefined) return;
    this.#movedAt = at;
    for (const each of this.#ends) this.#resume(each, 'partner');
  }

  /** Reads again from whoever may send again. @returns whether one of the two still has to wait */
  refill(): boolean {
    const at = this.#parts.at();
    for (const end of this.#ends)
      if (!this.#parts.bucketOf(end.identity).isEmpty(at)) this.#resume(end, 'rate');
    return this.#ends.some(({ paused }) => paused.has('rate'));
  }

  /** Does what is due: pings, and ends what is dead, stuck or idle. */
  beat(): void {
    const at = this.#parts.at();
    if (this.#closingAt !== undefined) {
      if (at - this.#closingAt >= CLOSE_GRACE_MS) this.cut();
      return;
    }
    if (!this.isJoined) return;
    if (at - this.#movedAt >= RELAY_IDLE_MS) this.close(RelayClose.idle, 'nothing was sent');
    for (const end of this.#ends) {
      // A pong is not read from whoever is paused.
      const isDead = end.paused.size === 0 && at - end.heardAt >= LINK_DEAD_AFTER_MS;
      const isStuck = end.unsent > 0 && at - end.tookAt >= RELAY_STUCK_MS;
      if (isDead) end.socket.terminate();
      else if (isStuck) this.close(RelayClose.idle, 'the other end does not read');
      else if (at >= end.pingAt && end.socket.readyState === end.socket.OPEN) {
        end.pingAt = at + PING_INTERVAL_MS;
        end.socket.ping();
      }
    }
  }

  /** Ends both, in order: what was sent before still goes out, within CLOSE_GRACE_MS. */
  close(code: number, reason: string): void {
    if (this.#closingAt !== undefined) return;
    this.#closingAt = this.#parts.at();
    this.#parts.ending(code);
    for (const { socket } of this.#ends) {
      // Only who is read can answer.
      socket.resume();
      socket.close(code, reason);
    }
    if (this.#ends.length === 0) this.#parts.gone();
  }

  /** Ends both at once. */
  cut(): void {
    for (const { socket } of this.#ends) socket.terminate();
  }

  #pass(data: Buffer, from: End): void {
    const to = this.#ends.find((end) => end !== from);
    if (to === undefined || this.#closingAt !== undefined) return;
    const at = this.#parts.at();
    const cost = data.length + RELAY_MESSAGE_COST_BYTES;
    from.heardAt = at;
    this.#movedAt = at;
    const bucket = this.#parts.bucketOf(from.identity);
    bucket.take(cost, at);
    this.#parts.carried(data.length);
    if (bucket.isEmpty(at) && !from.paused.has('rate')) {
      this.#pause(from, 'rate');
      this.#parts.throttled();
    }
    if (to.unsent === 0) to.tookAt = at;
    to.unsent += cost;
    if (to.unsent > RELAY_BACKLOG_BYTES) this.#pause(from, 'backlog');
    // What was read already comes all the same: of short messages that may be very many.
    if (to.unsent > 8 * RELAY_BACKLOG_BYTES) {
      this.cut();
      return;
    }
    to.socket.send(data, { binary: true }, () => {
      to.unsent -= cost;
      to.tookAt = this.#parts.at();
      if (to.unsent <= RELAY_BACKLOG_BYTES / 4) this.#resume(from, 'backlog');
    });
  }

  #pause(end: End, why: Reason): void {
    end.paused.add(why);
    end.socket.pause();
  }

  #resume(end: End, why: Reason): void {
    if (!end.paused.delete(why) || end.paused.size > 0) return;
    end.heardAt = this.#parts.at();
    end.socket.resume();
  }
}
