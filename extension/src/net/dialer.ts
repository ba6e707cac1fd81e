import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { ChainIdentity, DeviceCredentials } from '@p2p-chat/protocol/certificates';
import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS, MAX_ENDPOINTS } from '@p2p-chat/protocol/limits';
import { LINK_PATH, LINK_PROTOCOL } from '@p2p-chat/protocol/link';
import type { Channel, DialAttempt, Dialer, DialStep } from '../core/net-ports.ts';
import type { Clock } from '../core/ports.ts';
import { DialError } from '../core/net-ports.ts';
import { race } from '../core/race.ts';
import { LINK_WEBSOCKET, WebSocketChannel } from './channel.ts';
import { mayBeDialled } from './dial-policy.ts';
import { Fault, faultOf } from './dial-fault.ts';
import { errorText } from './errors.ts';
import { authenticate, clientTlsOptions } from './tls.ts';

/** How much later the next endpoint is tried while the one before is silent, milliseconds. RFC 8305 §5. */
const STAGGER_MS = 250;

/** Endpoints tried for one link: the last known ones and the announced ones, where they differ. */
const MAX_DIALLED = 2 * MAX_ENDPOINTS;

type Passed = DialAttempt['passed'][number];

/** What the sockets of this device dial with. */
export interface LinkDialer extends Dialer {
  /**
   * Opens a link in a stream that leads to the peer, such as one through a relay, with all steps but TCP. The stream is
   * the link's from then on, and is closed when nothing comes of it.
   */
  through(stream: Duplex, identity: Fingerprint, signal: AbortSignal): Promise<Channel>;
}

/** Opens links: TCP, TLS, the proof of identity, and only then the first byte of a request. */
export function createDialer(options: {
  readonly credentials: DeviceCredentials;
  readonly clock: Clock;
  /** Whether this address of this very machine is dialled: where the discovery server is on it too, or the person says so. */
  readonly mayDialLoopback: (endpoint: Endpoint) => boolean;
}): LinkDialer {
  const { clock, mayDialLoopback } = options;
  const tls = clientTlsOptions(options.credentials);
  return {
    async dial(identity, endpoints, signal, ended = () => undefined) {
      const failed: DialAttempt[] = [];
      const attempts = distinct(endpoints).map((endpoint) => async (lost: AbortSignal) => {
        const steps = new Steps(clock);
        try {
          if (!mayBeDialled(endpoint, mayDialLoopback(endpoint))) {
            throw new Fault('forbidden', 'this address may not be dialled');
          }
          const channel = await attempt({ identity, carrier: endpoint, tls, clock, signal: lost, steps });
          if (!lost.aborted) ended({ endpoint, passed: steps.passed, failed: null });
          return channel;
        } catch (error) {
          const end: DialAttempt = { endpoint, passed: steps.passed, failed: steps.failure(error) };
          failed.push(end);
          if (!lost.aborted) ended(end);
          throw error;
        }
      });
      const channel = await race({ attempts, clock, staggerMs: STAGGER_MS, signal, discard });
      if (signal.aborted) {
        if (channel !== undefined) discard(channel);
        signal.throwIfAborted();
      }
      if (channel === undefined) throw new DialError(failed);
      return channel;
    },
    through(stream, identity, signal) {
      return attempt({ identity, carrier: stream, tls, clock, signal, steps: new Steps(clock) });
    },
  };
}

/** The steps to one endpoint, and how long each takes. */
class Steps {
  readonly passed: Passed[] = [];
  readonly #clock: Clock;
  #step: DialStep = 'tcp';
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** The step under way is done; this is the next one. */
  next(step: DialStep): void {
    this.done();
    this.#step = step;
  }

