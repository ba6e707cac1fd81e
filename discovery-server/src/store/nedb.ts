import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_ACCOUNTS } from '@p2p-chat/protocol/limits';
import { nameKey } from '@p2p-chat/protocol/names';
import { type Deferred, deferred } from '../deferred.ts';
import { messageOf } from '../errors.ts';
import {
  type Account,
  type AccountStore,
  earlierIdentities,
  StoreFailedError,
  type Traces,
} from './account-store.ts';
import type { TornLine } from './accounts-file.ts';
import { Claims, type Undo } from './claims.ts';
import { type AccountChange, AccountsDatabase, type Touch } from './nedb-file.ts';

/** How a file store is opened. */
export interface NedbStoreOptions {
  /** The folder of `accounts.db`; this process alone writes it. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of a torn last line that was set aside. */
  readonly onTornLine?: (torn: TornLine) => void;
  readonly maxAccounts?: number;
  /** Makes what was written survive the loss of power: `datasync`, but for tests. */
  readonly sync?: (file: FileHandle) => Promise<void>;
}

/** A call that waits for its writing. */
interface Waiting {
  readonly done: Deferred;
}

/**
 * Opens the accounts in a folder. NeDB compacts its file here and never again while it runs: compaction stalls.
 * @throws {DamagedAccountsError} the file holds something else than accounts
 */
export async function openNedbStore(options: NedbStoreOptions): Promise<AccountStore> {
  const store = new NedbStore(options);
  await store.open();
  return store;
}

/** Accounts in one file. Everything that waits is written together, synced once, and only then acknowledged. */
class NedbStore implements AccountStore {
  readonly #file: string;
  readonly #database: AccountsDatabase;
  readonly #claims: Claims;
  /** By what they touch, `name:` or `identity:`: changes that are claimed and not durable yet. */
  readonly #pending = new Map<string, Promise<void>>();
  #changes: (AccountChange & Waiting)[] = [];
  #touches: (Touch & Waiting)[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** What the file held when it was opened, until somebody asks or something changes. */
  #opened: readonly Account[] | undefined;

  constructor({ folder, now, onTornLine, maxAccounts, sync }: NedbStoreOptions) {
    this.#file = path.join(folder, 'accounts.db');
    this.#database = new AccountsDatabase({
      file: this.#file,
      now,
      onTornLine,
      sync: sync ?? ((file) => file.datasync()),
    });
    this.#claims = new Claims(maxAccounts ?? MAX_ACCOUNTS);
  }

  async open(): Promise<void> {
    const accounts = await this.#database.open();
    for (const found of accounts) this.#claims.restore(found);
    this.#opened = accounts;
  }

  async accounts(): Promise<readonly Account[]> {
    const opened = this.#opened;
    this.#opened = undefined;
    return opened ?? this.#database.accounts();
  }

  async add(account: Account): Promise<'added' | 'existing'> {
    const touched = (): string[] => [nameLock(account.name), ...locksOf(account)];
    const added = await this.#change(touched, () => this.#claims.add(account), { insert: account });
    return added ? 'added' : 'existing';
  }

  async rename(identity: Fingerprint, name: string): Promise<'renamed' | 'existing'> {
    const touched = (): string[] => [...this.#nameLocks(identity), nameLock(name), identityLock(identity)];
    const renamed = await this.#change(touched, () => this.#claims.rename(identity, name), {
      rename: { identity, name },
    });
    return renamed ? 'renamed' : 'existing';
  }

  async remove(identity: Fingerprint): Promise<'removed' | 'unknown'> {
    const touched = (): string[] => [
      ...this.#nameLocks(identity),
      ...[identity, ...this.#claims.earlierOf(identity)].map(identityLock),
    ];
    const removed = await this.#change(touched, () => this.#claims.remove(identity), { remove: identity });
    return removed ? 'removed' : 'unknown';
  }

  async replace(from: Fingerprint, to: Account): Promise<'replaced' | 'existing'> {
    const touched = (): string[] => [
      ...this.#nameLocks(from),
      nameLock(to.name),
      ...[from, ...this.#claims.earlierOf(from)].map(identityLock),
      ...locksOf(to),
    ];
    const replaced = await this.#change(touched, () => this.#claims.replace(from, to), {
      insert: to,
      remove: from,
    });
    return replaced ? 'replaced' : 'existing';
  }

  async touch(identity: Fingerprint, traces: Traces): Promise<void> {
    if (this.#closed) throw new StoreFailedError('the store is closed');
    if (!this.#claims.has(identity)) return;
    const done = deferred();
    this.#touches.push({ identity, traces, done });
    this.#write();
    await done.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#database.close();
  }

  /**
   * Claims, writes, and takes the claim back if it could not be written.
   * @param touched what else must not change meanwhile; asked again after each wait, for it may be other by then
   * @returns false when there was nothing to change
   */
  async #change(
    touched: () => readonly string[],
    claim: () => Undo | undefined,
    what: AccountChange,
  ): Promise<boolean> {
    // Whoever claimed the same a moment ago may yet fail: only what is durable decides.
    for (let other = this.#pendingOf(touched()); other !== undefined; other = this.#pendingOf(touched())) {
      await other.catch(() => undefined);
    }
    if (this.#closed) throw new StoreFailedError('the store is closed');
    const locks = touched();
    const undo = claim();
    if (undo === undefined) return false;
    const done = deferred();
    for (const lock of locks) this.#pending.set(lock, done.promise);
    this.#changes.push({ ...what, done });
    this.#write();
    try {
      await done.promise;
    } catch (error) {
      undo();
      throw error;
    } finally {
      for (const lock of locks) this.#pending.delete(lock);
    }
    return true;
  }

  #pendingOf(locks: readonly string[]): Promise<void> | undefined {
    return locks.map((lock) => this.#pending.get(lock)).find((pending) => pending !== undefined);
  }

  #nameLocks(identity: Fingerprint): string[] {
    const name = this.#claims.nameOf(identity);
    return name === undefined ? [] : [nameLock(name)];
  }

  #write(): void {
    this.#opened = undefined;
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
  }

  /** Writes group after group until nothing waits; what comes in meanwhile is the next group. Never rejects. */
  async #writeAll(): Promise<void> {
    while (this.#changes.length > 0 || this.#touches.length > 0) {
      const changes = this.#changes;
      const touches = this.#touches;
      this.#changes = [];
      this.#touches = [];
      try {
        await this.#database.write(changes, touches);
        for (const { done } of [...changes, ...touches]) done.resolve();
      } catch (cause) {
        const failed = new StoreFailedError(`${this.#file} could not be written: ${messageOf(cause)}`, {
          cause,
        });
        for (const { done } of [...changes, ...touches]) done.reject(failed);
      }
    }
  }
}

function nameLock(name: string): string {
  return `name:${nameKey(name)}`;
}

function identityLock(identity: Fingerprint): string {
  return `identity:${identity}`;
}

/** An account's own identity and those that it followed on. */
function locksOf(account: Account): string[] {
  return [account.identity, ...earlierIdentities(account)].map(identityLock);
}
