import { mkdtempSync, statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../scripts/lib/node-runtime.ts';

/** File systems in memory, by Linux's numbers for them: tmpfs and ramfs. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];

/** A fresh folder on a real disk: what is in memory has no `fsync` worth the name. @throws where there is no disk */
export async function folderOnDisk(): Promise<string> {
  const inRepository = join(repositoryRoot, '.vscode-test');
  await mkdir(inRepository, { recursive: true });
  const place = [tmpdir(), '/var/tmp', inRepository].find(isOnDisk);
  if (place === undefined)
    throw new Error('No folder for temporary files is on a real disk: set TMPDIR to one.');
  return mkdtempSync(join(place, 'p2p-chat-fault-'));
}

function isOnDisk(folder: string): boolean {
  try {
    return !IN_MEMORY.includes(statfsSync(folder).type);
  } catch {
    return false;
  }
}
