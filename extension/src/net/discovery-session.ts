import { networkInterfaces } from 'node:os';
import { type Endpoint, type Presence, SessionClose, type User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { fingerprintOf, type KeyPair } from '@p2p-chat/protocol/identity';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import {
  type Channel,
  type Directory,
  type DirectoryEvents,
  DirectoryRefusal,
  DirectoryUnavailable,
} from '../core/net-ports.ts';
import type { Cancel, Random } from '../core/ports.ts';
import { type ConnectionEnd, DiscoveryConnection, type Push } from './discovery-connection.ts';
import type { Interfaces } from './endpoints.ts';
import { errorText, lossCauseOf } from './errors.ts';
import { pause } from './pause.ts';
import type { RequestBody } from './pending-requests.ts';
import { type LossCause, reconnect, type ReconnectEvent, type ReconnectState } from './reconnect.ts';
import type { ServerAccess } from './server-access.ts';
import { type HelpParts, ServerHelp } from './server-help.ts';
import { DiscoveryError, refusedBy } from './server-address.ts';
import { DISTRUSTED, type DisconnectReason, disconnectReason } from './session-end.ts';
import { type Said, Unsaid } from './unsaid.ts';

export interface SessionOptions extends HelpParts {
  /** As parseServerAddress gives it. */
  readonly server: URL;
  /** The way to the server; null when it could not be looked at yet. */
  readonly access: ServerAccess | null;
  /**
   * Looks at what the server shows, at first or once TLS did not take it.
   * @throws {DiscoveryError} whatever it is, it is tried again
   */
  readonly look: (signal: AbortSignal) => Promise<ServerAccess>;
  /**
   * Why the `disconnected` that follows at once is one: always for `distrusted`, and for `refused` where it is more than a
   * bad signature.
   */
  readonly refused: (why: DiscoveryError) => void;
  readonly identityKey: KeyPair;
  readonly device: Fingerprint;
  /** Whether the first attempt, for which the person waits, takes the place of another device. Later ones never do. */
  readonly takeOver: boolean;
  /** The machine's own if it is not given. */
  readonly interfaces?: Interfaces;
  readonly random: Random;
}

/** The session with a discovery server, kept up over disconnections. */
export function createDirectorySession(options: SessionOptions): Directory {
  return new DirectorySession(options);
}

class DirectorySession implements Directory {
  readonly #options: SessionOptions;
  readonly #watched = new Set<Fingerprint>();
  readonly #stopped = new AbortController();
  /** Null while what the server shows is to be looked at before the next attempt. */
  #access: ServerAccess | null;
  /** Whether the next attempt is to take over. */
  #takeOver: boolean;
  #events: DirectoryEvents | undefined;
  #state: ReconnectState = { kind: 'idle' };
  #connection: DiscoveryConnection | undefined;
  #cancelRetry: Cancel = () => undefined;
  #endpoints: readonly Endpoint[] = [];
  /** What whoever listens was told of the disconnection; told once, however many attempts fail. */
  #told: DisconnectReason | null = null;
  readonly #help: ServerHelp;
  #onClosed: (() => void) | undefined;
  readonly #unsaid: Unsaid;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#access = options.access;
    this.#takeOver = options.takeOver;
    this.#help = new ServerHelp(options, this.#stopped.signal);
    this.#unsaid = new Unsaid(options.clock, (said) => this.#sayAgain(said));
  }

  get offers(): Directory['offers'] {
    return this.#help.offered(this.#connection?.open === true);
  }

  start(events: DirectoryEvents): void {
    if (this.#events !== undefined) throw new Error('a session is started once');
    this.#events = events;
    this.#dispatch({ type: 'start' });
  }

  announce(endpoints: readonly Endpoint[]): void {
    const isNews = JSON.stringify(endpoints) !== JSON.stringify(this.#endpoints);
    if (isNews) this.#endpoints = endpoints;
    // Whoever says so has another network, also where they listen as before: what failed on the last one is worth a try.
    if (this.#connection?.open === true) {
      if (isNews) this.#announce(this.#connection);
      this.#connection.check();
    } else this.#dispatch({ type: 'retry' });
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
    const { page } = await this.#ask({ type: 'directory', after, limit });
    if (page === undefined) throw new DirectoryUnavailable('the discovery server answered without a page');
    return page;
  }

  async lookUp(identity: Fingerprint): ReturnType<Directory['lookUp']> {
    const { found, successions = [] } = await this.#request({ type: 'look-up', identity });
    if (found === null) return null;
    // Whoever took the place of another says so by a chain; what that is worth is for the core to see.
    if (found === undefined || (found.identity !== identity && successions.length === 0)) {
      throw new DirectoryUnavailable('the discovery server answered something else');
    }
    return { presence: found, successions };
  }

  async rename(name: string): Promise<User> {
    const { user } = await this.#request({ type: 'rename', name });
    if (user?.name !== name || user.identity !== fingerprintOf(this.#options.identityKey.publicKey)) {
      throw new DirectoryUnavailable('the discovery server answered something else');
    }
    return user;
  }

  async deleteAccount(): Promise<void> {
    await this.#request({ type: 'delete-account' });
    // Whether the server's goodbye comes through or not, there is nothing to come back to.
    this.#dispatch({ type: 'end' });
  }

  async dialBack(identity: Fingerprint): Promise<void> {
    await this.#ask({ type: 'dial-back', identity });
  }

  async relay(identity: Fingerprint, signal: AbortSignal): Promise<Channel> {
    const { ticket, address } = await this.#ask({ type: 'relay', identity });
    return this.#help.relay({ access: this.#access, ticket, address }, identity, signal);
  }

  async stop(signOut: boolean): Promise<void> {
    this.#events = {
      connected: ignore,
      disconnected: ignore,
      presence: ignore,
      account: ignore,
      succession: ignore,
      removed: ignore,
      dialBack: ignore,
    };
    this.#dispatch({ type: 'end' });
    this.#stopped.abort();
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
      this.#cancelRetry = pause(this.#options.clock, state.delay, () => this.#dispatch({ type: 'retry' }));
    }
  }

  /** One attempt: `connecting` ends with a welcome, or with what ends it. */
  #connect(): void {
    if (this.#access === null) void this.#look();
    else this.#open(this.#access);
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopped;
    let access: ServerAccess;
    try {
      access = await this.#options.look(signal);
    } catch (error) {
      this.#takeOver = false;
      if (signal.aborted) return;
      const isDistrusted = error instanceof DiscoveryError && DISTRUSTED.has(error.code);
      if (isDistrusted) this.#options.refused(error);
      this.#lost(errorText(error), lossCauseOf(error), isDistrusted ? 'distrusted' : 'unreachable');
      return;
    }
    if (signal.aborted) return;
    this.#access = access;
    this.#open(access);
  }

  #open(access: ServerAccess): void {
    const { identityKey, device, clock, interfaces = networkInterfaces } = this.#options;
    const announced = this.#endpoints;
    const takeOver = this.#takeOver;
    this.#takeOver = false;
    let early: ReadonlySet<Fingerprint> | undefined;
    this.#connection = new DiscoveryConnection({
      access,
      identityKey,
      device,
      endpoints: announced,
      takeOver,
      hurried: this.#state.kind === 'connecting' && this.#state.hurried,
      clock,
      interfaces,
      early: (ask) => (early = this.#askEarly(ask)),
      welcome: (user, offers) => {
        this.#help.offers = offers;
        this.#welcome(user, announced, early);
      },
      call: (call) => this.#help.called(call, access, (asked) => this.#events?.dialBack(asked)),
      push: (push) => this.#push(push),
      closed: (end) => this.#closed(end),
    });
  }

  /**
   * What every session begins with, in two requests whoever calls meanwhile: a server keeps few before it welcomes.
   * @returns whom it watches then
   */
  #askEarly(ask: DiscoveryConnection['request']): ReadonlySet<Fingerprint> {
    const identities = [...this.#watched].slice(0, MAX_WATCHES);
    const bodies: RequestBody[] = [{ type: 'watch-directory', on: true }];
    if (identities.length > 0) bodies.push({ type: 'watch', identities });
    for (const body of bodies) this.#sayAgainIfBusy(body, ask(body));
    return new Set(identities);
  }

  /** @param early whom the server was asked to watch before it welcomed; undefined where nothing was asked */
  #welcome(user: User, announced: readonly Endpoint[], early?: ReadonlySet<Fingerprint>): void {
    if (this.#state.kind !== 'connecting') return;
    this.#dispatch({ type: 'welcome', now: this.#options.clock.now() });
    this.#told = null;
    if (announced !== this.#endpoints && this.#connection !== undefined) this.#announce(this.#connection);
    if (early === undefined) this.#tell({ type: 'watch-directory', on: true });
    this.#tellInChunks('unwatch', without(early ?? [], this.#watched));
    this.#tellInChunks('watch', without(this.#watched, early));
    this.#options.log('info', `Signed in to ${this.#options.server.origin} as ${user.name}.`);
    this.#events?.connected(user);
  }

  #announce(connection: DiscoveryConnection): void {
    this.#tell({ type: 'announce', endpoints: connection.announced(this.#endpoints) });
  }

  #push(push: Push): void {
    switch (push.type) {
      case 'account':
        this.#events?.account(push.presence);
        return;
      case 'succession':
        this.#events?.succession(push.successions);
        return;
      case 'removed':
        this.#events?.removed(push.identity);
        return;
      case 'presence':
        this.#presence(push.presence);
        return;
      case 'snapshot':
        for (const presence of push.presences) this.#presence(presence);
    }
  }

  #presence(presence: Presence): void {
    // What was on its way when its watch ended is not wanted any more.
    if (this.#watched.has(presence.identity)) this.#events?.presence(presence);
  }

  #closed({ code, detail, cause, distrusted, refused }: ConnectionEnd): void {
    this.#connection = undefined;
    // The next session begins with everything.
    this.#unsaid.forget();
    if (refused !== null) {
      this.#refuse(refused);
      return;
    }
    // It may be the same server with a new certificate for its key, or another one.
    if (distrusted) this.#access = null;
    const why = disconnectReason(code);
    if (why === 'unreachable') {
      this.#lost(detail, cause);
      return;
    }
    if (code === SessionClose.identityReplaced) this.#options.refused(refusedBy('identity-replaced'));
    this.#dispatch({ type: 'end' });
    this.#ended(why, detail);
  }

  #lost(detail: string, cause: LossCause, why: DisconnectReason = 'unreachable'): void {
    const { clock, random } = this.#options;
    this.#dispatch({ type: 'lost', now: clock.now(), fraction: random.fraction(), cause });
    this.#ended(why, detail);
  }

  #refuse(why: DiscoveryError): void {
    if (this.#state.kind !== 'ended') this.#options.refused(why);
    this.#dispatch({ type: 'end' });
    this.#ended('refused', why.message);
  }

  #ended(why: DisconnectReason, detail: string): void {
    this.#options.log('debug', `No session with ${this.#options.server.origin}: ${why}: ${detail}.`);
    this.#onClosed?.();
    if (this.#told === why) return;
    this.#told = why;
    this.#events?.disconnected(why, detail);
  }

  /** A question that can be asked again later, whatever kept the server from an answer. */
  async #ask(body: RequestBody): ReturnType<DiscoveryConnection['request']> {
    try {
      return await this.#request(body);
    } catch (cause) {
      if (cause instanceof DirectoryRefusal) throw new DirectoryUnavailable(cause.message, { cause });
      throw cause;
    }
  }

  #request(body: RequestBody): ReturnType<DiscoveryConnection['request']> {
    if (this.#connection === undefined || this.#state.kind !== 'signed-in') {
      return Promise.reject(new DirectoryUnavailable('there is no session'));
    }
    return this.#connection.request(body);
  }

  /**
   * A request whose result is of no interest. It is made again after a reconnection if it did not get through, and a
   * while later if the server is asked too often.
   */
  #tell(body: RequestBody): void {
    this.#sayAgainIfBusy(body, this.#request(body));
  }

  #sayAgainIfBusy(body: RequestBody, asked: ReturnType<DiscoveryConnection['request']>): void {
    const connection = this.#connection;
    asked.catch((error: unknown) => {
      if (error instanceof DirectoryUnavailable) return;
      this.#options.log('warn', `The discovery server refused "${body.type}": ${errorText(error)}`);
      const isBusy = error instanceof DirectoryRefusal && error.code === 'too-many';
      if (isBusy && connection === this.#connection) this.#unsaid.add(body);
    });
  }

  /** As things are now, which is not as they were. */
  #sayAgain({ types, identities }: Said): void {
    const isWatched = (identity: Fingerprint): boolean => this.#watched.has(identity);
    if (types.has('announce') && this.#connection !== undefined) this.#announce(this.#connection);
    if (types.has('watch-directory')) this.#tell({ type: 'watch-directory', on: true });
    this.#tellInChunks(
      'unwatch',
      identities.filter((identity) => !isWatched(identity)),
    );
    this.#tellInChunks('watch', identities.filter(isWatched));
  }

  #tellInChunks(type: 'watch' | 'unwatch', identities: readonly Fingerprint[]): void {
    if (this.#connection?.open !== true) return;
    for (let start = 0; start < identities.length; start += MAX_WATCHES) {
      this.#tell({ type, identities: identities.slice(start, start + MAX_WATCHES) });
    }
  }
}

function without<T>(all: Iterable<T>, some: ReadonlySet<T> = new Set()): T[] {
  return [...all].filter((one) => !some.has(one));
}

function ignore(): void {
  // After stop() nobody is told anything.
}
