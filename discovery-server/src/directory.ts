import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameOrder } from '@p2p-chat/protocol/names';
import { presenceOf } from './presence-json.ts';
import type { Item } from './session/frame.ts';
import { Shelves } from './shelves.ts';
import { type Account, earlierIdentities, type Traces } from './store/account-store.ts';

/** Some users in the order of their names. */
export interface DirectoryPage {
  readonly listed: readonly Listed[];
  /** The name after which the next page starts; null when there is none. */
  readonly next: string | null;
}

/** An account in the directory: whatever changes in it, this stays. */
export class Listed {
  readonly identity: Fingerprint;
  /** Whether its user is online at this very instance. To be kept by whoever knows: see `turn`. */
  isHere = false;
  /** Where what is said of its user is written down. */
  shelf: { isFresh: boolean } | undefined;
  #account: Account;
  #offlineJson: string | undefined;

  constructor(account: Account) {
    this.identity = account.identity;
    this.#account = account;
  }

  get account(): Account {
    return this.#account;
  }

  /** What the account is from now on; its identity is no other. */
  set account(account: Account) {
    this.#account = account;
    this.#offlineJson = undefined;
    this.#spoil();
  }

  /** Its user has come online here, or gone. */
  turn(isHere: boolean): void {
    this.isHere = isHere;
    this.#spoil();
  }

  /** What is written down of its user is not so any more. */
  #spoil(): void {
    if (this.shelf !== undefined) this.shelf.isFresh = false;
  }

  /** What is said of its user while offline, as JSON: most of a page, and of what a sign-in is answered with. */
  get offlineJson(): string {
    return (this.#offlineJson ??= JSON.stringify(presenceOf(this.#account, undefined)));
  }
}

/** Every account in memory, sorted by name, so that a page costs a binary search and a slice. */
export class Directory {
  readonly #byIdentity = new Map<Fingerprint, Listed>();
  /** Sorted; `#listed[i]` has the name of `#keys[i]`. */
  readonly #keys: string[] = [];
  readonly #listed: Listed[] = [];
  readonly #shelves = new Shelves(this.#listed);
  /** From each identity that was replaced to the one that has its account: at most MAX_SUCCESSIONS an account. */
  readonly #heirOf = new Map<Fingerprint, Fingerprint>();

  constructor(accounts: Iterable<Account> = []) {
    this.load(accounts);
  }

  /** Takes all at once, which is much less work than one after the other: while there are none. */
  load(accounts: Iterable<Account>): void {
    const sorted = [...accounts].map((account) => ({ account, key: nameOrder(account.name) }));
    sorted.sort((one, other) => compare(one.key, other.key));
    for (const { account, key } of sorted) {
      this.#keys.push(key);
      this.#listed.push(this.#know(account));
    }
    this.#shelves.moved(0);
  }

  get size(): number {
    return this.#keys.length;
  }

  byIdentity(identity: Fingerprint): Account | undefined {
    return this.#byIdentity.get(identity)?.account;
  }

  /** As byIdentity, at its place. */
  listed(identity: Fingerprint): Listed | undefined {
    return this.#byIdentity.get(identity);
  }

  /** The account that an identity had before it was replaced, with whoever has it now. */
  bySuccession(replaced: Fingerprint): Account | undefined {
    const heir = this.#heirOf.size === 0 ? undefined : this.#heirOf.get(replaced);
    return heir === undefined ? undefined : this.byIdentity(heir);
  }

  /** By name, whatever its case; a name that only looks like it is another. */
  byName(name: string): Account | undefined {
    const key = nameOrder(name);
    const place = this.#firstNotBefore(key);
    return this.#keys[place] === key ? this.#listed[place]?.account : undefined;
  }

  /** Adds an account whose name and identity the store has found to be new; a second time changes nothing. */
  add(account: Account): void {
    if (!this.#byIdentity.has(account.identity)) this.#put(this.#know(account));
  }

  /** Takes an account out, if it is there, and with it what is known of the identities before. */
  remove(identity: Fingerprint): void {
    const listed = this.#byIdentity.get(identity);
    if (listed === undefined) return;
    this.#take(listed);
    this.#byIdentity.delete(identity);
    for (const earlier of earlierIdentities(listed.account)) this.#heirOf.delete(earlier);
  }

  /** Gives an account that is there another name, and its place among the others. */
  rename(identity: Fingerprint, name: string): void {
    const listed = this.#byIdentity.get(identity);
    if (listed === undefined) return;
    this.#take(listed);
    listed.account = { ...listed.account, name };
    this.#put(listed);
  }

  /** By name. */
  *all(): Generator<Account> {
    for (const { account } of this.#listed) yield account;
  }

  /** Notes when a user was last seen, or with which device. */
  touch(identity: Fingerprint, traces: Traces): void {
    const listed = this.#byIdentity.get(identity);
    if (listed !== undefined) listed.account = { ...listed.account, ...traces };
  }

  /**
   * At most `limit` users whose names come after `after`.
   * @param after need not be anybody's name; null for the beginning
   */
  page(after: string | null, limit: number): DirectoryPage {
    const { start, end, next } = this.#range(after, limit);
    return { listed: this.#listed.slice(start, end), next };
  }

  /** The same page as what is said of these users, where there is no other instance. See Shelves.take. */
  written(
    after: string | null,
    limit: number,
    onlineJson: (listed: Listed) => string,
  ): { users: Item[]; next: string | null } {
    const { start, end, next } = this.#range(after, limit);
    return { users: this.#shelves.take(start, end, onlineJson), next };
  }

  #range(after: string | null, limit: number): { start: number; end: number; next: string | null } {
    const start = after === null ? 0 : this.#firstAfter(nameOrder(after));
    const end = Math.min(start + limit, this.#keys.length);
    const isLast = start === end || end === this.#keys.length;
    return { start, end, next: isLast ? null : (this.#listed[end - 1]?.account.name ?? null) };
  }

  /** Puts it at the place of its name. */
  #put(listed: Listed): void {
    const key = nameOrder(listed.account.name);
    const place = this.#firstNotBefore(key);
    this.#keys.splice(place, 0, key);
    this.#listed.splice(place, 0, listed);
    this.#shelves.moved(place);
  }

  /** Takes it from its place. */
  #take(listed: Listed): void {
    const place = this.#listed.indexOf(listed, this.#firstNotBefore(nameOrder(listed.account.name)));
    this.#keys.splice(place, 1);
    this.#listed.splice(place, 1);
    this.#shelves.moved(place);
  }

  #know(account: Account): Listed {
    const listed = new Listed(account);
    this.#byIdentity.set(account.identity, listed);
    for (const earlier of earlierIdentities(account)) this.#heirOf.set(earlier, account.identity);
    return listed;
  }

  #firstAfter(key: string): number {
    const place = this.#firstNotBefore(key);
    return this.#keys[place] === key ? place + 1 : place;
  }

  #firstNotBefore(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By code units: names are ASCII, and the order must not depend on the machine's language. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
