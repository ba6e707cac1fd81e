import { chown, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { Accounts } from '../accounts.ts';
import { Directory } from '../directory.ts';
import { Reservations } from '../reservations.ts';
import { Roster } from '../roster.ts';
import { openFileStore } from '../store/file-store.ts';
import { reservationsFile } from '../store/reservations-file.ts';
import { Watches } from '../watches.ts';
import { Administration } from './administration.ts';

/**
 * Does something with the accounts of a folder that no server uses.
 * @throws {StartError} the folder is in use, cannot be used, or is damaged
 */
export async function whileStopped<Result>(
  folder: string,
  work: (administration: Administration) => Promise<Result>,
): Promise<Result> {
  const logger = pino({ level: 'silent' });
  const now = (): number => Date.now();
  const store = await openFileStore(folder, now, () => undefined);
  try {
    const directory = new Directory(await store.accounts());
    const roster = new Roster({ directory, watches: new Watches(), store, logger });
    const reservations = await Reservations.open(reservationsFile(folder), now);
    const accounts = new Accounts({ store, roster, reservations, logger });
    return await work(new Administration({ roster, accounts, reservations, folder, now }));
  } finally {
    await store.close();
    await keepOwner(folder);
  }
}

/** What root wrote belongs to whom the folder belongs, or the server could not open it any more. */
export async function keepOwner(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  for (const name of await readdir(folder)) await chown(path.join(folder, name), uid, gid);
}
