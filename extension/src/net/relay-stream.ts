import { Duplex } from 'node:stream';
import { type ClientOptions, WebSocket } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { HANDSHAKE_TIMEOUT_MS, MAX_RELAY_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import type { Clock } from '../core/ports.ts';
import { CLOSE_TIMEOUT_MS } from './channel.ts';
import type { ServerAccess } from './server-access.ts';

/** `closeTimeout` is known to ws 8.23, not yet to its types. */
const RELAY_WEBSOCKET = {
  maxPayload: MAX_RELAY_FRAME_BYTES,
  perMessageDeflate: false,
  followRedirects: false,
  closeTimeout: CLOSE_TIMEOUT_MS,
} satisfies ClientOptions & { closeTimeout: number };

export interface RelayOptions {
  readonly access: Pick<ServerAccess, 'server' | 'transport'>;
  /** Good once. */
  readonly ticket: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Goes into the relay of a discovery server. The other end may not be there yet, or never come.
 * @throws {Error} when it lets nobody in, or `signal` was aborted
 */
export function openRelay({ access, ticket, clock, signal }: RelayOptions): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(new URL(DiscoveryPath.relay, access.server), [RELAY_PROTOCOL], {
      ...access.transport,
      ...RELAY_WEBSOCKET,
      headers: { authorization: `Bearer ${ticket}` },
    });
    const settle = (): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      ws.terminate();
      reject(error);
    };
    const onAbort = (): void => fail(new Error('no longer wanted'));
    const cancelTimer = clock.after(HANDSHAKE_TIMEOUT_MS, () => fail(new Error('no answer in time')));
    ws.on('error', fail);
    ws.once('open', () => {
      settle();
      resolve(new RelayStream(ws));
    });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

/** The binary messages of an open WebSocket as a stream of bytes: neither side is read faster than the other takes it. */
class RelayStream extends Duplex {
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    super({ allowHalfOpen: false });
    this.#ws = ws;
    ws.on('message', (data, isBinary) => {
      if (this.destroyed) return;
      if (!isBinary || !Buffer.isBuffer(data)) this.destroy(new Error('the relay sent text'));
      else if (!this.push(data)) ws.pause();
    });
    ws.on('error', (error) => this.destroy(error));
    ws.once('close', () => {
      if (!this.destroyed) this.push(null);
    });
  }

  override _read(): void {
    if (this.#ws.isPaused) this.#ws.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#ws.readyState !== WebSocket.OPEN || chunk.length === 0) {
      done(chunk.length === 0 ? null : new Error('the relay has closed'));
      return;
    }
    for (let at = 0; at < chunk.length; at += MAX_RELAY_FRAME_BYTES) {
      const end = at + MAX_RELAY_FRAME_BYTES;
      const piece = chunk.subarray(at, end);
      this.#ws.send(piece, { binary: true }, end < chunk.length ? undefined : (error) => done(error));
    }
  }

  override _final(done: () => void): void {
    this.#ws.close(1000);
    done();
  }

  /** What was sent goes out first; the connection is gone when `close` is told, within CLOSE_TIMEOUT_MS. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#ws.readyState === WebSocket.CLOSED) {
      done(error);
      return;
    }
    this.#ws.once('close', () => done(error));
    // Only who is read can be seen to close.
    this.#ws.resume();
    this.#ws.close(1000);
  }
}
