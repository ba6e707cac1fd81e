import { constants } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { Accounts } from '../accounts.ts';
import { CERTIFICATE_FILES } from '../certificate.ts';
import { Directory } from '../directory.ts';
import { DataFolderError, systemCode } from '../errors.ts';
import { Reservations } from '../reservations.ts';
import { Roster } from '../roster.ts';
import { openFileStore } from '../store/file-store.ts';
import { RESERVATIONS_FILE, reservationsFile } from '../store/reservations-file.ts';
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
  await refuseLinks(folder);
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

/** How the names of files begin that a server keeps in its folder. */
const KEPT = ['accounts.db', 'server.lock', RESERVATIONS_FILE, ...CERTIFICATE_FILES];

/**
 * Root follows no link out of a folder that is somebody else's, such as the server's own user: whoever took over the server
 * could lead it to any file of this machine.
 * @throws {DataFolderError}
 */
async function refuseLinks(folder: string): Promise<void> {
  if (process.getuid?.() !== 0 || (await stat(folder)).uid === 0) return;
  for (const name of await keptIn(folder)) {
    if ((await lstat(path.join(folder, name))).isFile()) continue;
    throw new DataFolderError(
      `${path.join(folder, name)} is no file but a link or something else, which root does not follow in a folder of another ` +
        `user. Look what it is, or run this as the user of the server.`,
    );
  }
}

/**
 * What root wrote belongs to whom the folder belongs, or the server could not open it any more. Nothing else changes hands:
 * not what is not root's, nor what a link leads to, nor what has a name elsewhere too.
 */
export async function keepOwner(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if (uid === 0) return;
  for (const name of await keptIn(folder)) {
    const file = await open(path.join(folder, name), JUST_THIS_FILE).catch(notThis);
    if (file === undefined) continue;
    try {
      const found = await file.stat();
      if (found.isFile() && found.uid === 0 && found.nlink === 1) await file.chown(uid, gid);
    } finally {
      await file.close();
    }
  }
}

/** No link, and no waiting for whoever is at the other end of a pipe. */
const JUST_THIS_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A link; or what went since, such as a journal. */
function notThis(error: unknown): undefined {
  if (!['ELOOP', 'ENOENT', 'ENXIO'].includes(systemCode(error) ?? '')) throw error;
}

async function keptIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => KEPT.some((kept) => name.startsWith(kept)));
}
