import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';

/**
 * What a window needs to find the owner and to know it for the right one: a file of mode 0600 in global storage.
 * The owner alone writes it, while it holds the lock. The secret stays the same for ever; the address is the newest
 * owner's.
 */

const FILE = 'peer.secret';

const rendezvousFile = z.object({
  secret: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  address: z.string().check(z.minLength(1)),
});

export interface Rendezvous {
  /** 32 bytes. */
  readonly secret: Buffer;
  readonly address: string;
}

/** The last owner's rendezvous; null when there was none yet, or when the file is damaged. */
export async function readRendezvous(globalStorage: string): Promise<Rendezvous | null> {
  try {
    return parse(await readFile(join(globalStorage, FILE), 'utf8'));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Writes the address that the owner is going to listen on, and the secret, made when there is none.
 * Sockets that a killed owner left are removed. Only for who holds the owner lock.
 */
export function publishRendezvous(globalStorage: string, address: string): Rendezvous {
  const path = join(globalStorage, FILE);
  const before = readSync(path);
  if (before !== null) removeSocket(before.address);
  removeSocket(address);
  const secret = before?.secret ?? randomBytes(32);
  if (before?.address === address && (lstatSync(path).mode & 0o077) === 0) return { secret, address };
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify({ secret: secret.toString('hex'), address })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  return { secret, address };
}

/** Deletes a socket; leaves alone whatever else may have this path, and named pipes, which end by themselves. */
export function removeSocket(address: string): void {
  if (process.platform === 'win32') return;
  if (lstatSync(address, { throwIfNoEntry: false })?.isSocket() === true) rmSync(address, { force: true });
}

function readSync(path: string): Rendezvous | null {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function parse(text: string): Rendezvous | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = rendezvousFile.safeParse(value);
  if (!parsed.success) return null;
  return { secret: Buffer.from(parsed.data.secret, 'hex'), address: parsed.data.address };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
