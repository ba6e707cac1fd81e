import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keepPrivate } from '../storage/private-files.ts';

/** The right to be this installation's one peer, held until `release` or the end of the process. */
export interface OwnerLock {
  /** Calling it twice does nothing. */
  release(): void;
}

/** The lock file cannot be used at all, which is something else than being held by another window. */
export class OwnerLockError extends Error {
  override readonly name = 'OwnerLockError';
}

const FILE = 'owner.lock';

/** SQLITE_BUSY; the bits above the lowest eight tell apart its kinds. */
const BUSY = 5;

/**
 * Takes the lock on global storage, or gives null at once when another window has it.
 *
 * The lock is SQLite's reserved lock on a file that stays empty and is never deleted: with the journal in memory
 * nothing ever lies beside it, and the operating system frees it when the process dies. It is IMMEDIATE and not
 * EXCLUSIVE: two that begin EXCLUSIVE at once can both see the other's shared lock and both give up (3 of 300 trials
 * of four processes), while the reserved lock always has exactly one winner. No other code may open the file: closing
 * any descriptor of it frees POSIX locks of the whole process.
 * @throws {OwnerLockError} when the file cannot be opened or locked
 */
export function acquireOwnerLock(globalStorage: string): OwnerLock | null {
  const path = join(globalStorage, FILE);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    // Whoever can read a file can lock it.
    keepPrivate(path, 0o600);
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) return null;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OwnerLockError(`P2P Chat cannot lock ${path}: ${reason}. Check that the folder is writable.`, {
      cause,
    });
  }
  return {
    release() {
      database?.close();
      database = undefined;
    },
  };
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === BUSY;
}
