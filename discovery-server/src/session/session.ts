import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import {
  type Call,
  OFFERS_EARLY_REQUESTS,
  type ServerFrame,
  SessionClose,
  type SessionRequest,
  sessionRequest,
  signInFrame,
} from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS, PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Accounts } from '../accounts.ts';
import type { Binding } from '../binding.ts';
import type { Heartbeat } from '../heartbeat.ts';
import { CLOSE_GRACE_MS } from '../limits.ts';
import { closeReason, type Metrics } from '../metrics.ts';
import type { Moment } from '../presence.ts';
import type { Randomness } from '../randomness.ts';
import type { RateLimits } from '../rate-limits.ts';
import { Refusal, tooMany } from '../refusal.ts';
import type { Calls } from '../relay/calls.ts';
import type { RefusalLog } from '../refusal-log.ts';
import type { Feature, Member, Roster } from '../roster.ts';
import type { Account } from '../store/account-store.ts';
import type { Verifier } from '../verifier.ts';
import { allowance, type RequestLimits } from './allowance.ts';
import { EarlyRequests } from './early-requests.ts';
import type { Frame, FrameMemory } from './frame.ts';
import { Line } from './line.ts';
import { type Change, type PushSink, PushStream } from './push-stream.ts';
import { type Answer, answer, answerSlowly, beforehand, isSlow, resultFrame, weightOf } from './requests.ts';
import type { SessionOrigin } from './sessions.ts';
import { accountToSignIn, provenIdentity, settledFor, type SignIn, SignInRefusal } from './sign-in.ts';
import { Teller, type Told } from './teller.ts';

/** What every session needs of the server. */
export interface SessionParts {
  readonly roster: Roster;
  readonly accounts: Accounts;
  readonly calls: Calls;
  readonly heartbeat: Heartbeat;
  readonly frameMemory: FrameMemory;
  readonly randomness: Randomness;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly binding: Binding;
  readonly verifier: Pick<Verifier, 'isSignedBy'>;
  readonly refusals: RefusalLog;
  readonly rateLimits: Pick<RateLimits, 'signIns'> & RequestLimits;
  /** Unsent bytes beyond which pushes are dropped. */
  readonly pushBacklogBytes: number;
  /** Unsent bytes beyond which the session is closed. */
  readonly sessionBacklogBytes: number;
}

type State =
  | { readonly kind: 'greeting'; readonly nonce: string; readonly deadline: number }
  /** The signature is being verified; what has come since is not looked at before. */
  | { readonly kind: 'proving'; readonly deadline: number; readonly early: EarlyRequests }
  | { readonly kind: 'open'; readonly pingAt: number; readonly open: Open }
  /** A close frame is on its way; when the other end does not answer it by `deadline`, the socket is cut. */
  | { readonly kind: 'closing'; readonly deadline: number }
  | { readonly kind: 'closed' };

/** A session that is signed in. */
interface Open {
  readonly account: Account;
  readonly stream: PushStream;
  readonly teller: Teller;
  /** What the client said that it takes. */
  readonly takes: readonly string[];
}

/** A WebSocket close reason holds this many bytes (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

/** One WebSocket of a client, from the challenge to the close. */
export class Session implements Member, PushSink, Told {
  readonly #socket: WebSocket;
  readonly #line: Line;
  readonly #address: string;
  readonly request: string;
  readonly greetedAt: number;
  readonly #parts: SessionParts;
  readonly #onSignedIn: () => void;
  #state: State;
  /** The last request that waits for other instances: what is asked after it is answered after it. */
  #waiting: Promise<void> | undefined;

  /**
   * @param onSignedIn called at most once
   * @param onClosed called once, when the socket is gone
   */
  constructor(
    { socket, line, address, request }: SessionOrigin,
    parts: SessionParts,
    onSignedIn: () => void,
    onClosed: () => void,
  ) {
    this.#socket = socket;
    this.#line = new Line(socket, line, parts.frameMemory);
    this.#address = address;
    this.request = request;
    this.#onSignedIn = onSignedIn;
    this.#parts = parts;
    const nonce = parts.randomness.nonce();
    this.greetedAt = parts.heartbeat.moment().at;
    const deadline = this.greetedAt + HANDSHAKE_TIMEOUT_MS;
    this.#state = { kind: 'greeting', nonce, deadline };
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    const heard = (): void => this.#heard();
    socket.on('pong', heard);
    socket.on('ping', heard);
    // ws closes by itself after an error (a frame too large, a reset): `close` follows, and says all.
    socket.on('error', (error) => parts.logger.debug({ err: error, request }, 'a session failed'));
    socket.on('close', () => {
      this.#leave({ kind: 'closed' });
      onClosed();
    });
    this.#send({ type: 'challenge', nonce, binding: parts.binding.kind, offers: [OFFERS_EARLY_REQUESTS] });
  }

