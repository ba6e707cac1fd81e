import type { Logger } from 'pino';
import {
  type Call,
  type Endpoint,
  type Presence,
  SessionClose,
  type TAKES_RELAY_ADDRESS,
} from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Directory, Listed } from './directory.ts';
import type { Here, Others } from './others.ts';
import { type DeviceState, type Moment, type OnlineUser, PresenceTable } from './presence.ts';
import { onlineJson, presenceOf } from './presence-json.ts';
import type { Item } from './session/frame.ts';
import type { Change } from './session/push-stream.ts';
import { type Account, type AccountStore, earlierIdentities, type Traces } from './store/account-store.ts';
import type { Watches } from './watches.ts';

/** What not every client takes. */
export type Feature = Call['type'] | typeof TAKES_RELAY_ADDRESS;

/** A signed-in session, as the roster sees it. */
export interface Member {
  /** Sends a change. `json` is what it carries, serialised once for all who are told. */
  push(type: Change, json: string): void;
  /** The id of the request that opened it, for logs. */
  readonly request: string;
  /** When its client was given what it signed, as Moment's `at`. */
  readonly greetedAt: number;
  /** Whether its client takes that. */
  takes(what: Feature): boolean;
  /** Tells what is worth something now or never, if its client takes it and reads. */
  call(call: Call): void;
  /** Ends the session in order. @param reason for the other end's log */
  close(code: number, reason: string): void;
  /** The user's last sign of life is too long ago: the connection is dead, whatever it seems. */
  cut(): void;
}

/** What the roster is made of. */
export interface RosterParts {
  readonly directory: Directory;
  readonly watches: Watches<Member>;
  readonly store: AccountStore;
  readonly logger: Logger;
}

/**
 * Everybody the server knows and whether they are here; tells those who watch of every change. What other instances have
 * made so may be told again: what is so already is left.
 */
