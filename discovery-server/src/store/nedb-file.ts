import { type FileHandle, open } from 'node:fs/promises';
import Datastore from 'nedb-promises';
import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Account, Traces } from './account-store.ts';
import { type AccountDocument, accountDocument, checkAccountsFile, type TornLine } from './accounts-file.ts';
import { usableName } from './old-names.ts';

/** What changes in the file for one call. Those that are written together concern different identities and names. */
export interface AccountChange {
  readonly insert?: Account;
  readonly rename?: Pick<Account, 'identity' | 'name'>;
  readonly remove?: Fingerprint;
}

/** What somebody's sessions left behind. */
export interface Touch {
  readonly identity: Fingerprint;
  readonly traces: Traces;
}

/** How the file is used. */
export interface AccountsDatabaseOptions {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onTornLine: ((torn: TornLine) => void) | undefined;
  /** Makes what was written survive the loss of power. */
  readonly sync: (file: FileHandle) => Promise<void>;
}

/** The file as it is open now. `size` is its length with everything acknowledged and nothing else, bytes. */
interface OpenFile {
  readonly database: Datastore<AccountDocument>;
  readonly handle: FileHandle;
  size: number;
}

/**
 * The NeDB file. NeDB appends and does not fsync; here everything that is written together is synced once. When a
 * write fails, the file is cut back to what was acknowledged and loaded anew before the next write, because NeDB keeps
 * in memory what it could not write. Callers see to it that only one call runs at a time.
 */
export class AccountsDatabase {
  readonly #options: AccountsDatabaseOptions;
  #open: OpenFile | undefined;
  /** After a failed write: the length to cut the file back to. */
  #cutTo: number | undefined;

  constructor(options: AccountsDatabaseOptions) {
    this.#options = options;
  }

  /**
   * Opens the file. @returns what it holds
   * @throws {DamagedAccountsError} that is something else than accounts
   */
  async open(): Promise<readonly Account[]> {
    const { file, accounts } = await this.#load();
    this.#open = file;
    return accounts.map(accountOf);
  }

  /** Every account. @throws {DamagedAccountsError} as `open`, where the file has to be opened anew */
  async accounts(): Promise<readonly Account[]> {
    const { database } = await this.#opened();
    return z
      .array(accountDocument)
      .parse(await database.find({}))
      .map(accountOf);
  }

  /** Writes all of it, and makes it durable if there are changes; or, after an error, none of it. */
  async write(changes: readonly AccountChange[], touches: readonly Touch[]): Promise<void> {
    try {
      await this.#write(await this.#opened(), changes, touches);
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
  }

  /** Makes everything durable and lets go of the file. */
  async close(): Promise<void> {
    const file = this.#open;
    this.#open = undefined;
    if (file === undefined) return;
    try {
      await this.#options.sync(file.handle);
    } finally {
      await file.handle.close();
    }
  }

  /** What is removed goes last: an account handed on is never on the disk less than once. */
  async #write(file: OpenFile, changes: readonly AccountChange[], touches: readonly Touch[]): Promise<void> {
    for (const { traces, identities } of groupByTraces(touches)) {
      await file.database.updateMany({ _id: { $in: identities } }, { $set: traces });
    }
    const inserts = changes.flatMap(({ insert }) => insert ?? []);
    if (inserts.length > 0) {
      await file.database.insertMany(inserts.map(({ identity, ...rest }) => ({ _id: identity, ...rest })));
    }
    for (const { identity, name } of changes.flatMap(({ rename }) => rename ?? [])) {
      await file.database.updateOne({ _id: identity }, { $set: { name } });
    }
    const removals = changes.flatMap(({ remove }) => remove ?? []);
    if (removals.length > 0) await file.database.deleteMany({ _id: { $in: removals } }, {});
    if (changes.length > 0) await this.#options.sync(file.handle);
    file.size = (await file.handle.stat()).size;
  }

  async #opened(): Promise<OpenFile> {
    this.#open ??= (await this.#load()).file;
    return this.#open;
  }

  async #load(): Promise<{ file: OpenFile; accounts: readonly AccountDocument[] }> {
    await this.#cutBack();
    const { file } = this.#options;
    const { torn, accounts, replaced } = await checkAccountsFile(file, this.#options.now());
    if (torn !== undefined) this.#options.onTornLine?.(torn);
    const options = {
      filename: file,
      corruptAlertThreshold: 0,
      modes: { fileMode: 0o600, dirMode: 0o700 },
    };
    const database: Datastore<AccountDocument> = Datastore.create(options);
    await database.load();
    if (replaced.length > 0) await database.deleteMany({ _id: { $in: [...replaced] } }, {});
    // Loading has put a compacted file in the old one's place: the handle must be of the new one.
    const handle = await open(file, 'r+');
    return { file: { database, handle, size: (await handle.stat()).size }, accounts };
  }

  async #giveUp(): Promise<void> {
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
    const handle = await open(this.#options.file, 'r+');
    try {
      await handle.truncate(this.#cutTo);
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.#cutTo = undefined;
  }
}

function accountOf({ _id: identity, ...rest }: AccountDocument): Account {
  return { ...rest, identity, name: usableName(identity, rest.name) };
}

/** Each identity once, those of the same traces together: NeDB writes each update by itself. */
function groupByTraces(touches: readonly Touch[]): Iterable<{ traces: Traces; identities: Fingerprint[] }> {
  const latest = new Map<Fingerprint, Traces>();
  for (const { identity, traces } of touches) latest.set(identity, { ...latest.get(identity), ...traces });
  const groups = new Map<string, { traces: Traces; identities: Fingerprint[] }>();
  for (const [identity, traces] of latest) {
    const key = JSON.stringify([traces.lastSeen, traces.device]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { traces, identities: [identity] });
    else group.identities.push(identity);
  }
  return groups.values();
}
