import type { Socket } from 'node:net';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { z } from 'zod/mini';
import { PeerError, type PeerMethod, type PeerPush, type PeerPushValue } from '../peer-api.ts';
import { FrameReader, FrameWriter } from './framing.ts';
import { compareVersions, greetingRequests, makeNonce, makeProof, sameProof } from './greeting.ts';
import { problemFrom } from './problem-from.ts';
import type { Cancel, PeerService } from './service-types.ts';
import {
  GREETING_TIMEOUT_MS,
  HANDED_OVER,
  isPeerMethod,
  MAX_ANSWER_BYTES,
  MAX_GREETING_BYTES,
  MAX_REQUEST_BYTES,
  PING,
  type pong,
  problemResponse,
  PUSH,
  requestSchemas,
  UNPROVEN,
} from './wire.ts';
import { t } from '../core/words.ts';

export interface WindowSessionOptions {
  readonly socket: Socket;
  readonly secret: Buffer;
  readonly version: string;
  readonly service: PeerService;
  readonly maxBacklogBytes: number;
  /** See `pong`. */
  readonly place: () => number;
  /** A line for the log of every window. */
  readonly log: (level: 'warn' | 'error', text: string) => void;
  /** A newer window asks the owner to stop; the answer has left when this is called. */
  readonly onHandOver: (version: string) => void;
  /** The peer is to be started anew; the answer has left when this is called. */
  readonly onRestart: () => void;
  readonly onClosed: () => void;
}

/** How far the other end has come in proving the secret. */
type Trust =
  | { readonly kind: 'stranger' }
  | { readonly kind: 'greeted'; readonly version: string; readonly expected: string }
  | { readonly kind: 'proven'; readonly version: string };

/** The owner's end of one window's connection. It is its own token to the service. */
export class WindowSession {
  readonly #options: WindowSessionOptions;
  readonly #connection: MessageConnection;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #greetingTimer: NodeJS.Timeout;
  #trust: Trust = { kind: 'stranger' };
  #subscription: Cancel | undefined;
  /** Pushes that wait for the answer to `subscribe` to be written; undefined while none is under way. */
  #held: { readonly name: PeerPush; readonly value: unknown }[] | undefined;
  #frozen = false;
  #closed = false;

  constructor(options: WindowSessionOptions) {
    this.#options = options;
    const { socket } = options;
    this.#reader = new FrameReader(socket, MAX_GREETING_BYTES);
    this.#writer = new FrameWriter(socket, MAX_ANSWER_BYTES);
    this.#connection = createMessageConnection(this.#reader, this.#writer);
    this.#connection.onRequest((method, params) => this.#answer(method, params));
    this.#greetingTimer = setTimeout(() => socket.destroy(), GREETING_TIMEOUT_MS);
    // The close that follows says all that matters.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#ended());
    this.#connection.listen();
  }