  /** The step under way is done. */
  done(): void {
    this.passed.push({ step: this.#step, ms: this.#elapsed });
    this.#since = this.#clock.now();
  }

  failure(error: unknown): DialAttempt['failed'] {
    return { step: this.#step, ms: this.#elapsed, fault: faultOf(error), error: errorText(error) };
  }

  /** A clock that was set back in between tells nothing. */
  get #elapsed(): number {
    return Math.max(0, this.#clock.now() - this.#since);
  }
}

/** Closes a channel that came second. */
function discard(channel: Channel): void {
  channel.bind({ frame: () => undefined, closed: () => undefined });
  channel.close(1000, 'another address was faster');
}

function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  const byText = new Map(endpoints.map((endpoint) => [`${endpoint.address} ${endpoint.port}`, endpoint]));
  return [...byText.values()].slice(0, MAX_DIALLED);
}

interface AttemptOptions {
  readonly identity: Fingerprint;
  /** Where to connect, or a stream that is connected. */
  readonly carrier: Endpoint | Duplex;
  readonly tls: ConnectionOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly steps: Steps;
}

/** Goes all steps to a link, within HANDSHAKE_TIMEOUT_MS. */
function attempt(options: AttemptOptions): Promise<Channel> {
  const { identity, tls, clock, signal, steps } = options;
  const endpoint = 'port' in options.carrier ? options.carrier : null;
  return new Promise((resolve, reject) => {
    let secure: TLSSocket | undefined;
    let ws: WebSocket | undefined;
    let settled = false;
    const settle = (): void => {
      settled = true;
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      if (settled) return;
      settle();
      ws?.terminate();
      secure?.destroy();
      carrier.destroy();
      reject(error instanceof Error ? error : new Error('unknown error'));
    };
    const onAbort = (): void => fail(new Error('no longer wanted'));
    const cancelTimer = clock.after(HANDSHAKE_TIMEOUT_MS, () =>
      fail(new Fault('silent', 'no answer in time')),
    );
    const carrier =
      'port' in options.carrier
        ? connectTcp({ host: options.carrier.address, port: options.carrier.port, noDelay: true })
        : options.carrier;
    watch(carrier, fail);
    const begin = (): void => {
      steps.next('tls');
      secure = connectTls({ ...tls, socket: carrier });
      watch(secure, fail);
      const socket = secure;
      // In this very turn: with Node's TLS library this end's certificates leave after it, and so not for somebody else.
      socket.once('secureConnect', () => {
        if (settled) return;
        let peer: ChainIdentity;
        try {
          steps.next('identity');
          peer = authenticate(socket, clock.now());
          if (peer.identity !== identity) throw new Fault('somebody-else', 'somebody else answers there');
        } catch (error) {
          fail(error);
          return;
        }
        steps.next('websocket');
        ws = upgrade(socket, fail, (open) => {
          if (settled) return;
          settle();
          steps.done();
          const path = endpoint === null ? 'relayed' : 'direct';
          resolve(new WebSocketChannel({ ws: open, socket, peer, dialled: true, endpoint, path, clock }));
        });
      });
    };
    if (endpoint === null) begin();
    else carrier.once('connect', begin);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

function watch(socket: Duplex, fail: (error: unknown) => void): void {
  socket.on('error', fail);
  socket.once('close', () => fail(new Fault('closed', 'the other side closed the connection')));
}

/**
 * The WebSocket upgrade on a socket that is there already. The `ws+unix` form makes a request with a `socketPath`,
 * which VS Code leaves alone; a `wss` one would lose `createConnection` on the extension host's thread.
 */
function upgrade(
  socket: TLSSocket,
  fail: (error: unknown) => void,
  opened: (ws: WebSocket) => void,
): WebSocket {
  const ws = new WebSocket(`ws+unix:peer:${LINK_PATH}`, [LINK_PROTOCOL], {
    ...LINK_WEBSOCKET,
    followRedirects: false,
    // Masks are for what stands between and reads along: inside TLS nothing does, and `ws` leaves out a mask of zero.
    generateMask: (mask) => void mask.fill(0),
    createConnection: () => socket,
  });
  ws.on('error', fail);
  ws.once('open', () => opened(ws));
  return ws;
}