export class Roster implements Omit<Here, 'reserved'> {
  readonly directory: Directory;
  readonly watches: Watches<Member>;
  readonly #store: AccountStore;
  readonly #logger: Logger;
  readonly #presence = new PresenceTable<Member>((identity, isOnline) =>
    this.directory.listed(identity)?.turn(isOnline),
  );
  #others: Others | undefined;

  constructor({ directory, watches, store, logger }: RosterParts) {
    this.directory = directory;
    this.watches = watches;
    this.#store = store;
    this.#logger = logger;
  }

  /** The other instances; undefined: there are none. */
  get others(): Others | undefined {
    return this.#others;
  }

  /** From now on this is one of several instances. */
  join(others: Others): void {
    this.#others = others;
  }

  /** Users online here now, those included who linger after their session ended. */
  get online(): number {
    return this.#presence.size;
  }

  /** What is known of an account's user now. */
  describe(account: Account): Presence {
    return presenceOf(account, this.#known(account.identity));
  }

  /** What is known of an identity's user now, as JSON; undefined when the directory does not know it. */
  describeInJson(identity: Fingerprint): string | undefined {
    const listed = this.directory.listed(identity);
    return listed && this.#json(listed);
  }

  /** Whether nothing is to be said of a user whom somebody watches, who would seem to be offline. */
  isUnknown(identity: Fingerprint): boolean {
    return this.#others?.isUnknown(identity) === true && this.#presence.get(identity) === undefined;
  }

  /** A page of the directory as `Directory.page` makes it, of users as JSON. */
  page(after: string | null, limit: number): { users: Item[]; next: string | null } {
    // Who is online elsewhere comes and goes without a word.
    if (this.#others === undefined) return this.directory.written(after, limit, this.#jsonOf);
    const { listed, next } = this.directory.page(after, limit);
    const users: string[] = [];
    for (const each of listed) users.push(this.#json(each));
    return { users, next };
  }

  #known(identity: Fingerprint): (DeviceState & { readonly seen: Moment }) | undefined {
    const agreed = this.#others?.picture(identity);
    return agreed === null ? undefined : (agreed ?? this.#presence.get(identity));
  }

  /**
   * The account that an identity has, or had before it was replaced: what is known of its user now, and how they came
   * to the identity of today. Undefined when the directory knows neither.
   */
  whois(identity: Fingerprint): { presence: Presence; successions: Account['successions'] } | undefined {
    const account = this.directory.byIdentity(identity) ?? this.directory.bySuccession(identity);
    return account && { presence: this.describe(account), successions: account.successions };
  }

  /** Whether an identity is online with a client that takes such a call. */
  takes(identity: Fingerprint, what: Feature): boolean {
    const user = this.#presence.get(identity);
    if (user === undefined) return this.#others?.takes(identity, what) === true;
    return user.session?.takes(what) === true;
  }

  /** Whether an identity is online at this very instance. */
  isHere(identity: Fingerprint): boolean {
    return this.#presence.get(identity) !== undefined;
  }

  /** Tells an identity, if it is online. */
  call(identity: Fingerprint, call: Call): void {
    if (this.isHere(identity)) this.called(identity, call);
    else this.#others?.call(identity, call);
  }

  called(identity: Fingerprint, call: Call): void {
    this.#presence.get(identity)?.session?.call(call);
  }

  /** A new account is durable. */
  registered(account: Account): void {
    if (this.directory.byIdentity(account.identity) !== undefined) return;
    this.directory.add(account);
    const json = this.describeInJson(account.identity);
    if (json !== undefined) for (const member of this.watches.ofDirectory()) member.push('account', json);
    this.#tell(account.identity);
    this.#tellSuccession(account, []);
  }

  /** An account's new name is durable. */
  renamed(identity: Fingerprint, name: string): void {
    const old = this.directory.byIdentity(identity)?.name;
    if (old === undefined || old === name) return;
    this.directory.rename(identity, name);
    this.#logger.info({ user: name }, `${old} is called ${name} now`);
    this.#tell(identity);
  }

  /** That an account has another identity is durable. The old one's session ends; the new one has to sign in. */
  handedOn(from: Fingerprint, account: Account): void {
    const known = this.directory.byIdentity(from) ?? this.directory.byIdentity(account.identity);
    if (known?.identity === account.identity) return;
    this.#others?.went(from, this.#presence.get(from)?.seen.wall ?? 0);
    const user = this.#presence.remove(from);
    user?.session?.close(SessionClose.identityReplaced, 'another identity took the place of this one');
    this.directory.remove(from);
    this.directory.add(account);
    this.#logger.info({ user: account.name }, `${account.name} has another identity now`);
    this.#tellSuccession(account, this.watches.ofDirectory());
    this.#tell(account.identity);
  }

  /** Ends the session of a user, if there is one; the user lingers. */
  endSession(identity: Fingerprint, code: number, reason: string): void {
    this.#presence.get(identity)?.session?.close(code, reason);
  }

  /** That an account is no more is durable. @param by the session that asked for it, and is still to be answered */
  removed(identity: Fingerprint, by?: Member): void {
    const name = this.directory.byIdentity(identity)?.name;
    if (name === undefined) return;
    this.#others?.went(identity, this.#presence.get(identity)?.seen.wall ?? 0);
    const user = this.#presence.remove(identity);
    this.directory.remove(identity);
    this.#logger.info(
      { user: name },
      by === undefined ? `the account of ${name} was removed` : `${name} deleted the account`,
    );
    const json = JSON.stringify(identity);
    const told = new Set([...this.watches.watchersOf(identity), ...this.watches.ofDirectory()]);
    for (const member of told) member.push('removed', json);
    if (user?.session !== by) user?.session?.close(SessionClose.deleted, 'the account was deleted');
  }

  /** A session has proved itself. @returns the session that it replaces */
  signIn(account: Account, member: Member, state: DeviceState, now: Moment): Member | undefined {
    const wasOnline = this.#presence.get(account.identity) !== undefined;
    const { replaced, changed } = this.#presence.signIn(account.identity, member, state, now);
    const fields = { user: account.name, request: member.request };
    this.#logger.info(fields, `${account.name} ${wasOnline ? 'signed in again' : 'is online'}`);
    if (account.device !== state.device) void this.#keep(account.identity, { device: state.device });
    this.#here(account.identity, changed);
    return replaced;
  }

  alive(identity: Fingerprint, member: Member, now: Moment): void {
    this.#presence.alive(identity, member, now);
  }

  announce(identity: Fingerprint, member: Member, endpoints: readonly Endpoint[]): void {
    if (this.#presence.announce(identity, member, endpoints)) this.#here(identity, true);
  }

  /** The session ended without a sign-out: the user stays online until the time for coming back is over. */
  disconnect(identity: Fingerprint, member: Member, now: Moment): void {
    this.#presence.disconnect(identity, member, now);
  }

  signOut(identity: Fingerprint, member: Member): void {
    const user = this.#presence.signOut(identity, member);
    if (user !== undefined) this.#wentOffline(user);
  }

  /** Shows everybody offline who has not been heard of for too long. */
  sweep(now: Moment): void {
    for (const user of this.#presence.sweep(now.at)) {
      user.session?.cut();
      this.#wentOffline(user);
    }
  }

  /**
   * Keeps when everybody who is online was last seen, to the second: a store writes those of one time together, and
   * thousands must not hold up the stop. Tells nobody: their sessions end with the server.
   */
  async stop(): Promise<void> {
    const users = this.#presence.clear();
    // They come back at another instance, or any other finds that they do not.
    if (this.#others !== undefined) return;
    await Promise.all(
      users.map(({ identity, seen }) => this.#keep(identity, { lastSeen: seen.wall - (seen.wall % 1_000) })),
    );
  }

  changed(identity: Fingerprint): void {
    this.#tell(identity);
  }

  replaced(identity: Fingerprint, member: Member): void {
    this.#give(identity, member, SessionClose.replaced, 'a newer sign-in of this identity took over');
  }

  lost(identity: Fingerprint, member: Member): void {
    this.#give(identity, member, SessionClose.goingAway, 'another session has this user: sign in again');
  }

  /** A user is another instance's from now on. @param member whose user it was, unless it has gone already */
  #give(identity: Fingerprint, member: Member, code: number, reason: string): void {
    const user = this.#presence.get(identity);
    if (user?.session !== undefined && user.session !== member) return;
    this.#presence.remove(identity);
    user?.session?.close(code, reason);
  }

  seen(identity: Fingerprint): Moment | undefined {
    return this.#presence.get(identity)?.seen;
  }

  isConnected(identity: Fingerprint): boolean {
    return this.#presence.get(identity)?.session !== undefined;
  }

  isWatched(identity: Fingerprint): boolean {
    return this.watches.isWatched(identity);
  }

  account(identity: Fingerprint): Account | undefined {
    return this.directory.byIdentity(identity);
  }

  accounts(): Iterable<Account> {
    return this.directory.all();
  }

  loaded(accounts: Iterable<Account>): void {
    this.directory.load(accounts);
  }

  touched(identity: Fingerprint, traces: Traces): void {
    this.directory.touch(identity, traces);
  }

  /** A user is here, or listens elsewhere. @param changed whether that is news to those who watch */
  #here(identity: Fingerprint, changed: boolean): void {
    const user = this.#presence.get(identity);
    if (this.#others === undefined) {
      if (changed) this.#tell(identity);
    } else if (user?.session !== undefined) {
      const { device, endpoints, session: member } = user;
      this.#others.came({ identity, device, endpoints, member });
    }
  }

  #wentOffline(user: OnlineUser<Member>): void {
    if (this.#others === undefined) {
      void this.#keep(user.identity, { lastSeen: user.seen.wall });
      this.#tell(user.identity);
    } else this.#others.went(user.identity, user.seen.wall);
    const name = this.directory.byIdentity(user.identity)?.name ?? 'somebody';
    this.#logger.info({ user: name }, `${name} is offline`);
  }

  /** Never rejects: nobody waits for what this leaves behind, and the directory has it. */
  async #keep(identity: Fingerprint, traces: Traces): Promise<void> {
    this.directory.touch(identity, traces);
    try {
      await this.#store.touch(identity, traces);
    } catch (error) {
      this.#logger.warn({ err: error }, 'when or where a user was last seen could not be stored');
    }
  }

  #tell(identity: Fingerprint): void {
    if (!this.watches.isWatched(identity) || this.isUnknown(identity)) return;
    const json = this.describeInJson(identity);
    if (json === undefined) return;
    for (const member of this.watches.watchersOf(identity)) member.push('presence', json);
  }

  readonly #jsonOf = (listed: Listed): string => this.#json(listed);

  #json(listed: Listed): string {
    const isNowhere = this.#others === undefined && !listed.isHere;
    const user = isNowhere ? undefined : this.#known(listed.identity);
    return user === undefined ? listed.offlineJson : onlineJson(listed.account, user);
  }

  /** Tells whoever watches an identity before this one, and `others`, each once. */
  #tellSuccession(account: Account, others: Iterable<Member>): void {
    if (account.successions === undefined) return;
    const told = new Set(others);
    for (const earlier of earlierIdentities(account)) {
      for (const member of this.watches.watchersOf(earlier)) told.add(member);
    }
    const json = JSON.stringify(account.successions);
    for (const member of told) member.push('succession', json);
  }
}
