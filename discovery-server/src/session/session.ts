import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import {
  PLAIN_BINDING,
  type ServerFrame,
  SessionClose,
  sessionRequest,
  signInFrame,
  signInStatement,
} from '@p2p-chat/protocol/discovery';
import { decodePublicKey, fingerprintOf, verifyStatement } from '@p2p-chat/protocol/identity';
import { HANDSHAKE_TIMEOUT_MS, PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Heartbeat } from '../heartbeat.ts';
import { CLOSE_GRACE_MS } from '../limits.ts';
import type { Moment } from '../presence.ts';
import type { Randomness } from '../randomness.ts';
import { Refusal } from '../refusal.ts';
import type { Member, Roster } from '../roster.ts';
import type { Account } from '../store/account-store.ts';
import { PushStream } from './push-stream.ts';
import { answer } from './requests.ts';

/** What every session needs of the server. */
export interface SessionParts {
  readonly roster: Roster;
  readonly heartbeat: Heartbeat;
  readonly randomness: Randomness;
  readonly logger: Logger;
  /** Unsent bytes beyond which pushes are dropped. */
  readonly pushBacklogBytes: number;
  /** Unsent bytes beyond which the session is closed. */
  readonly sessionBacklogBytes: number;
}

type State =
  | { readonly kind: 'greeting'; readonly nonce: string; readonly deadline: number }
  | { readonly kind: 'open'; readonly account: Account; readonly stream: PushStream; readonly pingAt: number }
  /** A close frame is on its way; when the other end does not answer it by `deadline`, the socket is cut. */
  | { readonly kind: 'closing'; readonly deadline: number }
  | { readonly kind: 'closed' };

/** A WebSocket close reason holds this many bytes (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

/** One WebSocket of a client, from the challenge to the close. */
export class Session implements Member {
  readonly #socket: WebSocket;
  readonly #parts: SessionParts;
  #state: State;

  /** @param onClosed called once, when the socket is gone */
  constructor(socket: WebSocket, parts: SessionParts, onClosed: () => void) {
    this.#socket = socket;
    this.#parts = parts;
    const nonce = parts.randomness.nonce();
    const deadline = parts.heartbeat.moment().at + HANDSHAKE_TIMEOUT_MS;
    this.#state = { kind: 'greeting', nonce, deadline };
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('pong', () => this.#heard());
    socket.on('ping', () => this.#heard());
    // ws closes by itself after an error (a frame too large, a reset): `close` follows, and says all.
    socket.on('error', (error) => parts.logger.debug({ err: error }, 'a session failed'));
    socket.once('close', () => {
      this.#leave({ kind: 'closed' });
      onClosed();
    });
    this.#send({ type: 'challenge', nonce });
  }

  /** Does what is due at `now`: timeouts, pings. */
  beat(now: Moment): void {
    const state = this.#state;
    switch (state.kind) {
      case 'greeting':
        if (now.at >= state.deadline) this.close(SessionClose.signInTimeout, 'no sign-in came in time');
        break;
      case 'open':
        state.stream.showGap();
        if (now.at < state.pingAt) break;
        this.#state = { ...state, pingAt: now.at + PING_INTERVAL_MS };
        this.#socket.ping();
        break;
      case 'closing':
        if (now.at >= state.deadline) this.#socket.terminate();
        break;
      case 'closed':
        break;
    }
  }

  push(type: 'presence' | 'account', presenceJson: string): void {
    if (this.#state.kind === 'open') this.#state.stream.change(type, presenceJson);
  }

  cut(): void {
    this.#leave({ kind: 'closed' });
    this.#socket.terminate();
  }

  /** Ends the session; its user lingers unless signed out. @param reason for the other end's log */
  close(code: number, reason: string): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    this.#leave({ kind: 'closing', deadline: this.#parts.heartbeat.moment().at + CLOSE_GRACE_MS });
    this.#socket.close(code, reason.replace(/[^ -~]/g, '?').slice(0, MAX_REASON_BYTES));
  }

  #received(data: RawData, isBinary: boolean): void {
    const state = this.#state;
    if (state.kind === 'closing' || state.kind === 'closed') return;
    try {
      if (isBinary || !Buffer.isBuffer(data)) throw new MalformedError('frame: not text');
      if (state.kind === 'greeting') this.#signIn(data, state.nonce);
      else this.#request(data, state.account, state.stream);
    } catch (error) {
      if (error instanceof MalformedError) {
        this.#parts.logger.info(`refused a frame: ${error.message}`);
        this.close(SessionClose.badRequest, error.message);
      } else {
        this.#parts.logger.error({ err: error }, 'a frame could not be dealt with');
        this.close(SessionClose.badRequest, 'this frame cannot be dealt with');
      }
    }
  }

  #signIn(data: Buffer, nonce: string): void {
    const { roster, heartbeat, logger, randomness, pushBacklogBytes } = this.#parts;
    const frame = decodeJson(signInFrame, data);
    const key = decodeKey(frame.identity);
    if (!verifyStatement(key, signInStatement(PLAIN_BINDING, nonce, frame.device), frame.signature)) {
      logger.info('refused a sign-in: bad signature');
      this.close(SessionClose.badSignature, "the signature is not the identity key's over this challenge");
      return;
    }
    const account = roster.directory.byIdentity(fingerprintOf(key));
    if (account === undefined) {
      logger.info('refused a sign-in: not registered');
      this.close(SessionClose.notRegistered, 'this identity has no account here: register first');
      return;
    }
    const now = heartbeat.moment();
    const epoch = randomness.epoch();
    const stream = new PushStream(epoch, this.#socket, pushBacklogBytes);
    this.#state = { kind: 'open', account, stream, pingAt: now.at + PING_INTERVAL_MS };
    this.#send({ type: 'welcome', user: { name: account.name, identity: account.identity }, epoch });
    const { device, endpoints } = frame;
    const replaced = roster.signIn(account, this, { device, endpoints }, now);
    if (replaced instanceof Session) {
      replaced.close(SessionClose.replaced, 'a newer sign-in of this identity took over');
    }
  }

  #request(data: Buffer, { identity }: Account, stream: PushStream): void {
    this.#heard();
    const request = decodeJson(sessionRequest, data);
    const { id } = request;
    try {
      const result = answer(request, { identity, member: this, roster: this.#parts.roster, stream });
      this.#send({ type: 'result', id, ...result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#send({ type: 'error', id, code: error.code, message: error.message });
    }
    if (request.type === 'sign-out') this.close(SessionClose.signedOut, 'signed out');
  }

  #heard(): void {
    const { roster, heartbeat } = this.#parts;
    if (this.#state.kind === 'open') roster.alive(this.#state.account.identity, this, heartbeat.moment());
  }

  #send(frame: ServerFrame): void {
    if (this.#socket.bufferedAmount > this.#parts.sessionBacklogBytes) {
      this.#parts.logger.info('closed a session whose client does not read');
      this.close(SessionClose.slowConsumer, 'this client does not read what it asked for');
      return;
    }
    this.#socket.send(JSON.stringify(frame));
  }

  /** The one way out of `open`: whatever ends a session, its watches go and its user lingers. */
  #leave(next: State): void {
    const state = this.#state;
    this.#state = next;
    if (state.kind !== 'open') return;
    this.#parts.roster.watches.forget(this);
    this.#parts.roster.disconnect(state.account.identity, this);
  }
}

function decodeKey(text: string): ReturnType<typeof decodePublicKey> {
  try {
    return decodePublicKey(text);
  } catch (cause) {
    throw new MalformedError('identity: not a P-256 public key', { cause });
  }
}
