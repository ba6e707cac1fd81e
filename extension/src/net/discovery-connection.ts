import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  type BindingKind,
  type Call,
  DiscoveryPath,
  type Endpoint,
  OFFERS_DIAL_BACK,
  OFFERS_EARLY_REQUESTS,
  OFFERS_RELAY,
  TAKES_RELAY_ADDRESS,
  type ServerFrame,
  serverFrame,
  SESSION_PROTOCOL,
  signInStatement,
  type User,
} from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { encodePublicKey, fingerprintOf, type KeyPair, signStatement } from '@p2p-chat/protocol/identity';
import { HANDSHAKE_TIMEOUT_MS, MAX_SESSION_FRAME_BYTES, PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Cancel, Clock } from '../core/ports.ts';
import { DirectoryUnavailable } from '../core/net-ports.ts';
import { bindingFor, serverKeyOf } from './binding.ts';
import { type Interfaces, isOwnAddress, likeliestFirst } from './endpoints.ts';
import { errorText, lossCauseOf } from './errors.ts';
import { type Liveness, watchLiveness } from './liveness.ts';
import { PendingRequests, type RequestBody, type ResultFrame } from './pending-requests.ts';
import { PushOrder } from './push-order.ts';
import type { LossCause } from './reconnect.ts';
import type { ServerAccess } from './server-access.ts';
import { DiscoveryError } from './server-address.ts';
import { isDistrust } from './server-tls.ts';

/**
 * How long an attempt in a hurry waits for the network to carry its first bytes, milliseconds. Systems say them again
 * after one and after three seconds.
 */
const HURRIED_CONNECT_MS = 3_500;

/** How long a goodbye may take, milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What the server says without being asked, in order. */
export type Push = Extract<
  ServerFrame,
  { type: 'snapshot' | 'presence' | 'account' | 'succession' | 'removed' }
>;

/** How a connection ended. */
export interface ConnectionEnd {
  /** A WebSocket close code; 1006 when the connection failed or broke. */
  readonly code: number;
  /** In this end's own words, fit for a log: those of a server may be anything, such as what it was sent. */
  readonly detail: string;
  /** What that says of the network. */
  readonly cause: LossCause;
  /** TLS did not take what the server showed: it may be another one by now. */
  readonly distrusted: boolean;
  /** Nothing was signed, since the server asked for what would be a proof to others as well. */
  readonly refused: DiscoveryError | null;
}

export interface ConnectionOptions {
  readonly access: ServerAccess;
  readonly identityKey: KeyPair;
  readonly device: Fingerprint;
  readonly endpoints: readonly Endpoint[];
  /** Whether this device is to take the place of another one. */
  readonly takeOver: boolean;
  /** Whether to give up soon where the network carries nothing: the next attempt follows at once. */
  readonly hurried: boolean;
  readonly clock: Clock;
  readonly interfaces: Interfaces;
  /**
   * The server takes requests before it welcomes: what is asked now goes out with the sign-in. Only at a server that takes
   * them, which keeps MAX_EARLY_REQUESTS.
   */
  readonly early: (ask: (body: RequestBody) => Promise<ResultFrame>) => void;
  /** @param offers what the server says that it does besides */
  welcome(user: User, offers: readonly string[]): void;
  push(push: Push): void;
  /** Somebody asks for something by way of the server. */
  call(call: Call): void;
  /** Comes exactly once, last. */
  closed(end: ConnectionEnd): void;
}

type Phase =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'signing-in' }
  | { readonly kind: 'open'; readonly order: PushOrder }
  | { readonly kind: 'closed' };

/** One WebSocket to the discovery server, from the challenge to its end. It never reconnects. */
export class DiscoveryConnection {
  readonly #options: ConnectionOptions;
  readonly #ws: WebSocket;
  readonly #requests: PendingRequests;
  readonly #liveness: Liveness;
  readonly #cancelHandshake: Cancel;
  /** When this end last showed that it lives. */
  #shownAt: number;
  #cancelConnect: Cancel = () => undefined;
  #cancelClose: Cancel = () => undefined;
  #phase: Phase = { kind: 'greeting' };
  /** The key that the server shows on this connection, null on plain HTTP; undefined before the upgrade. */
  #seen: Fingerprint | null | undefined;
  /** By which this machine is connected to the server, or to a proxy before it. */
  #localAddress: string | undefined;
  /** What lies below the WebSocket; undefined before the upgrade. */
  #socket: Socket | undefined;
  /** `again`: another gap was seen while the repair of one is under way. */
  #repair: 'none' | 'running' | 'again' = 'none';
  /** What this end found wrong, told instead of the code that follows from it. */
  #fault: string | undefined;
  #cause: LossCause = 'other';
  #distrusted = false;
  #refused: DiscoveryError | null = null;

