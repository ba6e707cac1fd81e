import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own with room for little. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives it back. */
  makeRoom(): void;
  remove(): void;
}

/** Makes one in memory, or tells why it cannot be had. */
export function smallDisk(kibibytes: number): SmallDisk | string {
  if (process.platform !== 'linux') return 'a small disk is made on Linux only';
  if (process.getuid?.() !== 0) return 'only root may mount a small disk';
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-small-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=700`, 'tmpfs', folder]);
  if (mounted.status !== 0) {
    rmdirSync(folder);
    return `a small disk cannot be mounted: ${mounted.error?.message ?? mounted.stderr.toString().trim()}`;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      const block = Buffer.alloc(statfsSync(folder).bsize);
      const file = openSync(filler, 'w');
      try {
        // Others may take or give back some meanwhile.
        for (;;) writeSync(file, block);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler),
    remove: () => {
      spawnSync('umount', [folder]);
      rmdirSync(folder);
    },
  };
}
