import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { StorageError } from '../core/ports.ts';
import { keepPrivate, makePrivateFolder } from './private-files.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html) that a person can do something about. */
const SQLITE = { READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

/** How long a statement waits for another process, such as a backup program, milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** A row as SQLite gives it: to be passed through a schema. */
export type Row = Record<string, SQLOutputValue>;

/** Steps of a schema, oldest first: `PRAGMA user_version` tells how many of them a file has had. */
export type Migrations = readonly string[];

/**
 * One SQLite file: WAL, `synchronous=FULL`, so that what a transaction wrote is on the disk when it returns.
 * What is deleted or changed is overwritten: in the file by `secure_delete`, in the WAL when the last one closes, which
 * removes it. Owner-only on disk. All methods throw StorageError.
 */
export class Database {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  /**
   * Opens or makes the file and brings its schema up to date. A damaged file is set aside under another name, never
   * deleted, and an empty one takes its place.
   * @param setAside is told the new name of a damaged file
   */
  static open(path: string, migrations: Migrations, setAside: (damaged: string) => void): Database {
    try {
      return Database.#openOnce(path, migrations);
    } catch (error) {
      if (!(error instanceof StorageError) || !isDamage(error.cause)) throw error;
      const damaged = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
      for (const suffix of ['', '-wal', '-shm']) {
        if (existsSync(path + suffix)) renameSync(path + suffix, damaged + suffix);
      }
      setAside(damaged);
      return Database.#openOnce(path, migrations);
    }
  }

  static #openOnce(path: string, migrations: Migrations): Database {
    let handle: DatabaseSync | undefined;
    try {
      makePrivateFolder(dirname(path));
      closeSync(openSync(path, 'a', 0o600));
      // SQLite gives the files beside it the same mode.
      keepPrivate(path, 0o600);
      handle = new DatabaseSync(path);
      handle.exec(
        `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
         PRAGMA fullfsync=1; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF`,
      );
      const database = new Database(path, handle);
      database.#migrate(migrations);
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
        `${this.#path} was written by a newer version of P2P Chat: update the extension to read it.`,
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
      throw asStorageError(this.#path, error);
    }
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...values).changes));
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#prepare(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values));
  }

  close(): void {
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
      throw asStorageError(this.#path, error);
    }
  }
}

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE.CORRUPT || code === SQLITE.NOTADB;
}

function asStorageError(path: string, error: unknown): unknown {
  if (error instanceof StorageError) return error;
  const code = resultCode(error);
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === null && !/^E[A-Z]+$/.test(system)) return error;
  return new StorageError(`${sentence(code, system)} (${path})`, { cause: error });
}

function sentence(code: number | null, system: string): string {
  if (code === SQLITE.FULL || system === 'ENOSPC') return 'The disk is full: make room, then try again.';
  if (code === SQLITE.READONLY || code === SQLITE.CANTOPEN || system === 'EACCES' || system === 'EROFS') {
    return 'The file cannot be written: check its permissions.';
  }
  if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB) return 'The file is damaged.';
  return 'The disk did not take or give the data.';
}
