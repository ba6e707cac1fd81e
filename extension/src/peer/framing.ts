import type { Socket } from 'node:net';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  Disposable,
  type DataCallback,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';

/**
 * JSON-RPC messages on a socket: four bytes of length, big-endian, then JSON. The stream reader and writer of
 * vscode-jsonrpc take a message of any length and hide how much waits to be written, so these two stand in for them.
 */

const HEADER_BYTES = 4;

/** `message` of the error for a message that is over the writer's limit. */
export const TOO_LARGE = 'the message is too large';

/** Either end closes the connection on anything else. Cancellation and tracing (`$/…`) are not used here. */
const rpcMessage = z.union([
  z.object({
    jsonrpc: z.literal('2.0'),
    id: z.optional(z.int()),
    method: z.string().check(z.maxLength(64), z.regex(/^[a-zA-Z-]+$/)),
    params: z.record(z.string(), z.unknown()),
  }),
  z.object({ jsonrpc: z.literal('2.0'), id: z.int(), result: z.record(z.string(), z.unknown()) }),
  z.object({
    jsonrpc: z.literal('2.0'),
    id: z.int(),
    error: z.object({ code: z.int(), message: z.string(), data: z.optional(z.unknown()) }),
  }),
]);

/** Reads messages of at most `maxBytes`, which may be raised later. Anything wrong destroys the socket. */
export class FrameReader extends AbstractMessageReader implements MessageReader {
  maxBytes: number;
  /** Whole messages that came so far. */
  count = 0;
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #end: Disposable | undefined;

  constructor(socket: Socket, maxBytes: number) {
    super();
    this.#socket = socket;
    this.maxBytes = maxBytes;
  }

  listen(callback: DataCallback): Disposable {
    const data = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      try {
        for (let body = this.#next(); body !== undefined; body = this.#next()) {
          callback(decode(body));
          this.count += 1;
        }
      } catch (error) {
        this.#chunks = [];
        this.#buffered = 0;
        this.fireError(error);
        this.#socket.destroy();
      }
    };
    const close = (): void => this.fireClose();
    this.#socket.on('data', data);
    this.#socket.on('close', close);
    this.#end = Disposable.create(() => {
      this.#socket.off('data', data);
      this.#socket.off('close', close);
    });
    return this.#end;
  }

  override dispose(): void {
    this.#end?.dispose();
    this.#chunks = [];
    super.dispose();
  }

  /** The next whole message, if it is there. */
  #next(): Buffer | undefined {
    if (this.#buffered < HEADER_BYTES) return undefined;
    const first = this.#chunks[0];
    const length = (first !== undefined && first.length >= HEADER_BYTES ? first : this.#join()).readUInt32BE(
      0,
    );
    if (length > this.maxBytes) throw new Error(`a message of ${length} bytes is over the limit`);
    if (this.#buffered < HEADER_BYTES + length) return undefined;
    const all = this.#join();
    const rest = all.subarray(HEADER_BYTES + length);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
    return all.subarray(HEADER_BYTES, HEADER_BYTES + length);
  }

  #join(): Buffer {
    const [only] = this.#chunks;
    if (only !== undefined && this.#chunks.length === 1) return only;
    const all = Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = [all];
    return all;
  }
}

/** Writes messages in the order of the calls, one system call for all of a tick. */
export class FrameWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;
  readonly #maxBytes: number;
  #corked = false;

  constructor(socket: Socket, maxBytes: number) {
    super();
    this.#socket = socket;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that the other end has not taken yet. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  write(message: Message): Promise<void> {
    const body = Buffer.from(JSON.stringify(message), 'utf8');
    if (body.length > this.#maxBytes) return Promise.reject(new RangeError(TOO_LARGE));
    if (!this.#socket.writable) return Promise.reject(new Error('the connection is closed'));
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32BE(body.length);
    this.#cork();
    this.#socket.write(header);
    this.#socket.write(body);
    return Promise.resolve();
  }

  end(): void {
    this.#socket.end();
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}

function decode(body: Buffer): Message {
  return rpcMessage.parse(JSON.parse(body.toString('utf8')));
}
