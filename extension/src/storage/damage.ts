import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../core/storage-ports.ts';

/**
 * The file is not what was once written to it. Whoever opens it next puts it aside, if that is true.
 */
export class DamagedFile extends StorageError {
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`The file is damaged. (${path})`, options);
    this.path = path;
  }
}

/** Beside a file in which damage was found while it was in use. */
const MARKER = '.suspect';

/** What SQLite keeps beside a file, after the file itself. */
const PARTS = ['', '-wal', '-shm'];

/**
 * Has the file looked through when it is opened next. A connection cannot say so by itself: SQLite finds damage in the
 * page that it reads, and many a start reads none of the bad ones.
 * @returns whether the disk took the mark
 */
export function markSuspect(path: string): boolean {
  try {
    writeFileSync(path + MARKER, '', { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

export function isSuspect(path: string): boolean {
  return existsSync(path + MARKER);
}

/** @throws the system's error */
export function clearSuspicion(path: string): void {
  rmSync(path + MARKER, { force: true });
}

/**
 * Gives a damaged file, with what lies beside it, another name, so that an empty one can take its place.
 * @returns the new name
 * @throws the system's error
 */
export function putAside(path: string): string {
  const damaged = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const part of PARTS) {
    if (existsSync(path + part)) renameSync(path + part, damaged + part);
  }
  clearSuspicion(path);
  return damaged;
}

/** Reads from a file that was put aside, and leaves nothing beside it; nothing where that part of it is damaged too. */
export function readDamaged<T>(path: string, read: (file: DatabaseSync) => T[]): T[] {
  let file: DatabaseSync | undefined;
  try {
    const location = pathToFileURL(path);
    // Otherwise SQLite makes a WAL and its index, which whoever only reads cannot remove.
    location.searchParams.set('immutable', '1');
    file = new DatabaseSync(location, { readOnly: true });
    return read(file);
  } catch {
    return [];
  } finally {
    file?.close();
  }
}
