import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import Datastore from 'nedb-promises';
import * as z from 'zod';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_ACCOUNTS } from '@p2p-chat/protocol/limits';
import { nameKey } from '@p2p-chat/protocol/names';
import { messageOf } from '../errors.ts';
import { type Account, type AccountStore, StoreFailedError } from './account-store.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { type AccountDocument, accountDocument, checkAccountsFile, type TornLine } from './accounts-file.ts';
import { Claims } from './claims.ts';

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

interface Add {
  readonly account: Account;
  readonly done: Deferred;
}
interface Touch {
  readonly identity: Fingerprint;
  readonly lastSeen: number;
  readonly done: Deferred;
}

/** The file as it is open now. `size` is its length with everything acknowledged and nothing else, bytes. */
interface OpenFile {
  readonly database: Datastore<AccountDocument>;
  readonly handle: FileHandle;
  size: number;
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

/**
 * Accounts in one NeDB file. NeDB appends and does not fsync; here everything that waits is appended together,
 * synced once, and only then acknowledged. When a write fails, the file is cut back to what was acknowledged and
 * loaded anew before the next write, because NeDB keeps in memory what it could not write.
 */
class NedbStore implements AccountStore {
  readonly #file: string;
  readonly #options: NedbStoreOptions;
  readonly #sync: (file: FileHandle) => Promise<void>;
  readonly #claims: Claims;
  /** By what they claim, `name:` or `identity:`: what has been claimed and is not durable yet. */
  readonly #pending = new Map<string, Promise<void>>();
  #adds: Add[] = [];
  #touches: Touch[] = [];
  #open: OpenFile | undefined;
  /** After a failed write: the length to cut the file back to. */
  #cutTo: number | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: NedbStoreOptions) {
    this.#options = options;
    this.#file = path.join(options.folder, 'accounts.db');
    this.#sync = options.sync ?? ((file) => file.datasync());
    this.#claims = new Claims(options.maxAccounts ?? MAX_ACCOUNTS);
  }

  async open(): Promise<void> {
    this.#open = await this.#load();
    for (const found of await this.accounts()) this.#claims.restore(found);
  }

  async accounts(): Promise<readonly Account[]> {
    const { database } = await this.#opened();
    const documents = z.array(accountDocument).parse(await database.find({}));
    return documents.map(({ _id, ...rest }) => ({ identity: _id, ...rest }));
  }

  async add(account: Account): Promise<'added' | 'existing'> {
    const keys = [`name:${nameKey(account.name)}`, `identity:${account.identity}`];
    // Whoever claimed the same a moment ago may yet fail: only what is durable decides.
    for (let other = this.#pendingOf(keys); other !== undefined; other = this.#pendingOf(keys)) {
      await other.catch(() => undefined);
    }
    if (this.#closed) throw new StoreFailedError('the store is closed');
    if (this.#claims.claim(account) === 'existing') return 'existing';
    const done = deferred();
    for (const key of keys) this.#pending.set(key, done.promise);
    this.#adds.push({ account, done });
    this.#write();
    try {
      await done.promise;
    } catch (error) {
      this.#claims.release(account);
      throw error;
    } finally {
      for (const key of keys) this.#pending.delete(key);
    }
    return 'added';
  }

  async touch(identity: Fingerprint, lastSeen: number): Promise<void> {
    if (this.#closed) throw new StoreFailedError('the store is closed');
    if (!this.#claims.has(identity)) return;
    const done = deferred();
    this.#touches.push({ identity, lastSeen, done });
    this.#write();
    await done.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    const file = this.#open;
    this.#open = undefined;
    if (file === undefined) return;
    try {
      await this.#sync(file.handle);
    } finally {
      await file.handle.close();
    }
  }

  #pendingOf(keys: readonly string[]): Promise<void> | undefined {
    return keys.map((key) => this.#pending.get(key)).find((pending) => pending !== undefined);
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
  }

  /** Writes group after group until nothing waits; what comes in meanwhile is the next group. Never rejects. */
  async #writeAll(): Promise<void> {
    while (this.#adds.length > 0 || this.#touches.length > 0) {
      const adds = this.#adds;
      const touches = this.#touches;
      this.#adds = [];
      this.#touches = [];
      try {
        await this.#writeGroup(adds, touches);
        for (const { done } of [...adds, ...touches]) done.resolve();
      } catch (cause) {
        await this.#giveUpFile();
        const failed = new StoreFailedError(`${this.#file} could not be written: ${messageOf(cause)}`, {
          cause,
        });
        for (const { done } of [...adds, ...touches]) done.reject(failed);
      }
    }
  }

  async #writeGroup(adds: readonly Add[], touches: readonly Touch[]): Promise<void> {
    const file = await this.#opened();
    for (const [lastSeen, identities] of groupByTime(touches)) {
      await file.database.updateMany({ _id: { $in: identities } }, { $set: { lastSeen } });
    }
    if (adds.length > 0) {
      const documents = adds.map(({ account: { identity, ...rest } }) => ({ _id: identity, ...rest }));
      await file.database.insertMany(documents);
      await this.#sync(file.handle);
    }
    file.size = (await file.handle.stat()).size;
  }

  async #opened(): Promise<OpenFile> {
    this.#open ??= await this.#load();
    return this.#open;
  }

  async #load(): Promise<OpenFile> {
    await this.#cutBack();
    const torn = await checkAccountsFile(this.#file, this.#options.now());
    if (torn !== undefined) this.#options.onTornLine?.(torn);
    const options = {
      filename: this.#file,
      corruptAlertThreshold: 0,
      modes: { fileMode: 0o600, dirMode: 0o700 },
    };
    const database: Datastore<AccountDocument> = Datastore.create(options);
    await database.load();
    // Loading has put a compacted file in the old one's place: the handle must be of the new one.
    const handle = await open(this.#file, 'r+');
    return { database, handle, size: (await handle.stat()).size };
  }

  async #giveUpFile(): Promise<void> {
    const file = this.#open;
    this.#open = undefined;
    if (file === undefined) return;
    this.#cutTo = file.size;
    await file.handle.close().catch(() => undefined);
    await this.#cutBack().catch(() => undefined);
  }

  /** Tried at once and, should that fail, before the next write. */
  async #cutBack(): Promise<void> {
    if (this.#cutTo === undefined) return;
    const handle = await open(this.#file, 'r+');
    try {
      await handle.truncate(this.#cutTo);
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.#cutTo = undefined;
  }
}

/** Of each identity the latest touch only, those of one time together: NeDB writes each update by itself. */
function groupByTime(touches: readonly Touch[]): Map<number, Fingerprint[]> {
  const latest = new Map(touches.map(({ identity, lastSeen }) => [identity, lastSeen]));
  const groups = new Map<number, Fingerprint[]>();
  for (const [identity, lastSeen] of latest) {
    const group = groups.get(lastSeen);
    if (group === undefined) groups.set(lastSeen, [identity]);
    else group.push(identity);
  }
  return groups;
}
