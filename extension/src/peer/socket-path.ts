import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where the owner listens. Only the owner works this out, and tells it through the rendezvous file: two windows of
 * one installation may run with different environments (one was opened from a terminal with a TMPDIR of its own).
 */

/** Socket paths end at 104 bytes on macOS and 108 on Linux, the closing zero and `.new` included. */
const MAX_PATH_BYTES = 99;

/** What the address depends on besides the folder. */
export interface SocketEnvironment {
  readonly platform: NodeJS.Platform;
  readonly runtimeDirectory: string | undefined;
  readonly temporaryDirectory: string;
  readonly uid: number;
}

export function socketEnvironment(): SocketEnvironment {
  return {
    platform: process.platform,
    runtimeDirectory: process.env['XDG_RUNTIME_DIR'],
    temporaryDirectory: tmpdir(),
    uid: userInfo().uid,
  };
}

/**
 * The address for a global storage folder, in a folder that only this user can enter (made when it is missing).
 * @throws {Error} when somebody else owns that folder
 */
export function socketPath(globalStorage: string, environment = socketEnvironment()): string {
  const name = createHash('sha256').update(resolve(globalStorage)).digest('hex').slice(0, 16);
  if (environment.platform === 'win32') {
    // A pipe's name is free only once the last owner's last connection is gone, so each owner has its own.
    return `\\\\.\\pipe\\p2p-chat-${name}-${randomBytes(8).toString('hex')}`;
  }
  const runtime = environment.runtimeDirectory;
  if (runtime !== undefined && isPrivate(runtime, environment.uid)) {
    const path = join(runtime, `p2p-chat-${name}.sock`);
    if (fits(path)) return path;
  }
  const inTemporary = (root: string): string => join(root, `p2p-chat-${environment.uid}`, `${name}.sock`);
  const path = [inTemporary(environment.temporaryDirectory), inTemporary('/tmp')].find(fits);
  if (path === undefined)
    throw new Error('P2P Chat finds no folder for its socket with a short enough path.');
  makePrivate(resolve(path, '..'), environment.uid);
  return path;
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

function stat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isPrivate(folder: string, uid: number): boolean {
  const found = stat(folder);
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0;
}

/** The temporary folder is everybody's: a folder that another user put there under this name is not used. */
function makePrivate(folder: string, uid: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = stat(folder);
  if (found?.isDirectory() !== true || found.uid !== uid) {
    throw new Error(`${folder} belongs to somebody else. Delete it, so that P2P Chat can make its own.`);
  }
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}
