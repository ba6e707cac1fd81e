import { type Endpoint, SessionClose, type User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { KeyPair } from '@p2p-chat/protocol/identity';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import {
  type Cancel,
  type Clock,
  type Directory,
  type DirectoryEvents,
  DirectoryUnavailable,
  type Log,
  type Random,
} from '../core/ports.ts';
import { DiscoveryConnection, type Push } from './discovery-connection.ts';
import { errorText } from './errors.ts';
import type { RequestBody } from './pending-requests.ts';
import { type ProxySettings, transportFor } from './proxy.ts';
import { reconnect, type ReconnectEvent, type ReconnectState } from './reconnect.ts';

export interface SessionOptions {
  /** As parseServerAddress gives it. */
  readonly server: URL;
  readonly identityKey: KeyPair;
  readonly device: Fingerprint;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly proxy: ProxySettings;
}

/**
 * The session with a discovery server, kept up over disconnections.
 * @throws {DiscoveryError} bad-address, when the configured proxy is none
 */
export function createDirectorySession(options: SessionOptions): Directory {
  return new DirectorySession(options);
}

type DisconnectReason = Parameters<DirectoryEvents['disconnected']>[0];

/** What a close code means for the next attempt: `unreachable` is tried again. */
function disconnectReason(code: number): DisconnectReason {
  switch (code) {
    case SessionClose.replaced:
      return 'replaced';
    case SessionClose.notRegistered:
      return 'not-registered';
    case SessionClose.badSignature:
      return 'refused';
    default:
      return 'unreachable';
  }
}

class DirectorySession implements Directory {
  readonly #options: SessionOptions;
  readonly #transport;
  readonly #watched = new Set<Fingerprint>();
  #events: DirectoryEvents | undefined;
  #state: ReconnectState = { kind: 'idle' };
  #connection: DiscoveryConnection | undefined;
  #cancelRetry: Cancel = () => undefined;
  #endpoints: readonly Endpoint[] = [];
  /** Whether whoever listens was told of the disconnection; told once, however many attempts fail. */
  #toldDisconnected = false;
  #onClosed: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#transport = transportFor(options.server, options.proxy);
  }

  start(events: DirectoryEvents): void {
    if (this.#events !== undefined) throw new Error('a session is started once');
    this.#events = events;
    this.#dispatch({ type: 'start' });
  }

  announce(endpoints: readonly Endpoint[]): void {
    if (JSON.stringify(endpoints) === JSON.stringify(this.#endpoints)) return;
    this.#endpoints = endpoints;
    // Other addresses mean another network: what failed on the last one is worth a try at once.
    if (this.#connection?.open === true) this.#tell({ type: 'announce', endpoints: [...endpoints] });
    else this.#dispatch({ type: 'retry' });
  }

  watch(identities: readonly Fingerprint[]): void {
    const added = [...new Set(identities)].filter((identity) => !this.#watched.has(identity));
    for (const identity of added) this.#watched.add(identity);
    this.#tellInChunks('watch', added);
  }

  unwatch(identities: readonly Fingerprint[]): void {
    this.#tellInChunks(
      'unwatch',
      [...new Set(identities)].filter((identity) => this.#watched.delete(identity)),
    );
  }

  async page(after: string | null, limit: number): ReturnType<Directory['page']> {
    const { page } = await this.#request({ type: 'directory', after, limit });
    if (page === undefined) throw new DirectoryUnavailable('the discovery server answered without a page');
    return page;
  }

  async lookUp(identity: Fingerprint): ReturnType<Directory['lookUp']> {
    const { found } = await this.#request({ type: 'look-up', identity });
    if (found === undefined || (found !== null && found.identity !== identity)) {
      throw new DirectoryUnavailable('the discovery server answered something else');
    }
    return found;
  }

  async stop(signOut: boolean): Promise<void> {
    this.#events = { connected: ignore, disconnected: ignore, presence: ignore, account: ignore };
    this.#dispatch({ type: 'end' });
    const connection = this.#connection;
    if (connection === undefined) return;
    await new Promise<void>((resolve) => {
      const before = this.#onClosed;
      this.#onClosed = () => {
        before?.();
        resolve();
      };
      if (signOut) connection.signOut();
      else connection.close();
    });
  }

  #dispatch(event: ReconnectEvent): void {
    const state = reconnect(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#cancelRetry();
    if (state.kind === 'connecting') this.#connect();
    if (state.kind === 'waiting') {
      this.#cancelRetry = this.#options.clock.after(state.delay, () => this.#dispatch({ type: 'retry' }));
    }
  }

  #connect(): void {
    const { server, identityKey, device, clock } = this.#options;
    const announced = this.#endpoints;
    this.#connection = new DiscoveryConnection({
      server,
      transport: this.#transport,
      identityKey,
      device,
      endpoints: announced,
      clock,
      welcome: (user) => this.#welcome(user, announced),
      push: (push) => this.#push(push),
      closed: (code, detail) => this.#closed(code, detail),
    });
  }

  #welcome(user: User, announced: readonly Endpoint[]): void {
    if (this.#state.kind !== 'connecting') return;
    this.#dispatch({ type: 'welcome', now: this.#options.clock.now() });
    this.#toldDisconnected = false;
    if (announced !== this.#endpoints) this.#tell({ type: 'announce', endpoints: [...this.#endpoints] });
    this.#tell({ type: 'watch-directory', on: true });
    this.#tellInChunks('watch', [...this.#watched]);
    this.#options.log('info', `Signed in to ${this.#options.server.origin} as ${user.name}.`);
    this.#events?.connected(user);
  }

  #push(push: Push): void {
    if (push.type === 'account') {
      this.#events?.account(push.presence);
      return;
    }
    for (const presence of push.type === 'snapshot' ? push.presences : [push.presence]) {
      // What was on its way when its watch ended is not wanted any more.
      if (this.#watched.has(presence.identity)) this.#events?.presence(presence);
    }
  }

  #closed(code: number, detail: string): void {
    this.#connection = undefined;
    const why = disconnectReason(code);
    const { clock, random, log, server } = this.#options;
    const ended = this.#state.kind === 'ended';
    if (why === 'unreachable')
      this.#dispatch({ type: 'lost', now: clock.now(), fraction: random.fraction() });
    else this.#dispatch({ type: 'end' });
    if (!ended) log('debug', `No session with ${server.origin}: ${why}: ${detail}.`);
    this.#onClosed?.();
    if (this.#toldDisconnected && why === 'unreachable') return;
    this.#toldDisconnected = true;
    this.#events?.disconnected(why, detail);
  }

  #request(body: RequestBody): ReturnType<DiscoveryConnection['request']> {
    if (this.#connection === undefined || this.#state.kind !== 'signed-in') {
      return Promise.reject(new DirectoryUnavailable('there is no session'));
    }
    return this.#connection.request(body);
  }

  /** A request whose result is of no interest. It is made again after a reconnection if it did not get through. */
  #tell(body: RequestBody): void {
    this.#request(body).catch((error: unknown) => {
      if (error instanceof DirectoryUnavailable) return;
      this.#options.log('warn', `The discovery server refused "${body.type}": ${errorText(error)}`);
    });
  }

  #tellInChunks(type: 'watch' | 'unwatch', identities: readonly Fingerprint[]): void {
    if (this.#connection?.open !== true) return;
    for (let start = 0; start < identities.length; start += MAX_WATCHES) {
      this.#tell({ type, identities: identities.slice(start, start + MAX_WATCHES) });
    }
  }
}

function ignore(): void {
  // After stop() nobody is told anything.
}
