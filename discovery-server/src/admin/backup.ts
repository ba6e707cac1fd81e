import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { timestamp } from '@p2p-chat/protocol/envelope';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import { CERTIFICATE_FILES } from '../certificate.ts';
import { writeDurably } from '../durable-file.ts';
import { StartError, systemCode } from '../errors.ts';
import { reservation, type Reservation } from '../reservations.ts';
import { account, type Account } from '../store/account-store.ts';
import { reservationsFile } from '../store/reservations-file.ts';
import { VERSION } from '../version.ts';

/**
 * A backup is text, a JSON object a line: what it is, the files of the server's own key, the accounts, the names that
 * are kept; and a last line with the number of accounts, without which it is not whole.
 */
const line = z.union([
  z.object({
    backup: z.literal('p2p-chat-discovery-server'),
    format: z.literal(1),
    at: timestamp,
    version: z.string(),
  }),
  z.object({ file: z.enum(CERTIFICATE_FILES), text: z.string() }),
  z.object({ account }),
  z.object({ reservation }),
  z.object({ end: z.literal(true), accounts: z.int() }),
]);
type Line = z.input<typeof line>;

/** A file that is no backup, or not a whole one; or a folder that has accounts already. */
export class BackupError extends StartError {
  override readonly name = 'BackupError';
}

/** What goes into a backup. */
export interface BackupParts {
  readonly folder: string;
  readonly at: number;
  readonly accounts: Iterable<Account>;
  readonly reservations: readonly Reservation[];
}

/** The text of a backup, of one moment: that of the call. */
export async function backupOf({ folder, at, accounts, reservations }: BackupParts): Promise<string> {
  const lines: Line[] = [];
  const kept = [...accounts];
  for (const found of kept) lines.push({ account: found });
  for (const found of reservations) lines.push({ reservation: found });
  lines.push({ end: true, accounts: kept.length });
  const files: Line[] = [];
  for (const file of CERTIFICATE_FILES) {
    const text = await readFile(path.join(folder, file), 'utf8').catch(absent);
    if (text !== undefined) files.push({ file, text });
  }
  const head: Line = { backup: 'p2p-chat-discovery-server', format: 1, at, version: VERSION };
  return [head, ...files, ...lines].map((each) => `${JSON.stringify(each)}\n`).join('');
}

/** What a backup has. */
export interface Backup {
  readonly at: number;
  readonly accounts: readonly Account[];
  readonly reservations: readonly Reservation[];
  readonly files: readonly { readonly file: string; readonly text: string }[];
}

/** @throws {BackupError} it is none, or not whole */
export function readBackup(text: string): Backup {
  const [head, ...rest] = text.trimEnd().split('\n').map(readLine);
  if (head === undefined || !('backup' in head))
    throw new BackupError('this file is not a backup of a discovery server.');
  const end = rest.pop();
  const accounts = rest.flatMap((each) => ('account' in each ? each.account : []));
  if (end === undefined || !('end' in end) || end.accounts !== accounts.length) {
    throw new BackupError('this backup is not whole: its end is missing. Take another one.');
  }
  return {
    at: head.at,
    accounts,
    reservations: rest.flatMap((each) => ('reservation' in each ? each.reservation : [])),
    files: rest.flatMap((each) => ('file' in each ? each : [])),
  };
}

function readLine(text: string, index: number): z.output<typeof line> {
  try {
    return decodeJson(line, text);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new BackupError(`line ${index + 1} of this backup cannot be read. Take another one.`, { cause });
  }
}

/**
 * Puts a backup into a folder that is empty, and that no server uses.
 * @throws {BackupError} it has something
 */
export async function restoreInto(folder: string, backup: Omit<Backup, 'at'>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await refuseUnlessEmpty(folder);
  const accountsFile = path.join(folder, 'accounts.db');
  for (const { file, text } of backup.files) await writeDurably(path.join(folder, file), text);
  await reservationsFile(folder).save(backup.reservations);
  const documents = backup.accounts.map(({ identity, ...rest }) =>
    JSON.stringify({ _id: identity, ...rest }),
  );
  // The last one: a restore that was cut short has no accounts, and is begun again in another folder.
  await writeDurably(accountsFile, documents.map((document) => `${document}\n`).join(''));
}

/** What an empty folder may have: the lock of whoever restores, and what a file system has at its top. */
const NOTHING = /^(server\.lock(-.*)?|lost\+found)$/;

/**
 * A mistyped folder is not to get a server's key and accounts among what is there.
 * @throws {BackupError} the folder is there and has something in it
 */
export async function refuseUnlessEmpty(folder: string): Promise<void> {
  const found = ((await readdir(folder).catch(absent)) ?? []).filter((name) => !NOTHING.test(name));
  const [first] = found.sort();
  if (first === undefined) return;
  throw new BackupError(
    `${folder} has ${first} already, and nothing was changed. Restore into a folder that is empty.`,
  );
}

function absent(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined;
  throw error;
}
