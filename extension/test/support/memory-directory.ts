import type { Endpoint, Presence, User } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import { nameKey, nameOrder } from '@p2p-chat/protocol/names';
import { type Succession, verifySuccessions } from '@p2p-chat/protocol/succession';
import {
  type Channel,
  type DialBackCall,
  type Directory,
  type DirectoryEvents,
  type DirectoryPage,
  DirectoryRefusal,
  DirectoryUnavailable,
  type Found,
} from '../../src/core/net-ports.ts';

/** A discovery server in memory: as many sessions as there are devices share it. */
export class MemoryDirectoryServer {
  readonly #accounts = new Map<Fingerprint, Presence>();
  /** How the identity of an account followed on others. */
  readonly #chains = new Map<Fingerprint, readonly Succession[]>();
  readonly #sessions = new Set<MemorySession>();
  /** The device with which each identity signed in last. */
  readonly #devices = new Map<Fingerprint, Fingerprint>();
  #down = false;

  get isDown(): boolean {
    return this.#down;
  }

  /** Makes an account, and tells who is signed in. */
  register(user: User): void {
    const presence: Presence = { ...user, online: false, lastSeen: null, device: null, endpoints: [] };
    this.#accounts.set(user.identity, presence);
    for (const session of this.#sessions) session.account(presence);
  }

  /** Hands the account of an earlier identity on to the last one of this chain. */
  succeed(chain: readonly Succession[]): User {
    const identities = verifySuccessions(chain);
    const next = identities.at(-1);
    const from = identities.find((identity) => this.#accounts.has(identity));
    const account = from === undefined ? undefined : this.#accounts.get(from);
    if (from === undefined || next === undefined || account === undefined) {
      throw new Error('a test handed on what nobody has');
    }
    const before = identities[0] === from ? (this.#chains.get(from) ?? []) : [];
    const kept = [...before, ...chain].slice(-MAX_SUCCESSIONS);
    this.#accounts.delete(from);
    this.#chains.delete(from);
    this.#accounts.set(next, { ...account, identity: next, online: false, device: null, endpoints: [] });
    this.#chains.set(next, kept);
    for (const session of this.#sessions) if (session.identity === from) session.end('refused');
    for (const session of this.#sessions) session.succession(from, kept);
    return { name: account.name, identity: next };
  }

  /** The account that this identity has, or that its successor has. */
  found(identity: Fingerprint): Found | null {
    const own = this.#accounts.get(identity);
    if (own !== undefined) return { presence: own, successions: this.#chains.get(identity) ?? [] };
    for (const [next, successions] of this.#chains) {
      const presence = this.#accounts.get(next);
      if (presence !== undefined && verifySuccessions(successions).includes(identity)) {
        return { presence, successions };
      }
    }
    return null;
  }

  rename(identity: Fingerprint, name: string): User {
    const account = this.#accounts.get(identity);
    if (account === undefined) throw new DirectoryRefusal('not-registered', 'no account');
    const holder = [...this.#accounts.values()].find((other) => nameKey(other.name) === nameKey(name));
    if (holder !== undefined && holder.identity !== identity) {
      throw new DirectoryRefusal('name-taken', 'This name belongs to somebody else. Choose another one.');
    }
    this.#accounts.set(identity, { ...account, name });
    for (const session of this.#sessions) session.presence({ ...account, name });
    return { name, identity };
  }

  delete(identity: Fingerprint): void {
    this.#accounts.delete(identity);
    this.#chains.delete(identity);
    for (const session of this.#sessions) session.removed(identity);
    for (const session of this.#sessions) if (session.identity === identity) session.end('not-registered');
  }

  /** The port of one device; it connects when it is started. */
  session(identity: Fingerprint, device: Fingerprint, takeOver = false): Directory {
    return new MemorySession(this, { identity, device, takeOver });
  }

  /** Whether a device may sign in: it did so last, or takes over. */
  admits({ identity, device, takeOver }: MemorySignIn): boolean {
    if (!takeOver && (this.#devices.get(identity) ?? device) !== device) return false;
    this.#devices.set(identity, device);
    return true;
  }

  /** While it is down every session is lost; when it is up again they sign in by themselves. */
  setDown(down: boolean): void {
    this.#down = down;
    for (const session of this.#sessions) if (down) session.lose();
    if (!down) for (const session of this.#sessions) session.connect();
  }

  account(identity: Fingerprint): Presence | undefined {
    return this.#accounts.get(identity);
  }

  page(after: string | null, limit: number): DirectoryPage {
    const from = after === null ? '' : nameOrder(after);
    const rest = [...this.#accounts.values()]
      .filter(({ name }) => nameOrder(name) > from)
      .sort((a, b) => (nameOrder(a.name) < nameOrder(b.name) ? -1 : 1));
    const users = rest.slice(0, limit);
    return { users, next: rest.length > limit ? (users.at(-1)?.name ?? null) : null };
  }

  /** Asks somebody who is signed in to dial. */
  dialBack(from: Fingerprint, to: Fingerprint): void {
    const { endpoints = [] } = this.#accounts.get(from) ?? {};
    for (const session of this.#sessions)
      if (session.identity === to) session.called({ identity: from, endpoints });
  }

  add(session: MemorySession): void {
    this.#sessions.add(session);
  }

  remove(session: MemorySession): void {
    this.#sessions.delete(session);
  }

  /** A session of an identity takes the place of the one before. */
  replaceOthers(session: MemorySession): void {
    for (const other of this.#sessions) {
      if (other !== session && other.identity === session.identity) other.end('replaced');
    }
  }

  set(identity: Fingerprint, state: Pick<Presence, 'online' | 'device' | 'endpoints'>): void {
    const before = this.#accounts.get(identity);
    if (before === undefined) return;
    const presence = { ...before, ...state, lastSeen: Date.UTC(2026, 0, 1) };
    this.#accounts.set(identity, presence);
    for (const session of this.#sessions) session.presence(presence);
  }
}

interface MemorySignIn {
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly takeOver: boolean;
}

/** One device's session. Whatever it tells comes in a later microtask, never from within a call. */
class MemorySession implements Directory {
  readonly identity: Fingerprint;
  readonly #device: Fingerprint;
  #takeOver: boolean;
  readonly #server: MemoryDirectoryServer;
  readonly #watched = new Set<Fingerprint>();
  #events: DirectoryEvents | undefined;
  #endpoints: readonly Endpoint[] = [];
  #state: 'connecting' | 'open' | 'ended' = 'connecting';
  #toldDisconnected = false;

  constructor(server: MemoryDirectoryServer, { identity, device, takeOver }: MemorySignIn) {
    this.#server = server;
    this.identity = identity;
    this.#device = device;
    this.#takeOver = takeOver;
  }

  start(events: DirectoryEvents): void {
    this.#events = events;
    this.#server.add(this);
    if (this.#server.isDown) this.#disconnected('unreachable');
    else this.connect();
  }

  connect(): void {
    queueMicrotask(() => {
      if (this.#state !== 'connecting' || this.#server.isDown) return;
      const account = this.#server.account(this.identity);
      if (account === undefined) {
        this.end('not-registered');
        return;
      }
      const signIn = { identity: this.identity, device: this.#device, takeOver: this.#takeOver };
      this.#takeOver = false;
      if (!this.#server.admits(signIn)) {
        this.end('replaced');
        return;
      }
      this.#state = 'open';
      this.#toldDisconnected = false;
      this.#server.replaceOthers(this);
      this.#events?.connected({ name: account.name, identity: account.identity });
      this.#setPresence();
      this.#snapshot([...this.#watched]);
    });
  }

  announce(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
    if (this.#state === 'open') this.#setPresence();
  }

  watch(identities: readonly Fingerprint[]): void {
    const added = identities.filter((identity) => !this.#watched.has(identity));
    for (const identity of added) this.#watched.add(identity);
    if (this.#state === 'open') this.#snapshot(added);
  }

  unwatch(identities: readonly Fingerprint[]): void {
    for (const identity of identities) this.#watched.delete(identity);
  }

  page(after: string | null, limit: number): Promise<DirectoryPage> {
    return this.#answer(() => this.#server.page(after, limit));
  }

  lookUp(identity: Fingerprint): Promise<Found | null> {
    return this.#answer(() => this.#server.found(identity));
  }

  rename(name: string): Promise<User> {
    return this.#answer(() => this.#server.rename(this.identity, name));
  }

  get offers(): Directory['offers'] {
    return { dialBack: this.#state === 'open', relay: false };
  }

  dialBack(identity: Fingerprint): Promise<void> {
    return this.#answer(() => this.#server.dialBack(this.identity, identity));
  }

  relay(): Promise<Channel> {
    return Promise.reject(new DirectoryUnavailable('there is no relay in memory'));
  }

  called(call: DialBackCall): void {
    queueMicrotask(() => {
      if (this.#state === 'open') this.#events?.dialBack(call);
    });
  }

  deleteAccount(): Promise<void> {
    return this.#answer(() => this.#server.delete(this.identity));
  }

  /** Without a sign-out the person is shown online for ever: no time passes here. */
  stop(signOut: boolean): Promise<void> {
    const wasOpen = this.#state === 'open';
    this.#state = 'ended';
    this.#server.remove(this);
    if (wasOpen && signOut) {
      this.#server.set(this.identity, { online: false, device: null, endpoints: [] });
    }
    return Promise.resolve();
  }

  lose(): void {
    if (this.#state === 'ended') return;
    this.#state = 'connecting';
    this.#disconnected('unreachable');
  }

  end(why: 'replaced' | 'not-registered' | 'refused'): void {
    this.#server.remove(this);
    this.#disconnected(why);
    this.#state = 'ended';
  }

  presence(presence: Presence): void {
    queueMicrotask(() => {
      if (this.#state === 'open' && this.#watched.has(presence.identity)) this.#events?.presence(presence);
    });
  }

  account(presence: Presence): void {
    queueMicrotask(() => {
      if (this.#state === 'open') this.#events?.account(presence);
    });
  }

  /** To who watches the identity that was left. */
  succession(from: Fingerprint, chain: readonly Succession[]): void {
    queueMicrotask(() => {
      if (this.#state === 'open' && this.#watched.has(from)) this.#events?.succession(chain);
    });
  }

  /** To everybody, since everybody watches the directory. */
  removed(identity: Fingerprint): void {
    queueMicrotask(() => {
      if (this.#state === 'open' && identity !== this.identity) this.#events?.removed(identity);
    });
  }

  #setPresence(): void {
    this.#server.set(this.identity, {
      online: true,
      device: this.#device,
      endpoints: [...this.#endpoints],
    });
  }

  #snapshot(identities: readonly Fingerprint[]): void {
    for (const identity of identities) {
      const found = this.#server.found(identity);
      if (found === null) continue;
      if (found.presence.identity === identity) this.presence(found.presence);
      else this.succession(identity, found.successions);
    }
  }

  async #answer<T>(give: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#state !== 'open') throw new DirectoryUnavailable('there is no session');
    return give();
  }

  #disconnected(why: Parameters<DirectoryEvents['disconnected']>[0]): void {
    if (this.#state === 'ended' || (this.#toldDisconnected && why === 'unreachable')) return;
    this.#toldDisconnected = true;
    const events = this.#events;
    queueMicrotask(() => events?.disconnected(why, ''));
  }
}
