import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { LinkClose } from '@p2p-chat/protocol/link';
import { nameKey, userName } from '@p2p-chat/protocol/names';
import { backoffDelay } from '../core/backoff.ts';
import type { Chat } from '../core/chat.ts';
import type { Channel, DirectoryEvents } from '../core/net-ports.ts';
import type { Log, Random } from '../core/ports.ts';
import { StorageError } from '../core/storage-ports.ts';
import { invalidName } from '../net/discovery-http.ts';
import type { LinkDialer } from '../net/dialer.ts';
import { createDirectorySession } from '../net/discovery-session.ts';
import { announcedEndpoints, watchNetwork } from '../net/endpoints.ts';
import { pinnedKey, type ServerAccess } from '../net/server-access.ts';
import { isLoopback, refusedBy } from '../net/server-address.ts';
import { PeerError, type OnlineOptions, type OwnIdentity, type Problem, type Status } from '../peer-api.ts';
import {
  compareKeys,
  introduce,
  type IntroductionParts,
  isLookedFor,
  lookAt,
  type Wish,
} from './introduction.ts';
import { type CreateListener, startListening } from './listening.ts';
import { asProblem, isFor, isGone, saidName, type Session, toPeerError, wishOf } from './online-session.ts';
import { problemFrom } from './problem-from.ts';
import { accountGone, onlineError, signedInElsewhere, unreachable } from './problems.ts';
import { t } from '../core/words.ts';
import { Turns } from './turns.ts';

/** What being online is made of. */
export interface OnlineParts extends IntroductionParts {
  readonly credentials: DeviceCredentials;
  readonly random: Random;
  readonly log: Log;
  readonly chat: Chat;
  readonly dialer: LinkDialer;
  readonly createListener: CreateListener;
  statusChanged(status: Status): void;
}

/** Goes online and offline, one after the other, and says how that stands. */
export class Online {
  readonly #parts: OnlineParts;
  #status: Status = { kind: 'offline' };
  #session: Session | null = null;
  readonly #turns = new Turns();
  /** The way online that is under way: windows that want the same share it. */
  #going: { readonly wish: string; readonly result: Promise<{ accountCreated: boolean }> } | null = null;

  constructor(parts: OnlineParts) {
    this.#parts = parts;
  }

  get status(): Status {
    return this.#status;
  }

  /** What this person says to be called on the server in use; null while offline. */
  get name(): string | null {
    return this.#session === null ? null : saidName(this.#session);
  }

  /** Whether the server in use is on this machine, and so the people on it may be too. */
  get onThisMachine(): boolean {
    return this.#session !== null && isLoopback(this.#session.wish.server);
  }

  ownIdentity(): OwnIdentity {
    const { credentials, remembered } = this.#parts;
    const { server } = remembered;
    const name = server === null ? null : remembered.account(server);
    return {
      identity: credentials.identity,
      device: credentials.device,
      account:
        server === null || name === null
          ? null
          : { name, server, serverKey: pinnedKey(remembered.find(server)) },
    };
  }

  /**
   * Listens, registers the name if it is new, signs in. When the server cannot be reached but knows this account, the
   * peer goes on trying and contacts can be reached meanwhile; the call fails all the same. What cannot be a name or
   * an address leaves everything as it is, and so does an invite that tells of another key than the server in use has.
   * @throws {PeerError}
   */
  async goOnline(options: OnlineOptions): Promise<{ accountCreated: boolean }> {
    const wish = wishOf(options);
    const text = JSON.stringify(options);
    if (this.#going?.wish === text) return this.#going.result;
    const signal = this.#supersede();
    const result = this.#turns.next(async () => {
      try {
        if (this.#status.kind === 'online' && this.#session !== null && isFor(this.#session, wish)) {
          this.#choose(options.name);
          await compareKeys(this.#parts, wish, signal);
          return { accountCreated: false };
        }
        await this.#end(false);
        return await this.#begin(wish, signal);
      } finally {
        if (!signal.aborted) this.#going = null;
      }
    });
    this.#going = { wish: text, result };
    return result;
  }