  /** Whether the client has proved who it is, and the session has not ended. */
  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** Does what is due at `now`: timeouts, pings. */
  beat(now: Moment): void {
    const state = this.#state;
    switch (state.kind) {
      case 'greeting':
      case 'proving':
        if (now.at >= state.deadline) this.close(SessionClose.signInTimeout, 'no sign-in came in time');
        break;
      case 'open':
        state.open.stream.showGap();
        this.#resume();
        if (state.open.teller.isStuck(now.at)) this.#closeSlow();
        if (this.#state !== state || now.at < state.pingAt) break;
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

  push(type: Change, json: string): void {
    if (this.#state.kind === 'open') this.#state.open.stream.change(type, json);
  }

  /** Sends a push, whatever is unsent. */
  send(frame: Frame): void {
    // Only who waits for it hears that it was taken; of a list it costs nothing more.
    this.#line.send(frame, this.#isTelling || typeof frame !== 'string' ? this.#sent : undefined);
  }

  get bufferedAmount(): number {
    return this.#line.bufferedAmount;
  }

  told(id: number): void {
    if (this.#state.kind === 'open') this.#send({ type: 'result', id });
  }

  takes(what: Feature): boolean {
    return this.#state.kind === 'open' && this.#state.open.takes.includes(what);
  }

  call(call: Call): void {
    if (this.takes(call.type) && this.bufferedAmount <= this.#parts.pushBacklogBytes) this.#send(call);
  }

  cut(): void {
    this.#leave({ kind: 'closed' });
    this.#socket.terminate();
  }

  /** Ends the session; its user lingers unless signed out. @param reason for the other end's log */
  close(code: number, reason: string): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    this.#parts.metrics.sessionClosed(closeReason(code), this.isOpen);
    this.#leave({ kind: 'closing', deadline: this.#parts.heartbeat.moment().at + CLOSE_GRACE_MS });
    this.#socket.close(code, reason.replace(/[^ -~]/g, '?').slice(0, MAX_REASON_BYTES));
  }

  #received(data: RawData, isBinary: boolean): void {
    const state = this.#state;
    if (state.kind === 'closing' || state.kind === 'closed') return;
    try {
      if (isBinary || !Buffer.isBuffer(data)) throw new MalformedError('frame: not text');
      if (state.kind === 'proving') state.early.add(data);
      else if (state.kind === 'greeting') this.#greeted(data, state);
      else this.#asked(data, state.open);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof SignInRefusal) {
      this.#note(error.note);
      this.close(error.code, error.message);
    } else if (error instanceof MalformedError) {
      this.#note(`refused a frame: ${error.message}`);
      this.close(SessionClose.badRequest, error.message);
    } else {
      const { request } = this;
      this.#parts.logger.error({ err: error, request }, 'a frame could not be dealt with');
      this.close(SessionClose.badRequest, 'this frame cannot be dealt with');
    }
  }

  #greeted(data: Buffer, { nonce, deadline }: Extract<State, { kind: 'greeting' }>): void {
    const signIn = decodeJson(signInFrame, data);
    this.#state = { kind: 'proving', deadline, early: new EarlyRequests() };
    provenIdentity(signIn, nonce, this.#parts)
      .then((identity) => {
        const settled = settledFor(identity, this.#parts.roster);
        return settled === undefined
          ? this.#proved(identity, signIn)
          : settled.then(() => this.#proved(identity, signIn));
      })
      .catch((error: unknown) => this.#failed(error));
  }

  #proved(identity: Fingerprint, signIn: SignIn): void {
    const { device, endpoints, takes = [] } = signIn;
    const { roster, calls, heartbeat, randomness, metrics, rateLimits, pushBacklogBytes } = this.#parts;
    // It may have ended meanwhile.
    if (this.#state.kind !== 'proving') return;
    const { early } = this.#state;
    const account = accountToSignIn(identity, signIn, {
      directory: roster.directory,
      signIns: rateLimits.signIns,
    });
    const now = heartbeat.moment();
    const epoch = randomness.epoch();
    const stream = new PushStream(epoch, this, pushBacklogBytes, metrics);
    const teller = new Teller(this, roster, stream);
    const open = { account, stream, teller, takes };
    this.#state = { kind: 'open', pingAt: now.at + PING_INTERVAL_MS, open };
    const user = { name: account.name, identity: account.identity };
    this.#line.atOnce(() => {
      this.#send({ type: 'welcome', user, epoch, offers: calls.offers });
      this.#onSignedIn();
      metrics.signedIn();
      const replaced = roster.signIn(account, this, { device, endpoints }, now);
      if (replaced instanceof Session) {
        replaced.close(SessionClose.replaced, 'a newer sign-in of this identity took over');
      }
      for (const frame of early.all) this.#received(frame, false);
    });
  }

  #note(refused: string): void {
    const { refusals, heartbeat } = this.#parts;
    refusals.note(refused, heartbeat.moment().at, this.request);
  }

  #asked(data: Buffer, open: Open): void {
    const { identity, name } = open.account;
    this.#heard();
    const request = decodeJson(sessionRequest, data);
    const { roster, rateLimits } = this.#parts;
    const weight = weightOf(request, { member: this, roster });
    const asking = { identity, address: this.#address, weight };
    const { granted, deaf, retryAfter } = allowance(request, asking, rateLimits);
    if (granted) this.#turn(request, open);
    else if (deaf) {
      this.#note(`closed a session of ${name}, which asks too much`);
      this.close(SessionClose.tooMany, 'this client asks too much');
    } else this.#sendError(request.id, tooMany(retryAfter));
  }

  /** Requests of one session are dealt with in their order, also where one of them waits for other instances. */
  #turn(request: SessionRequest, open: Open): void {
    const before = beforehand(request, this.#parts);
    const earlier = this.#waiting;
    if (before === undefined && earlier === undefined) {
      this.#request(request, open);
      return;
    }
    const failed = before?.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const turn = Promise.all([failed, earlier])
      .then(([failure]) => {
        if (this.#state.kind !== 'open' || this.#state.open !== open) return;
        if (failure === undefined) this.#request(request, open);
        else this.#refused(request, failure.error);
      })
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        if (this.#waiting === turn) this.#waiting = undefined;
      });
    this.#waiting = turn;
  }

  #request(request: SessionRequest, { account: { identity }, teller }: Open): void {
    const { roster, accounts, calls, heartbeat } = this.#parts;
    const { at } = heartbeat.moment();
    const asking = { identity, address: this.#address, member: this, roster, accounts, calls, teller, at };
    if (isSlow(request)) {
      answerSlowly(request, asking)
        .then((result) => this.#answered(request, result))
        .catch((error: unknown) => this.#refused(request, error))
        .catch((error: unknown) => this.#failed(error));
      return;
    }
    const wasTelling = this.#isTelling;
    this.#line.atOnce(() => {
      try {
        const result = answer(request, asking);
        if (result !== undefined) this.#answered(request, result);
      } catch (error) {
        this.#refused(request, error);
      }
    });
    // It may wait for what was sent before, of which nobody hears: this is taken after it.
    if (this.#isTelling && !wasTelling) this.#socket.ping(undefined, false, this.#sent);
  }

  #answered({ type, id }: SessionRequest, result: Answer): void {
    // It may have ended while the disk was waited for.
    if (this.#state.kind !== 'open') return;
    this.#sendUnlessSlow(resultFrame(id, result));
    if (type === 'sign-out') this.close(SessionClose.signedOut, 'signed out');
    if (type === 'delete-account') this.close(SessionClose.deleted, 'the account was deleted');
  }

  #refused({ id }: SessionRequest, error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
    if (this.#state.kind === 'open') this.#sendError(id, error);
  }

  #sendError(id: number, { code, message }: Refusal): void {
    this.#parts.metrics.refused('session', code);
    this.#send({ type: 'error', id, code, message });
  }

  #heard(): void {
    const { roster, heartbeat } = this.#parts;
    if (this.#state.kind === 'open')
      roster.alive(this.#state.open.account.identity, this, heartbeat.moment());
  }

  #send(frame: ServerFrame): void {
    this.#sendUnlessSlow(JSON.stringify(frame));
  }

  #sendUnlessSlow(frame: Frame): void {
    if (this.bufferedAmount > this.#parts.sessionBacklogBytes) {
      this.#closeSlow();
      return;
    }
    this.send(frame);
  }

  #closeSlow(): void {
    this.#note('closed a session whose client does not read');
    this.close(SessionClose.slowConsumer, 'this client does not read what it asked for');
  }

  /** Whether an answer waits for room. */
  get #isTelling(): boolean {
    return this.#state.kind === 'open' && this.#state.open.teller.isBusy;
  }

  /** The socket has taken something. In a turn of its own: a fast one says so at once, piece after piece. */
  readonly #sent = (): void => {
    if (this.#isTelling) setImmediate(() => this.#resume());
  };

  /** Goes on with an answer that waits for room. */
  #resume(): void {
    if (this.#state.kind !== 'open') return;
    try {
      this.#state.open.teller.resume(this.#parts.heartbeat.moment().at);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The one way out of `open`: whatever ends a session, its watches go and its user lingers. */
  #leave(next: State): void {
    const state = this.#state;
    this.#state = next;
    if (state.kind !== 'open') return;
    const { roster, heartbeat } = this.#parts;
    roster.watches.forget(this);
    roster.disconnect(state.open.account.identity, this, heartbeat.moment());
  }
}
