import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import type { KeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { userName } from '@p2p-chat/protocol/names';
import type { Chat } from '../core/chat.ts';
import { StorageError } from '../core/ports.ts';
import type { Cancel, Channel, Clock, Directory, HistoryStore, Log, Random } from '../core/ports.ts';
import { register } from '../net/discovery-http.ts';
import { createDirectorySession } from '../net/discovery-session.ts';
import { announcedEndpoints, watchNetwork } from '../net/endpoints.ts';
import { createListener, ListenError, type Listener } from '../net/listener.ts';
import { proxySettings, type ProxySettings } from '../net/proxy.ts';
import { DiscoveryError, isLoopback, parseServerAddress } from '../net/server-address.ts';
import { PeerError, problemCode, type OnlineOptions, type Problem, type Status } from '../peer-api.ts';

/** Settings of the peer itself in the history's file. */
const LAST_PORT = 'listen.port';
const account = (server: URL): string => `account ${server.origin}`;

/** What being online is made of. */
export interface OnlineParts {
  readonly identityKey: KeyPair;
  readonly credentials: DeviceCredentials;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly history: HistoryStore;
  readonly chat: Chat;
  /** Between this machine and a discovery server on another. */
  readonly proxy: ProxySettings;
  statusChanged(status: Status): void;
}

/** The listener and the session of one time online. */
interface Session {
  readonly options: OnlineOptions;
  readonly server: URL;
  readonly listener: Listener;
  readonly directory: Directory;
  readonly unwatch: Cancel;
}

/** Goes online and offline, one after the other, and says how that stands. */
export class Online {
  readonly #parts: OnlineParts;
  #status: Status = { kind: 'offline' };
  #session: Session | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  /** Aborted by the next call: what the call before still waits for is not wanted any longer. */
  #wanted = new AbortController();
  /** The way online that is under way: windows that want the same share it. */
  #going: { readonly wish: string; readonly result: Promise<{ accountCreated: boolean }> } | null = null;

  constructor(parts: OnlineParts) {
    this.#parts = parts;
  }

  get status(): Status {
    return this.#status;
  }

  /**
   * Listens, registers the name if it is new, signs in. When the server cannot be reached but knows this account, the
   * peer goes on trying and contacts can be reached meanwhile; the call fails all the same.
   * @throws {PeerError}
   */
  goOnline(options: OnlineOptions): Promise<{ accountCreated: boolean }> {
    const wish = JSON.stringify(options);
    if (this.#going?.wish === wish) return this.#going.result;
    const signal = this.#supersede();
    const result = this.#inTurn(async () => {
      try {
        if (this.#isOnlineWith(wish)) return { accountCreated: false };
        await this.#end(false);
        return await this.#begin(options, signal);
      } finally {
        if (!signal.aborted) this.#going = null;
      }
    });
    this.#going = { wish, result };
    return result;
  }

  /** Ends everything; with `signOut` everybody sees it at once, else it looks like a window that reloads. */
  goOffline(signOut: boolean): Promise<void> {
    this.#supersede();
    return this.#inTurn(async () => {
      await this.#end(signOut);
      this.#set({ kind: 'offline' });
    });
  }

  #isOnlineWith(wish: string): boolean {
    return this.#status.kind === 'online' && JSON.stringify(this.#session?.options) === wish;
  }

  #supersede(): AbortSignal {
    this.#going = null;
    this.#wanted.abort();
    this.#wanted = new AbortController();
    return this.#wanted.signal;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #begin(options: OnlineOptions, signal: AbortSignal): Promise<{ accountCreated: boolean }> {
    if (!userName.safeParse(options.name).success) {
      throw new PeerError('name-invalid', 'A name has 1 to 32 letters, digits, "-", "_" or ".".');
    }
    const server = asPeerError(() => parseServerAddress(options.server));
    this.#set({ kind: 'connecting', name: options.name, server: server.origin });
    try {
      const registered = await this.#register(server, options, signal);
      const session = await this.#open(options, server, signal);
      // The server may have come back between the two.
      if (!(registered instanceof PeerError)) return { accountCreated: registered.created };
      if (this.status.kind === 'online') return { accountCreated: false };
      this.#set(this.#problem(session, { code: registered.code, message: registered.message }, true));
      throw registered;
    } catch (error) {
      if (signal.aborted) await this.#end(false);
      if (this.#session === null) this.#set({ kind: 'offline' });
      throw signal.aborted ? new PeerError('not-online', 'Going online was cancelled.') : toPeerError(error);
    }
  }

  /** The outcome, or why an account that exists cannot be confirmed now. */
  async #register(
    server: URL,
    { name }: OnlineOptions,
    signal: AbortSignal,
  ): Promise<{ created: boolean } | PeerError> {
    const { identityKey, clock, history } = this.#parts;
    try {
      const { created } = await register({ server, name, identityKey, clock, proxy: this.#proxy(), signal });
      history.setSetting(account(server), name);
      return { created };
    } catch (error) {
      const why = toPeerError(error);
      if (why.code === 'server-unreachable' && history.setting(account(server)) === name) return why;
      throw why;
    } finally {
      signal.throwIfAborted();
    }
  }

  #proxy(): ProxySettings {
    return proxySettings(this.#parts.proxy, process.env);
  }

  async #open(options: OnlineOptions, server: URL, signal: AbortSignal): Promise<Session> {
    const { clock, random, log, chat, credentials, identityKey } = this.#parts;
    const { listener, port } = await this.#listen(options);
    if (signal.aborted) {
      await listener.stop();
      signal.throwIfAborted();
    }
    const endpoints = () => announcedEndpoints(options.listenHost, port, isLoopback(server));
    const directory = createDirectorySession({
      server,
      identityKey,
      device: credentials.device,
      clock,
      random,
      log,
      proxy: this.#proxy(),
    });
    const session: Session = {
      options,
      server,
      listener,
      directory,
      unwatch: watchNetwork(clock, () => directory.announce(endpoints())),
    };
    this.#session = session;
    chat.goOnline(directory, server.origin);
    directory.announce(endpoints());
    await new Promise<void>((settled) => {
      signal.addEventListener('abort', () => settled(), { once: true });
      const isCurrent = (): boolean => this.#session === session;
      directory.start({
        connected: (self) => {
          if (!isCurrent()) return;
          this.#set({
            kind: 'online',
            name: self.name,
            server: server.origin,
            identity: credentials.identity,
            endpoints: endpoints(),
          });
          chat.directoryConnected().catch((error: unknown) => {
            log('warn', `The directory could not be read: ${String(error)}`);
          });
          settled();
        },
        disconnected: (why) => {
          if (!isCurrent()) return;
          chat.directoryDisconnected();
          this.#disconnected(session, why);
          settled();
        },
        presence: (presence) => chat.presence(presence),
        account: (presence) => chat.account(presence),
      });
    });
    signal.throwIfAborted();
    return session;
  }

  #disconnected(session: Session, why: 'unreachable' | 'replaced' | 'not-registered' | 'refused'): void {
    const { origin } = session.server;
    switch (why) {
      case 'unreachable':
        this.#set(this.#problem(session, unreachable(origin), true));
        return;
      case 'replaced':
        this.#giveUp(session, {
          code: 'signed-in-elsewhere',
          message:
            'You went online with another VS Code, so this one went offline. Go online to take over again.',
        });
        return;
      case 'not-registered':
      case 'refused':
        this.#giveUp(session, {
          code: 'not-a-discovery-server',
          message: `${origin} does not know your account any longer. Go online again to make a new one.`,
        });
        return;
    }
  }

  /** The server ended the session for good: nothing is tried any further. */
  #giveUp(session: Session, problem: Problem): void {
    const signal = this.#supersede();
    void this.#inTurn(async () => {
      await this.#end(false);
      if (!signal.aborted) this.#set(this.#problem(session, problem, false));
    });
  }

  #problem({ options, server }: Session, problem: Problem, retrying: boolean): Status {
    return { kind: 'problem', name: options.name, server: server.origin, problem, retrying };
  }

  /** On the port that was chosen; else on the last one, so that firewalls and contacts know it; else on any. */
  async #listen(options: OnlineOptions): Promise<{ listener: Listener; port: number }> {
    const { history } = this.#parts;
    const last = Number(history.setting(LAST_PORT) ?? 0);
    const ports = options.listenPort > 0 ? [options.listenPort] : [...new Set([last, 0])];
    for (const [index, wanted] of ports.entries()) {
      const listener = this.#listener(options.listenHost, wanted);
      try {
        const { port } = await listener.start();
        history.setSetting(LAST_PORT, String(port));
        return { listener, port };
      } catch (error) {
        await listener.stop();
        const another = index + 1 < ports.length;
        if (!another || !(error instanceof ListenError) || error.code !== 'port-taken') throw error;
      }
    }
    throw new PeerError('listen-failed', 'No port could be opened.');
  }

  #listener(host: string, port: number): Listener {
    const { credentials, clock, log, chat } = this.#parts;
    const onChannel = (channel: Channel): void => {
      chat.accept(channel).catch((error: unknown) => {
        log('error', `A link could not be taken: ${String(error)}`);
        channel.close(LinkClose.storageFailed, 'could not store');
      });
    };
    return createListener({ credentials, clock, log, host, port, onChannel });
  }

  async #end(signOut: boolean): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    session.unwatch();
    this.#parts.chat.goOffline();
    await Promise.all([session.directory.stop(signOut), session.listener.stop()]);
  }

  #set(status: Status): void {
    this.#status = status;
    this.#parts.statusChanged(status);
  }
}

function unreachable(origin: string): Problem {
  return {
    code: 'server-unreachable',
    message: `The discovery server ${origin} does not answer. Is it running, and is the address right?`,
  };
}

function asPeerError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toPeerError(error);
  }
}

/** What a failure on the way online means to a person. */
function toPeerError(error: unknown): PeerError {
  if (error instanceof PeerError) return error;
  if (error instanceof ListenError) return new PeerError(error.code, error.message, { cause: error });
  if (error instanceof StorageError) return new PeerError('storage-failed', error.message, { cause: error });
  if (error instanceof DiscoveryError) {
    const code = problemCode.safeParse(error.code).data ?? 'server-refused';
    return new PeerError(code, error.message, { cause: error });
  }
  return new PeerError('internal', 'Going online failed; the log tells more.', { cause: error });
}
