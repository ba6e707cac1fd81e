import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { MalformedError } from '@p2p-chat/protocol/text';
import { StorageError } from '../core/storage-ports.ts';
import { clearSuspicion, DamagedFile, isSuspect, markSuspect, putAside } from './damage.ts';
import { keepPrivate, makePrivateFolder } from './private-files.ts';
import { t } from '../core/words.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html) that a person can do something about. */
const SQLITE = { ERROR: 1, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

/** The extended code of damage in a full-text index. */
const SQLITE_CORRUPT_VTAB = 267;

/** How long a statement waits for another process, such as a backup program, milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** Every commit waits for the disk, or hardly one does: only one after a checkpoint, for the head of the new WAL. */
const SYNC_AT_COMMIT = 'PRAGMA synchronous=FULL';
const SYNC_LATER = 'PRAGMA synchronous=NORMAL';

/** How long a transaction that was not synced may wait for that, milliseconds. */
const UNSYNCED_MS = 1_000;

/** How many of those later syncs make one checkpoint: seldom, and before a commit that somebody waits for has to. */
const SYNCS_TO_CHECKPOINT = 32;

/** A row as SQLite gives it: to be passed through a schema. */
export type Row = Record<string, SQLOutputValue>;

/**
 * Steps of a schema, oldest first: `PRAGMA user_version` tells how many of them a file has had. Rows that earlier
 * versions cannot read need a step of their own, even an empty one: to those versions they would be damage.
 */
export type Migrations = readonly string[];

/** What a file has in it. */
export interface Layout {
  readonly migrations: Migrations;
  /** Queries for every row of the file, each with what makes a value of one and throws MalformedError for damage. */
  readonly rows: readonly { readonly sql: string; readonly read: (row: Row) => unknown }[];
}

/** Is told the path of a file. */
export type TellPath = (path: string) => void;

/**
 * One SQLite file: WAL, `synchronous=FULL`, so that what a transaction wrote is on the disk when it returns. One that may
 * wait, since another file has what it says, is there with the next that may not, or a second later.
 * What is deleted or changed is overwritten: in the file by `secure_delete`, in the WAL when the last one closes, which
 * removes it. Owner-only on disk. All methods throw StorageError.
 */
export class Database {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** How many steps of its schema the file has had. */
  readonly #version: number;
  #isInUse = false;
  #unsynced: NodeJS.Timeout | undefined;
  #laterSyncs = 0;
  /** Null once there is nobody to tell: another look through the file would help nothing. */
  #found: TellPath | null = null;

  private constructor(path: string, database: DatabaseSync, version: number) {
    this.#path = path;
    this.#database = database;
    this.#version = version;
  }

  /**
   * Opens or makes the file and brings its schema up to date. A damaged file is set aside under another name, never
   * deleted, and an empty one takes its place; one in which damage was found earlier is looked through for it.
   * @param setAside is told the new name of a damaged file
   * @param found is told of damage in this file while it is in use: it is set aside when it is opened next
   */
  static open(path: string, layout: Layout, setAside: TellPath, found: TellPath): Database {
    try {
      return Database.#openOnce(path, layout, found);
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      setAside(orStorageError(path, () => putAside(path)));
      return Database.#openOnce(path, layout, found);
    }
  }

  static #openOnce(path: string, { migrations, rows }: Layout, found: TellPath): Database {
    let handle: DatabaseSync | undefined;
    try {
      makePrivateFolder(dirname(path));
      closeSync(openSync(path, 'a', 0o600));
      // SQLite gives the files beside it the same mode.
      keepPrivate(path, 0o600);
      handle = new DatabaseSync(path);
      setUp(path, handle);
      const database = new Database(path, handle, migrations.length);
      database.#migrate(migrations);
      if (isSuspect(path)) {
        lookThrough(path, handle, { migrations, rows });
        clearSuspicion(path);
      } else {
        database.#found = found;
      }
      database.#isInUse = true;
      return database;
    } catch (error) {
      handle?.close();
      throw asStorageError(path, error);
    }
  }

  #migrate(migrations: Migrations): void {
    const version = Number(this.get('PRAGMA user_version')?.['user_version'] ?? 0);
    if (version > migrations.length) {
      throw new StorageError(
        t('{0} was written by a newer version of P2P Chat: update the extension to read it.', this.#path),
      );
    }
    for (const [index, step] of migrations.entries()) {
      if (index < version) continue;
      this.transaction(() => {
        this.#database.exec(step);
        this.#database.exec(`PRAGMA user_version=${index + 1}`);
      });
    }
  }

  /** Runs `work` in one transaction: all of it is on the disk when this returns, or none of it. */
  transaction<T>(work: () => T): T {
    const result = this.#transact(work);
    this.#isSynced();
    return result;
  }

  /**
   * The same, but for the disk: a process that dies loses nothing of it, a machine that does perhaps all. To be used for
   * what can be known from another file.
   */
  unsyncedTransaction<T>(work: () => T): T {
    this.#database.exec(SYNC_LATER);
    try {
      return this.#transact(work);
    } finally {
      this.#database.exec(SYNC_AT_COMMIT);
      this.#unsynced ??= setTimeout(() => this.#sync(), UNSYNCED_MS).unref();
    }
  }

  /**
   * By a commit that says nothing new and waits for the disk. Not each time by a checkpoint: the commit after one begins
   * the WAL anew, and waits twice.
   */
  #sync(): void {
    this.#isSynced();
    this.#laterSyncs += 1;
    const isCheckpoint = this.#laterSyncs % SYNCS_TO_CHECKPOINT === 0;
    const sync = isCheckpoint ? 'PRAGMA wal_checkpoint(PASSIVE)' : `PRAGMA user_version=${this.#version}`;
    try {
      this.#guard(() => this.#database.exec(sync));
    } catch (error) {
      // It is as good as it was, and whom damage concerns was told.
      if (!(error instanceof StorageError)) throw error;
    }
  }

  #isSynced(): void {
    clearTimeout(this.#unsynced);
    this.#unsynced = undefined;
  }

  #transact<T>(work: () => T): T {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The same store, for which rows that cannot be read are damage of the file. */
  guarded<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name): unknown => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => this.#guard((): unknown => Reflect.apply(method, target, args));
      },
    });
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...values).changes));
  }

  /** The rowid of what this INSERT added; null when it added nothing. */
  insert(sql: string, ...values: SQLInputValue[]): number | null {
    return this.#guard(() => {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
      return Number(changes) > 0 ? Number(lastInsertRowid) : null;
    });
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#prepare(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values));
  }

  close(): void {
    clearTimeout(this.#unsynced);
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The error to throw; whom it concerns hears of damage once. */
  #failure(error: unknown): unknown {
    // Statements are the same in every run: one that means nothing to SQLite finds other tables, or JSON, than were made.
    const isOther = this.#isInUse && resultCode(error) === SQLITE.ERROR;
    const failure = isOther
      ? new DamagedFile(this.#path, { cause: error })
      : asStorageError(this.#path, error);
    if (failure instanceof DamagedFile && this.#found !== null && markSuspect(this.#path)) {
      const found = this.#found;
      this.#found = null;
      found(this.#path);
    }
    return failure;
  }
}

function orStorageError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStorageError(path, error);
  }
}

/** Says how a file is to be used, and has SQLite read what the file says of itself. @throws {DamagedFile} */
function setUp(path: string, handle: DatabaseSync): void {
  try {
    handle.exec(
      `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; ${SYNC_AT_COMMIT};
       PRAGMA fullfsync=1; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;
       SELECT count(*) FROM sqlite_schema`,
    );
  } catch (error) {
    // Nothing of this is wrong by itself, so the file is.
    throw resultCode(error) === SQLITE.ERROR ? new DamagedFile(path, { cause: error }) : error;
  }
}

/** @throws {DamagedFile} */
function lookThrough(path: string, handle: DatabaseSync, { migrations, rows }: Layout): void {
  const [first] = handle.prepare('PRAGMA integrity_check(1)').all();
  if (first?.['integrity_check'] !== 'ok') throw new DamagedFile(path);
  const fresh = new DatabaseSync(':memory:');
  try {
    for (const step of migrations) fresh.exec(step);
    if (shapeOf(handle) !== shapeOf(fresh)) throw new DamagedFile(path);
  } finally {
    fresh.close();
  }
  for (const { sql, read } of rows) {
    for (const row of handle.prepare(sql).iterate()) read(row);
  }
}

/** Tables, indexes and columns by name. */
function shapeOf(handle: DatabaseSync): string {
  const columns = handle.prepare(
    `SELECT s.type, s.name, s.tbl_name, c.name AS column FROM sqlite_schema AS s
     LEFT JOIN pragma_table_xinfo(s.name) AS c ORDER BY s.type, s.name, c.name`,
  );
  return JSON.stringify(columns.all());
}

function resultCode(error: unknown): number | null {
  const code = extendedCode(error);
  return code === null ? null : code & 0xff;
}

function extendedCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode;
}