  /** Ends everything; with `signOut` everybody sees it at once, else it looks like a window that reloads. */
  goOffline(signOut: boolean): Promise<void> {
    this.#supersede();
    return this.#turns.next(async () => {
      await this.#end(signOut);
      this.#set({ kind: 'offline' });
    });
  }

  /**
   * Gives this person another name on the server.
   * @throws {PeerError}
   */
  async rename(name: string): Promise<{ name: string }> {
    if (!userName.safeParse(name).success) throw onlineError(invalidName());
    const session = this.#signedIn();
    const user = await session.directory.rename(name).catch(toPeerError);
    this.#parts.remembered.setAccount(session.wish.server.origin, user.name);
    session.name = user.name;
    session.chosenName = name;
    session.hasOldName = false;
    if (this.#session === session && this.#status.kind === 'online') {
      this.#set({ ...this.#status, name: user.name });
      this.#parts.chat.renamed();
    }
    return { name: user.name };
  }

  /** The person goes by the name that the server has, after it was changed elsewhere. */
  #choose(name: string): void {
    const session = this.#session;
    if (session?.name !== name || nameKey(name) === nameKey(session.chosenName)) return;
    session.chosenName = name;
    this.#parts.chat.renamed();
  }

  /**
   * Ends the account on the server, and being online with it.
   * @throws {PeerError}
   */
  deleteAccount(): Promise<void> {
    return this.#turns.next(async () => {
      const session = this.#signedIn();
      session.account = 'asked';
      try {
        await session.directory.deleteAccount();
      } catch (error) {
        // The goodbye may come through without the answer.
        if (!isGone(session)) {
          session.account = 'kept';
          toPeerError(error);
        }
      }
      this.#parts.remembered.forgetAccount(session.wish.server.origin);
      await this.#end(false);
      this.#set({ kind: 'offline' });
    });
  }

  #signedIn(): Session {
    if (this.#session === null || this.#status.kind !== 'online') {
      throw new PeerError('not-online', t('This needs the discovery server: go online first.'));
    }
    return this.#session;
  }

  /** @param why what to tell those who wait for the call before; when left out, that it was cancelled */
  #supersede(why = new PeerError('not-online', t('Going online was cancelled.'))): AbortSignal {
    this.#going = null;
    return this.#turns.supersede(why);
  }

  async #begin(wish: Wish, signal: AbortSignal): Promise<{ accountCreated: boolean }> {
    this.#set({ kind: 'connecting', name: wish.options.name, server: wish.server.origin });
    try {
      const { access, outcome } = await introduce(this.#parts, wish, signal);
      const name = outcome instanceof PeerError ? null : outcome.name;
      const session = await this.#open(wish, access, name, signal);
      // An account that was only looked for may not have been found yet.
      const { status } = this;
      if (isLookedFor(this.#parts.remembered, wish) && status.kind === 'problem') {
        const { code, message, serverKey } = status.problem;
        throw new PeerError(code, message, { serverKey });
      }
      if (!(outcome instanceof PeerError)) return { accountCreated: outcome.created };
      // The server may have come back between the two.
      if (this.status.kind === 'online') return { accountCreated: false };
      this.#set(asProblem(session, problemFrom(outcome), true));
      if (session.needsAccount) this.#askAgain(session, 1);
      throw outcome;
    } catch (error) {
      if (signal.aborted) await this.#end(false);
      if (this.#session === null) this.#set({ kind: 'offline' });
      throw onlineError(signal.aborted ? signal.reason : error);
    }
  }

  async #open(
    wish: Wish,
    access: ServerAccess | null,
    name: string | null,
    signal: AbortSignal,
  ): Promise<Session> {
    const { clock, random, log, chat, credentials, identityKey, remembered, dialer, createListener } =
      this.#parts;
    const { options, server } = wish;
    const onChannel = (channel: Channel): void => this.#accept(channel);
    const isContact: Chat['isContact'] = (identity) => chat.isContact(identity);
    const listening = { credentials, clock, log, remembered, createListener, isContact, onChannel };
    const { listener, port } = await startListening(listening, options);
    if (signal.aborted) {
      await listener.stop();
      signal.throwIfAborted();
    }
    const endpoints = () => announcedEndpoints(options.listenHost, port, isLoopback(server));
    const directory = createDirectorySession({
      server,
      access,
      look: (stopped) => lookAt(this.#parts, server, null, stopped),
      refused: (why) => (session.refusal = why),
      through: (stream, identity, wanted) => dialer.through(stream, identity, wanted),
      joined: (stream) => listener.join(stream),
      identityKey,
      device: credentials.device,
      takeOver: options.byPerson,
      clock,
      random,
      log,
    });
    const session: Session = {
      wish,
      name: name ?? options.name,
      chosenName: options.name,
      hasOldName: name !== null && name !== options.name,
      confirmed: name !== null,
      needsAccount: false,
      cancelAsking: () => undefined,
      listener,
      directory,
      unwatch: watchNetwork(clock, () => {
        directory.announce(endpoints());
        chat.networkChanged();
      }),
      account: 'kept',
      refusal: null,
    };
    this.#session = session;
    chat.goOnline(directory, server.origin, endpoints);
    directory.announce(endpoints());
    await new Promise<void>((settled) => {
      signal.addEventListener('abort', () => settled(), { once: true });
      directory.start(this.#directoryEvents(session, endpoints, settled));
    });
    signal.throwIfAborted();
    return session;
  }

  #directoryEvents(
    session: Session,
    endpoints: () => ReturnType<typeof announcedEndpoints>,
    settled: () => void,
  ): DirectoryEvents {
    const { chat, log, credentials } = this.#parts;
    const isCurrent = (): boolean => this.#session === session;
    return {
      connected: ({ name }) => {
        if (!isCurrent()) return;
        const server = session.wish.server.origin;
        const { identity } = credentials;
        session.confirmed = true;
        session.hasOldName ||= name !== session.name;
        session.name = name;
        this.#rememberName(server, name);
        this.#set({ kind: 'online', name, server, identity, endpoints: endpoints() });
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
      succession: (chain) => chat.succession(chain),
      removed: (identity) => chat.removed(identity),
      dialBack: (call) => chat.dialBack(call),
    };
  }

  /** What a disk does not take now is told again with the next session. */
  #rememberName(server: string, name: string): void {
    try {
      this.#parts.remembered.setAccount(server, name);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log('error', `The name of the account could not be stored: ${error.message}`);
    }
  }

  #accept(channel: Channel): void {
    const { chat, log } = this.#parts;
    chat.accept(channel).catch((error: unknown) => {
      log('error', `A link could not be taken: ${String(error)}`);
      channel.close(LinkClose.storageFailed, 'could not store');
    });
  }

  #disconnected(session: Session, why: Parameters<DirectoryEvents['disconnected']>[0]): void {
    const { origin } = session.wish.server;
    const { remembered } = this.#parts;
    switch (why) {
      case 'unreachable':
        this.#set(asProblem(session, unreachable(origin), true));
        return;
      case 'distrusted':
        this.#set(asProblem(session, problemFrom(onlineError(session.refusal)), true));
        session.refusal = null;
        return;
      case 'replaced':
        this.#giveUp(session, signedInElsewhere());
        return;
      case 'not-registered':
        if (session.account === 'asked') session.account = 'gone';
        if (session.account === 'gone') return;
        if (!session.confirmed && !isLookedFor(remembered, session.wish)) this.#lacksAccount(session);
        else this.#giveUp(session, accountGone(origin, remembered.lostAccount(origin)));
        return;
      case 'refused':
        this.#giveUp(session, problemFrom(onlineError(session.refusal ?? refusedBy('bad-signature'))));
        return;
    }
  }

  /** The server could not be asked at first, and has no account of this identity. */
  #lacksAccount(session: Session): void {
    session.needsAccount = true;
    // Whoever is just going online says why there is none, and goes on from there.
    if (this.#going === null) void this.#makeAccount(session, 0);
  }

  /** @param failures attempts in a row that made no account, from 1 */
  #askAgain(session: Session, failures: number): void {
    const { clock, random } = this.#parts;
    const delay = backoffDelay(failures, random.fraction());
    session.cancelAsking = clock.after(delay, () => void this.#makeAccount(session, failures));
  }

  /** Asks for the account while contacts can be reached, and then goes online with it. */
  async #makeAccount(session: Session, failures: number): Promise<void> {
    const { signal } = this.#turns;
    const isOver = (): boolean => signal.aborted || this.#session !== session;
    try {
      const { outcome } = await introduce(this.#parts, session.wish, signal);
      if (isOver()) return;
      if (!(outcome instanceof PeerError)) {
        await this.goOnline({ ...session.wish.options, byPerson: false });
        return;
      }
      this.#set(asProblem(session, problemFrom(outcome), true));
      this.#askAgain(session, failures + 1);
    } catch (error) {
      const problem = problemFrom(onlineError(error));
      if (!isOver()) this.#giveUp(session, problem);
      else if (this.#status.kind === 'offline' && problem.code !== 'not-online') {
        this.#set(asProblem(session, problem, false));
      }
    }
  }

  /** The session ended for good: nothing is tried any further. */
  #giveUp(session: Session, problem: Problem): void {
    const { code, message, serverKey } = problem;
    const signal = this.#supersede(new PeerError(code, message, { serverKey }));
    void this.#turns.next(async () => {
      await this.#end(false);
      if (!signal.aborted) this.#set(asProblem(session, problem, false));
    });
  }

  async #end(signOut: boolean): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    session.unwatch();
    session.cancelAsking();
    const left = this.#parts.chat.goOffline();
    await Promise.all([left, session.directory.stop(signOut), session.listener.stop()]);
  }

  #set(status: Status): void {
    this.#status = status;
    this.#parts.statusChanged(status);
  }
}
