import { chmod, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type * as Sqlite from 'node:sqlite';
import { DataFolderError, DataFolderInUseError, messageOf, StartError, systemCode } from '../errors.ts';
import { NEEDS_NODE } from '../version.ts';

/** A data folder that this process alone holds. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Lets go of it; a second call does nothing. */
  release(): void;
}

/** SQLITE_BUSY: another connection holds the lock. */
const SQLITE_BUSY = 5;

/**
 * Takes a folder for this process, making it (0700) if need be. The lock is an exclusive transaction on
 * `server.lock`: the operating system frees it with the process, however that ends, and two can never hold it.
 * @throws {DataFolderInUseError} another server has it
 * @throws {DataFolderError} it cannot be made or written
 * @throws {StartError} this Node is too old
 */
export async function holdDataFolder(folder: string): Promise<DataFolder> {
  const absolute = path.resolve(folder);
  const lockFile = path.join(absolute, 'server.lock');
  try {
    const made = await mkdir(absolute, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(absolute, 0o700);
    await (await open(lockFile, 'a', 0o600)).close();
  } catch (cause) {
    throw notWritable(absolute, cause);
  }
  const { DatabaseSync } = await importSqlite();
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(lockFile);
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) {
      throw new DataFolderInUseError(
        `another discovery server is using the data folder ${absolute}. Stop it, or give this one ` +
          `another folder with --data.`,
        { cause },
      );
    }
    throw notWritable(absolute, cause);
  }
  const held = database;
  return {
    path: absolute,
    release() {
      if (held.isOpen) held.close();
    },
  };
}

/** Loaded when first needed; the notice that it is experimental, and no other, is kept off the terminal. */
async function importSqlite(): Promise<typeof Sqlite> {
  const emitWarning = process.emitWarning.bind(process);
  const filtered = (warning: string | Error, ...rest: unknown[]): void => {
    if (String(warning).startsWith('SQLite is an experimental feature')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  process.emitWarning = filtered;
  try {
    return await import('node:sqlite');
  } catch (cause) {
    if (systemCode(cause) !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw cause;
    // The first thing that an older Node does not have, such as that of a distribution.
    throw new StartError(`this server needs Node ${NEEDS_NODE} or newer, and runs on ${process.version}.`, {
      cause,
    });
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function notWritable(folder: string, cause: unknown): DataFolderError {
  return new DataFolderError(
    `the data folder ${folder} cannot be written (${messageOf(cause)}). ` +
      `Make it writable for this user, or give another folder with --data.`,
    { cause },
  );
}