/** Whether a full-text index is not what SQLite wrote: no damage of the file, since it can be made anew from the file. */
export function isIndexDamage(error: unknown): boolean {
  return error instanceof StorageError && extendedCode(error.cause) === SQLITE_CORRUPT_VTAB;
}

function isDamage(error: unknown): boolean {
  if (error instanceof MalformedError) return true;
  if (extendedCode(error) === SQLITE_CORRUPT_VTAB) return false;
  const code = resultCode(error);
  return code === SQLITE.CORRUPT || code === SQLITE.NOTADB;
}

function asStorageError(path: string, error: unknown): unknown {
  if (error instanceof StorageError) return error;
  if (isDamage(error)) return new DamagedFile(path, { cause: error });
  const code = resultCode(error);
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === null && !/^E[A-Z]+$/.test(system)) return error;
  return new StorageError(`${sentence(code, system)} (${path})`, { cause: error });
}

function sentence(code: number | null, system: string): string {
  if (code === SQLITE.FULL || system === 'ENOSPC') return t('The disk is full: make room, then try again.');
  if (code === SQLITE.READONLY || code === SQLITE.CANTOPEN || system === 'EACCES' || system === 'EROFS') {
    return t('The file cannot be written: check its permissions.');
  }
  return t('The disk did not take or give the data.');
}