  constructor(options: ConnectionOptions) {
    const { clock } = options;
    const { server, transport } = options.access;
    this.#options = options;
    this.#requests = new PendingRequests(clock);
    this.#shownAt = clock.now();
    this.#ws = new WebSocket(new URL(DiscoveryPath.session, server), [SESSION_PROTOCOL], {
      ...transport,
      maxPayload: MAX_SESSION_FRAME_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      // One frame a turn: whoever waits for an answer has it before what the server said after it.
      allowSynchronousEvents: false,
      finishRequest: (request) => {
        request.once('socket', (socket) => {
          if (socket.connecting) socket.once('connect', () => this.#cancelConnect());
          else this.#cancelConnect();
        });
        request.end();
      },
    });
    if (options.hurried) {
      this.#cancelConnect = clock.after(HURRIED_CONNECT_MS, () => this.#silent('no answer'));
    }
    this.#cancelHandshake = clock.after(HANDSHAKE_TIMEOUT_MS, () => this.#abort('no answer in time'));
    // The server asks; this end asks only after a pause of its own, such as a laptop's sleep.
    this.#liveness = watchLiveness({
      clock,
      routine: false,
      ping: () => {
        if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
      },
      dead: () => this.#silent('nothing was heard for too long'),
    });
    this.#ws.on('upgrade', (response) => {
      this.#guard(() => {
        this.#seen = serverKeyOf(response.socket);
        this.#socket = response.socket;
        this.#localAddress = response.socket.localAddress;
      });
    });
    this.#ws.on('ping', () => {
      this.#liveness.heard();
      this.#shownAt = clock.now();
    });
    this.#ws.on('pong', () => this.#liveness.heard());
    this.#ws.on('message', (data, binary) => {
      this.#liveness.heard();
      this.#showLife();
      this.#guard(() => this.#receive(data, binary));
    });
    this.#ws.on('error', (error) => {
      if (this.#fault === undefined) this.#cause = lossCauseOf(error);
      this.#fault ??= errorText(error);
      this.#distrusted = transport.agent !== undefined && this.#seen === undefined && isDistrust(error);
    });
    this.#ws.on('close', (code) => this.#end(code));
  }

  /** Whether requests can be made. */
  get open(): boolean {
    return this.#phase.kind === 'open' && this.#ws.readyState === this.#ws.OPEN;
  }

  /**
   * The network is another one: a connection from an address that this machine no longer has is at its end, and where
   * nothing was heard for a while, an answer is to come soon.
   */
  check(): void {
    if (!this.open) return;
    const { interfaces } = this.#options;
    if (this.#localAddress !== undefined && !isOwnAddress(this.#localAddress, interfaces)) {
      this.#silent('its network is gone');
    } else this.#liveness.sending();
  }

  /** Those to be announced on this connection. */
  announced(endpoints: readonly Endpoint[]): Endpoint[] {
    return likeliestFirst(endpoints, this.#localAddress);
  }

  request(body: RequestBody): Promise<ResultFrame> {
    if (!this.open) return Promise.reject(new DirectoryUnavailable('there is no session'));
    return this.#ask(body);
  }

  /** Says goodbye; `closed` follows within a second. */
  close(): void {
    if (this.#phase.kind === 'closed') return;
    this.#cutSoon();
    this.#ws.close(1000);
  }

  /** Asks the server to show this device offline and to end the session; closes in any case within a second. */
  signOut(): void {
    if (!this.open) {
      this.close();
      return;
    }
    this.#cutSoon();
    // The session's end is the answer.
    this.request({ type: 'sign-out' }).catch(() => undefined);
  }

  /** Over a slow line the server's pings come after all that it says before them: while that comes, it is not to wait. */
  #showLife(): void {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#shownAt) < PING_INTERVAL_MS || this.#ws.readyState !== this.#ws.OPEN) return;
    this.#shownAt = now;
    this.#ws.pong();
  }

  #cutSoon(): void {
    this.#cancelClose();
    this.#cancelClose = this.#options.clock.after(CLOSE_TIMEOUT_MS, () => this.#ws.terminate());
  }

  #receive(data: unknown, binary: boolean): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (binary || !Buffer.isBuffer(data)) throw new MalformedError('a frame is binary');
    const frame = decodeJson(serverFrame, data);
    switch (this.#phase.kind) {
      case 'greeting':
        if (frame.type !== 'challenge') throw new MalformedError(`${frame.type} before a challenge`);
        this.#signIn(frame.nonce, frame.binding, frame.offers ?? []);
        return;
      case 'signing-in':
        if (frame.type !== 'welcome') throw new MalformedError(`${frame.type} before the welcome`);
        if (frame.user.identity !== fingerprintOf(this.#options.identityKey.publicKey)) {
          throw new MalformedError('the welcome is for somebody else');
        }
        this.#phase = { kind: 'open', order: new PushOrder(frame.epoch) };
        this.#cancelHandshake();
        this.#options.welcome(frame.user, frame.offers ?? []);
        return;
      case 'open':
        this.#receiveOpen(frame, this.#phase.order);
        return;
      case 'closed':
    }
  }

  #receiveOpen(frame: ServerFrame, order: PushOrder): void {
    switch (frame.type) {
      case 'challenge':
      case 'welcome':
        throw new MalformedError(`a second ${frame.type}`);
      case 'result':
      case 'error':
        this.#requests.settle(frame);
        return;
      case 'dial-back':
      case 'relay':
        this.#options.call(frame);
        return;
      case 'snapshot':
      case 'presence':
      case 'account':
      case 'succession':
      case 'removed': {
        const place = order.take(frame.epoch, frame.seq);
        if (place === 'foreign') throw new MalformedError('a push of another stream');
        if (place === 'stale') return;
        if (place === 'gap') this.#resync();
        this.#options.push(frame);
      }
    }
  }

  /** One repair at a time; a gap that shows meanwhile may lie behind what the server has sent for this one. */
  #resync(): void {
    if (this.#repair !== 'none') {
      this.#repair = 'again';
      return;
    }
    this.#repair = 'running';
    const done = (): void => {
      const again = this.#repair === 'again';
      this.#repair = 'none';
      if (again && this.open) this.#resync();
    };
    this.request({ type: 'resync' }).then(done, done);
  }

  #signIn(nonce: string, asked: BindingKind, offers: readonly string[]): void {
    const { access, identityKey, device, endpoints, takeOver, early } = this.#options;
    if (this.#seen === undefined) throw new MalformedError('a challenge before the upgrade');
    const binding = bindingFor(asked, this.#seen, access);
    this.#phase = { kind: 'signing-in' };
    // What is sent together goes out in one.
    this.#socket?.cork();
    this.#send({
      type: 'sign-in',
      identity: encodePublicKey(identityKey.publicKey),
      device,
      signature: signStatement(identityKey.privateKey, signInStatement(binding, nonce, device)),
      endpoints: this.announced(endpoints),
      ...(takeOver ? { takeOver } : {}),
      takes: [OFFERS_DIAL_BACK, OFFERS_RELAY, TAKES_RELAY_ADDRESS],
    });
    if (offers.includes(OFFERS_EARLY_REQUESTS)) early((body) => this.#ask(body));
    this.#socket?.uncork();
  }

  #ask(body: RequestBody): Promise<ResultFrame> {
    return this.#requests.add((id) => this.#send({ ...body, id }));
  }

  #send(frame: object): void {
    this.#ws.send(JSON.stringify(frame));
  }

  /** Whatever breaks the protocol ends the connection. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof DiscoveryError) {
        this.#refused = error;
        this.#abort(error.message);
        return;
      }
      if (!(error instanceof MalformedError)) throw error;
      this.#abort(`the server broke the protocol: ${error.message}`);
    }
  }

  #silent(fault: string): void {
    if (this.#fault === undefined) this.#cause = 'silence';
    this.#abort(fault);
  }

  #abort(fault: string): void {
    this.#fault ??= fault;
    this.#ws.terminate();
  }

  #end(code: number): void {
    if (this.#phase.kind === 'closed') return;
    this.#phase = { kind: 'closed' };
    this.#cancelHandshake();
    this.#cancelConnect();
    this.#cancelClose();
    this.#liveness.stop();
    const detail = this.#fault ?? `closed with code ${code}`;
    this.#requests.rejectAll(detail);
    this.#options.closed({
      code,
      detail,
      cause: this.#cause,
      distrusted: this.#distrusted,
      refused: this.#refused,
    });
  }
}
