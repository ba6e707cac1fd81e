import type { Socket } from 'node:net';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  type MessageConnection,
  type MessageStrategy,
} from 'vscode-jsonrpc/node';
import {
  PeerError,
  type PeerMethod,
  type PeerParams,
  type PeerPush,
  type PeerPushValue,
  type PeerResult,
} from '../peer-api.ts';
import { FrameReader, FrameWriter, TOO_LARGE } from '../peer/framing.ts';
import {
  HANDED_OVER,
  isPeerPush,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  problemOf,
  PUSH,
  pushMessage,
  pushSchemas,
  requestSchemas,
} from '../peer/wire.ts';
import { t } from '../core/words.ts';

/** The connection ended before the answer came: whether the request was served is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What a session tells whoever holds it. Nothing comes after `closed`, which comes exactly once. */
export interface SessionEvents {
  push<P extends PeerPush>(name: P, value: PeerPushValue<P>): void;
  /** Something came in, whatever it is. */
  heard(): void;
  /** The owner stops for a newer window; the close follows. */
  handedOver(): void;
  /** Something that the peer sent was not understood and left out. */
  malformed(what: string): void;
  closed(): void;
}

/** A window's connection to the owner. greet.ts makes it one that can be trusted before anything else is asked. */
export class Session {
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  #events: SessionEvents | undefined;
  /** What came before `bind`. */
  #early: ((events: SessionEvents) => void)[] = [];
  #closed = false;
  /** Ends when the connection has. */
  readonly ended: Promise<void>;

  /** The socket is connected. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    const reader = new FrameReader(socket, MAX_ANSWER_BYTES);
    let dealtWith = 0;
    const handleMessage: MessageStrategy['handleMessage'] = (message, next) => {
      dealtWith += 1;
      return next(message);
    };
    const writer = new FrameWriter(socket, MAX_REQUEST_BYTES);
    this.#connection = createMessageConnection(reader, writer, undefined, {
      messageStrategy: { handleMessage },
    });
    this.#connection.onNotification((method, params) => this.#notified(method, params));
    socket.on('error', () => socket.destroy()); // The close that follows says all that matters.
    socket.once('close', () => this.#closeAfter(reader.count - dealtWith));
    socket.on('data', () => this.#events?.heard());
    this.#connection.listen();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** To be called once; what came before is handed over at once. */
  bind(events: SessionEvents): void {
    this.#events = events;
    const early = this.#early;
    this.#early = [];
    for (const tell of early) tell(events);
  }

  /** One of the requests of the greeting; its answer has passed no schema yet. */
  async ask(method: string, params: object): Promise<unknown> {
    if (this.#closed) throw new ConnectionLost('the connection is closed');
    try {
      return await this.#connection.sendRequest<unknown>(method, params);
    } catch (error) {
      if (isAnswer(error)) throw error;
      // A socket that the other end has ended takes no more, some time before it is closed.
      this.close();
      throw lost(error);
    }
  }

  /**
   * @throws {PeerError} as the peer says
   * @throws {ConnectionLost} when the connection ends before the answer
   */
  async request<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<PeerResult<M>> {
    let answer: unknown;
    try {
      answer = await this.ask(method, params);
    } catch (error) {
      if (error instanceof ConnectionLost) throw error;
      const problem = problemOf(error);
      if (problem !== undefined) {
        const { code, message, serverKey } = problem;
        throw new PeerError(code, message, { cause: error, serverKey });
      }
      if (error instanceof ResponseError && error.message === TOO_LARGE) {
        throw new PeerError('text-too-long', t('This is too long to send.'), { cause: error });
      }
      throw new PeerError('internal', t('P2P Chat could not do this ({0}).', method), { cause: error });
    }
    const result = requestSchemas[method].result.safeParse(answer);
    if (result.success) return result.data;
    throw new PeerError(
      'internal',
      t('P2P Chat did not understand its own answer ({0}). Reload the window if it was updated.', method),
      { cause: result.error },
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#connection.dispose();
    this.#tell((events) => events.closed());
  }

  /**
   * What came before the end counts, such as the answer of an owner that ends by it. So many messages wait, and the connection
   * takes one in each turn of the event loop.
   */
  #closeAfter(turns: number): void {
    if (turns === 0) this.close();
    else setImmediate(() => this.#closeAfter(turns - 1));
  }

  #notified(method: string, params: unknown): void {
    if (method === HANDED_OVER) this.#tell((events) => events.handedOver());
    if (method !== PUSH) return;
    const { data } = pushMessage.safeParse(params);
    // A push that this version does not know comes from a newer peer.
    if (data !== undefined && isPeerPush(data.name)) this.#pushed(data.name, data.value);
  }

  #pushed(name: PeerPush, raw: unknown): void {
    const value = pushSchemas[name].safeParse(raw);
    if (value.success) this.#tell((events) => events.push(name, value.data));
    else this.#tell((events) => events.malformed(`${name}: ${value.error.message}`));
  }

  #tell(tell: (events: SessionEvents) => void): void {
    if (this.#events === undefined) this.#early.push(tell);
    else tell(this.#events);
  }
}

/** Whether the other end answered, with an error, or would have been asked something that cannot be sent. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof ResponseError)) return false;
  if (error.message === TOO_LARGE) return true;
  return error.code !== ErrorCodes.MessageWriteError && error.code !== ErrorCodes.PendingResponseRejected;
}

function lost(cause: unknown): ConnectionLost {
  return new ConnectionLost('the connection ended before the answer', { cause });
}
