import type { Duplex } from 'node:stream';
import type { ClientOptions, ServerOptions, WebSocket } from 'ws';
import type { ChainIdentity } from '@p2p-chat/protocol/certificates';
import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import {
  LINK_FRAME_TIMEOUT_MS,
  LINK_WINDOW_BYTES,
  MAX_LINK_FRAGMENTS,
  MAX_LINK_FRAME_BYTES,
} from '@p2p-chat/protocol/limits';
import { LinkClose, type LinkFrame, linkFrame } from '@p2p-chat/protocol/link';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Channel, ChannelEvents, LinkPath } from '../core/net-ports.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import { type Liveness, watchLiveness } from './liveness.ts';

/** How long a goodbye may take, milliseconds: a person waits for it when VS Code closes. */
export const CLOSE_TIMEOUT_MS = 1_000;

/** Bytes that may wait for a peer that does not read: the largest window that a hello can ask for, and one more. */
const MAX_UNSENT_BYTES = 65 * LINK_WINDOW_BYTES;

/** The connection just ended. RFC 6455 §7.4.1. */
const ABNORMAL_CLOSE = 1006;

/** Codes by which a WebSocket library says what protocolError says: protocol, data type, UTF-8, pieces, size. */
const LIBRARY_PROTOCOL_ERRORS: readonly number[] = [1002, 1003, 1007, 1008, 1009];

/** What fits into a close frame beside the code, bytes. RFC 6455 §5.5. */
const MAX_REASON_BYTES = 123;

/**
 * Pieces of one frame that may wait for the rest of it. A TLS record is one, and half a kilobyte of memory however
 * little is in it; of the shortest that a network makes of a full frame there are some two hundred.
 */
const MAX_BUFFERED_CHUNKS = 1_024;

/** Frames that the other end waits for: they leave at once, before this end goes on with what they are about. */
const AWAITED: readonly LinkFrame['type'][] = ['messages', 'receipt'];

/** `ws` options of both ends of a link. */
export const LINK_WEBSOCKET = {
  maxPayload: MAX_LINK_FRAME_BYTES,
  maxFragments: MAX_LINK_FRAGMENTS,
  maxBufferedChunks: MAX_BUFFERED_CHUNKS,
  perMessageDeflate: false,
  // Known to ws 8.23, not yet to its types: how long a peer may leave a closed connection open.
  closeTimeout: CLOSE_TIMEOUT_MS,
} satisfies ClientOptions & ServerOptions & { closeTimeout: number };

/** What a channel is made of. `socket` carries `ws`, which is open. */
export interface ChannelParts {
  readonly ws: WebSocket;
  readonly socket: Duplex;
  readonly peer: ChainIdentity;
  readonly dialled: boolean;
  readonly endpoint: Endpoint | null;
  readonly path: LinkPath;
  readonly clock: Clock;
}

/** A link's WebSocket as the core's port. Nothing is read before `bind`, so nothing piles up before it. */
export class WebSocketChannel implements Channel {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly dialled: boolean;
  readonly endpoint: Endpoint | null;
  readonly path: LinkPath;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #liveness: Liveness;
  #events: ChannelEvents | undefined;
  /** Why this end closes or the connection broke, set once: it decides what `closed` says. */
  #cause: { code: number; reason: string } | undefined;
  #ended = false;
  #corked = false;
  #cancelClose: Cancel = () => undefined;

  constructor(parts: ChannelParts) {
    this.identity = parts.peer.identity;
    this.device = parts.peer.device;
    this.dialled = parts.dialled;
    this.endpoint = parts.endpoint;
    this.path = parts.path;
    this.#ws = parts.ws;
    this.#socket = parts.socket;
    this.#clock = parts.clock;
    this.#liveness = watchLiveness({
      clock: parts.clock,
      routine: true,
      wholeMs: LINK_FRAME_TIMEOUT_MS,
      ping: () => {
        if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
      },
      dead: () => this.#abort('nothing was heard for too long'),
    });
    this.#ws.pause();
    this.#socket.on('data', () => this.#liveness.heard());
    for (const whole of ['ping', 'pong']) this.#ws.on(whole, () => this.#liveness.heardWhole());
    this.#ws.on('message', (data, binary) => {
      this.#liveness.heardWhole();
      this.#receive(data, binary);
    });
    this.#ws.on('error', (error) => {
      this.#cause ??= isProtocolViolation(error)
        ? { code: LinkClose.protocolError, reason: error.message }
        : { code: ABNORMAL_CLOSE, reason: error.message };
    });
    this.#ws.on('close', (code) => this.#end(code));
  }

  bind(events: ChannelEvents): void {
    if (this.#events !== undefined) throw new Error('a channel is bound once');
    this.#events = events;
    if (this.#ended) this.#report();
    else this.#ws.resume();
  }

  send(frame: LinkFrame): number {
    const bytes = Buffer.from(JSON.stringify(frame));
    if (this.#cause !== undefined || this.#ws.readyState !== this.#ws.OPEN) return bytes.length;
    if (frame.type === 'messages') this.#liveness.sending();
    this.#cork();
    this.#ws.send(bytes, { binary: false });
    if (AWAITED.includes(frame.type)) this.#uncork();
    if (this.#ws.bufferedAmount > MAX_UNSENT_BYTES) this.#abort('the other end does not read');
    return bytes.length;
  }

  close(code: number, reason: string): void {
    if (this.#cause !== undefined || this.#ended) return;
    this.#cause = { code, reason };
    // An unbound channel has to read again to see the other's goodbye.
    this.#ws.resume();
    this.#ws.close(code, truncated(reason));
    this.#cancelClose = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#ws.terminate());
  }

  #receive(data: unknown, binary: boolean): void {
    if (this.#cause !== undefined) return;
    if (binary || !Buffer.isBuffer(data)) {
      this.close(LinkClose.protocolError, 'a frame is binary');
      return;
    }
    let frame: LinkFrame;
    try {
      frame = decodeJson(linkFrame, data);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.close(LinkClose.protocolError, error.message);
      return;
    }
    this.#events?.frame(frame, data.length);
  }

  /**
   * What is sent within one tick leaves as one write, and so in as few TLS records as can be; with what is waited for,
   * everything before it.
   */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => this.#uncork());
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }

  #abort(reason: string): void {
    this.#cause ??= { code: ABNORMAL_CLOSE, reason };
    this.#ws.terminate();
  }

  /** Without the reason that the other end gave: see ChannelEvents. */
  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#liveness.stop();
    this.#cancelClose();
    this.#cause ??= LIBRARY_PROTOCOL_ERRORS.includes(code)
      ? { code: LinkClose.protocolError, reason: `WebSocket code ${code}` }
      : { code, reason: '' };
    this.#report();
  }

  #report(): void {
    if (this.#cause !== undefined) this.#events?.closed(this.#cause.code, this.#cause.reason);
  }
}

function isProtocolViolation(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('WS_ERR_');
}

function truncated(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > MAX_REASON_BYTES) text = text.slice(0, -1);
  return text;
}
