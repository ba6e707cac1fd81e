import { statfsSync } from 'node:fs';

/** File systems that live in memory, by their numbers in Linux's statfs(2). */
const IN_MEMORY: Readonly<Record<number, string>> = { 0x01021994: 'tmpfs', 0x858458f6: 'ramfs' };

/** The name of the file system in memory that a folder lies on; null when it is on a disk. */
export function memoryFileSystem(folder: string): string | null {
  return process.platform === 'linux' ? (IN_MEMORY[statfsSync(folder).type] ?? null) : null;
}
