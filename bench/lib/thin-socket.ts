import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** What a thin socket tells. */
export interface ThinHandlers {
  /** The handshake is done. */
  readonly open?: () => void;
  /** A text frame has come; the bytes are valid during the call only. */
  readonly text: (payload: Buffer) => void;
  /** As `text`, of a binary frame. */
  readonly binary?: (payload: Buffer) => void;
  /** Once, however it ended. @param why for a person */
  readonly closed: (why: string) => void;
}

/** Where to connect. */
export interface ThinTarget {
  readonly port: number;
  readonly path: string;
  /** Lines of the request, each with its end. */
  readonly headers: string;
}

const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** A frame as a client sends it. The masking key is zero, which every server takes and which changes no byte. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(head + 4 + length);
  frame[0] = 0x80 | opcode;
  if (head === 2) frame[1] = 0x80 | length;
  else if (head === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, head + 4);
  return frame;
}

/** A frame that a server sent. */
interface ServerFrame {
  readonly opcode: number;
  /** Of its payload in the bytes given, and what comes after it. */
  readonly start: number;
  readonly end: number;
}

/** The first whole frame from `from` on; undefined where some of it is yet to come. Servers mask nothing. */
export function firstFrame(bytes: Buffer, from: number): ServerFrame | undefined {
  if (bytes.length < from + 2) return undefined;
  const opcode = (bytes[from] ?? 0) & 0x0f;
  const short = (bytes[from + 1] ?? 0) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < from + head) return undefined;
  const length =
    head === 2 ? short : head === 4 ? bytes.readUInt16BE(from + 2) : Number(bytes.readBigUInt64BE(from + 2));
  const start = from + head;
  return bytes.length < start + length ? undefined : { opcode, start, end: start + length };
}

/**
 * A WebSocket client that does next to nothing, so that a server is what is measured and not what loads it: unmasked
 * whole frames in, answers to pings out. Made for servers that can be trusted.
 */
export class ThinSocket {
  readonly #socket: Socket;
  readonly #handlers: ThinHandlers;
  #isOpen = false;
  #rest: Buffer | undefined;

  constructor({ port, path, headers }: ThinTarget, handlers: ThinHandlers) {
    this.#handlers = handlers;
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket = socket;
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${headers}\r\n`,
    );
    let why = 'the server hung up';
    socket.on('error', (error) => (why = error.message));
    socket.on('data', (chunk) => {
      const refused = this.#received(chunk);
      if (refused === undefined) return;
      why = refused;
      socket.destroy();
    });
    socket.once('close', () => handlers.closed(why));
  }

  send(text: string): void {
    this.#socket.write(clientFrame(OPCODE.text, Buffer.from(text)));
  }

  /** The same text as often as one likes. @param frame by clientFrame */
  sendFrame(frame: Buffer): void {
    this.#socket.write(frame);
  }

  /** Hangs up. */
  end(): void {
    this.#socket.destroy();
  }

  /** @returns why it is over */
  #received(chunk: Buffer): string | undefined {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    if (!this.#isOpen) {
      const end = bytes.indexOf(END_OF_HEAD);
      if (end === -1) {
        this.#rest = bytes;
        return undefined;
      }
      const [status = ''] = bytes.toString('latin1', 0, end).split('\r\n');
      if (!status.startsWith('HTTP/1.1 101')) return status;
      this.#isOpen = true;
      this.#handlers.open?.();
      bytes = bytes.subarray(end + END_OF_HEAD.length);
    }
    let from = 0;
    for (let frame = firstFrame(bytes, 0); frame !== undefined; frame = firstFrame(bytes, from)) {
      const payload = bytes.subarray(frame.start, frame.end);
      from = frame.end;
      if (frame.opcode === OPCODE.text) this.#handlers.text(payload);
      else if (frame.opcode === OPCODE.binary) this.#handlers.binary?.(payload);
      else if (frame.opcode === OPCODE.ping) this.#socket.write(clientFrame(OPCODE.pong, payload));
      else if (frame.opcode === OPCODE.close) {
        return `closed: ${payload.length < 2 ? 'no code' : `${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`}`;
      }
    }
    if (from < bytes.length) this.#rest = Buffer.from(bytes.subarray(from));
    return undefined;
  }
}
