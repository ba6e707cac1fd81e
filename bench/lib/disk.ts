import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';

/** File systems that live in memory, by their numbers in Linux's statfs(2). */
const IN_MEMORY: Readonly<Record<number, string>> = { 0x01021994: 'tmpfs', 0x858458f6: 'ramfs' };

/** The name of the file system in memory that a folder lies on; null when it is on a disk. */
export function memoryFileSystem(folder: string): string | null {
  return process.platform === 'linux' ? (IN_MEMORY[statfsSync(folder).type] ?? null) : null;
}

/**
 * Does something with a folder below this one that is gone afterwards.
 * @throws {Error} when it would be in memory
 */
export async function onDisk(below: string, work: (folder: string) => Promise<void>): Promise<void> {
  const parent = path.resolve(below);
  mkdirSync(parent, { recursive: true });
  const inMemory = memoryFileSystem(parent);
  if (inMemory !== null) {
    throw new Error(
      `${parent} is in memory (${inMemory}), where a commit costs nothing. Take another --folder.`,
    );
  }
  const folder = mkdtempSync(path.join(parent, 'bench-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
