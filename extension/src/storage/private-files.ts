import { chmodSync, mkdirSync, statSync } from 'node:fs';

/**
 * Makes a folder of this extension's own, with those above it, and has it for its owner alone, however the editor may
 * have made it.
 * @throws the system's error
 */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  keepPrivate(path, 0o700);
}

/**
 * Takes from everybody but the owner what they may do with a file or folder that is there. By path: closing a
 * descriptor would free the locks of this process. Does nothing to what is somebody else's, as in some containers, nor
 * where modes mean nothing, as on Windows.
 * @throws the system's error
 */
export function keepPrivate(path: string, mode: 0o600 | 0o700): void {
  const found = statSync(path);
  if (process.getuid?.() === found.uid && (found.mode & 0o077) !== 0) chmodSync(path, mode);
}