  /** Only a window that subscribed gets it. */
  push<P extends PeerPush>(name: P, value: PeerPushValue<P>): void {
    if (this.#subscription === undefined || this.#closed || this.#frozen) return;
    if (this.#held === undefined) this.#notify(PUSH, { name, value });
    else this.#held.push({ name, value });
  }

  /** Leaves the service, which is to be stopped: no request, push or close any more. Answers under way still leave. */
  freeze(): void {
    this.#frozen = true;
    this.#unsubscribe();
  }

  /** Tells the window that one of a newer version becomes the owner. */
  handedOver(): void {
    if (this.#trust.kind === 'proven') this.#notify(HANDED_OVER, {});
  }

  /** Writes what is waiting, then ends the connection. */
  close(): void {
    this.#options.socket.destroySoon();
  }

  destroy(): void {
    this.#options.socket.destroy();
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    if (this.#trust.kind !== 'proven') return this.#greet(method, params);
    // Not answered at all: the window asks the next owner once this connection is closed.
    if (this.#frozen) return new Promise(() => undefined);
    if (method === PING) return { place: this.#options.place() } satisfies z.infer<typeof pong>;
    if (method === 'hand-over') return this.#handOver(this.#trust.version);
    if (!isPeerMethod(method))
      throw new ResponseError(ErrorCodes.MethodNotFound, `no request is called ${method}`);
    return this.#serve(method, params);
  }

  #greet(method: string, params: unknown): object {
    const { secret, version } = this.#options;
    if (method === 'greet' && this.#trust.kind === 'stranger') {
      const theirs = this.#parsed(greetingRequests.greet.params, params);
      const nonces = { window: theirs.nonce, server: makeNonce() };
      const expected = makeProof(secret, 'window', nonces);
      this.#trust = { kind: 'greeted', version: theirs.version, expected };
      return { nonce: nonces.server, version, proof: makeProof(secret, 'server', nonces) };
    }
    if (method === 'prove' && this.#trust.kind === 'greeted') {
      const { proof } = this.#parsed(greetingRequests.prove.params, params);
      if (!sameProof(proof, this.#trust.expected)) throw this.#refuse('the proof is wrong');
      clearTimeout(this.#greetingTimer);
      this.#reader.maxBytes = MAX_REQUEST_BYTES;
      this.#trust = { kind: 'proven', version: this.#trust.version };
      return {};
    }
    throw this.#refuse(`${method} comes before the proof`);
  }

  #parsed<T>(schema: z.ZodMiniType<T>, params: unknown): T {
    const parsed = schema.safeParse(params);
    if (!parsed.success) throw this.#refuse('the greeting is malformed');
    return parsed.data;
  }

  /** The error to answer with; the connection ends right after it. */
  #refuse(reason: string): ResponseError<undefined> {
    this.#options.log('warn', `Somebody without the secret tried to connect to P2P Chat: ${reason}.`);
    setImmediate(() => this.close());
    return new ResponseError(UNPROVEN, reason);
  }

  #handOver(version: string): object {
    if (compareVersions(version, this.#options.version) <= 0) {
      throw new ResponseError(ErrorCodes.InvalidRequest, 'only a newer window takes over');
    }
    setImmediate(() => this.#options.onHandOver(version));
    return {};
  }

  async #serve(method: PeerMethod, raw: unknown): Promise<object> {
    const { service, log } = this.#options;
    const schemas = requestSchemas[method];
    const params = schemas.params.safeParse(raw);
    if (!params.success) {
      log('error', `A window's request ${method} is malformed: ${describe(params.error)}`);
      throw internal();
    }
    if (method === 'subscribe') this.#subscribe();
    try {
      const result = schemas.result.parse(await service.request(method, params.data, this));
      if (typeof result !== 'object') throw new TypeError('a result is an object');
      // The answer is written in microtasks after this.
      if (method === 'restart') setImmediate(() => this.#options.onRestart());
      return result;
    } catch (error) {
      if (error instanceof PeerError) throw problemResponse(problemFrom(error));
      log('error', `The request ${method} failed: ${describe(error)}`);
      throw internal();
    } finally {
      // The answer is written in microtasks after this; an immediate comes after all of those.
      if (method === 'subscribe') setImmediate(() => this.#release());
    }
  }

  /** The service takes the snapshot right after this, in the same tick: between the two nothing can change. */
  #subscribe(): void {
    this.#held = [];
    this.#subscription ??= this.#options.service.subscribe((name, value) => this.push(name, value), this);
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.#closed || this.#frozen) return;
    for (const push of held) this.#notify(PUSH, push);
  }

  #notify(method: string, params: object): void {
    if (this.#closed) return;
    if (this.#writer.backlog > this.#options.maxBacklogBytes) {
      this.#options.socket.destroy();
      this.#ended();
      this.#options.log('warn', 'A window does not read what it is told and was disconnected.');
      return;
    }
    // A failed write is followed by the close of the socket.
    this.#connection.sendNotification(method, params).catch(() => undefined);
  }

  #unsubscribe(): void {
    this.#subscription?.();
    this.#subscription = undefined;
    this.#held = undefined;
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#greetingTimer);
    this.#unsubscribe();
    this.#connection.dispose();
    if (this.#trust.kind === 'proven' && !this.#frozen) this.#options.service.windowClosed(this);
    this.#options.onClosed();
  }
}

function internal(): ResponseError<unknown> {
  return problemResponse({
    code: 'internal',
    message: t('Something went wrong inside P2P Chat. The log ("P2P Chat: Show Log") has the details.'),
  });
}

/** For the log: a JSON parser's message quotes the text that it could not read, which may be anybody's. */
function describe(error: unknown): string {
  if (error instanceof SyntaxError) return error.name;
  return error instanceof Error ? (error.stack ?? error.message) : typeof error;
}
