import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';

/**
 * Who holds the owner lock, for the windows that get no answer from it: a file of mode 0600 in global storage, which the
 * owner writes before anything else. It is for people to read; nothing is decided by it.
 */

const FILE = 'owner.json';

/** What a title bar shows of a longer name is no more. */
const MAX_NAME_LENGTH = 80;

const ownerRecord = z.object({
  /** The name of the folder or workspace that the window shows; empty when it shows none. */
  window: z.string().check(z.maxLength(MAX_NAME_LENGTH)),
  /** The id of its extension host's process. */
  process: z.int().check(z.gt(0)),
});
export type OwnerRecord = z.infer<typeof ownerRecord>;

/** Only for who holds the owner lock. */
export function writeOwnerRecord(globalStorage: string, { window, process }: OwnerRecord): void {
  const path = join(globalStorage, FILE);
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${JSON.stringify({ window: shortName(window), process })}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/**
 * Null when nothing is known of the owner: an older version of this extension says nothing of itself, and leaves what
 * an owner before it said.
 */
export async function readOwnerRecord(globalStorage: string): Promise<OwnerRecord | null> {
  try {
    const record = ownerRecord.parse(JSON.parse(await readFile(join(globalStorage, FILE), 'utf8')));
    return isRunning(record.process) ? record : null;
  } catch {
    return null;
  }
}

/** A folder's name may be anything: what is no sign on the screen, such as a change of direction, stays out. */
function shortName(name: string): string {
  const clean = name.replace(/\p{C}+/gu, ' ').trim();
  if (clean.length <= MAX_NAME_LENGTH) return clean;
  // Not through the middle of a character.
  const short = clean.slice(0, MAX_NAME_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${short}…`;
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    // One of somebody else, which cannot be this person's window, may have got the number since.
    return false;
  }
}
