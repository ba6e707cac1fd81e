import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { World } from './world.ts';

/** Enough for the databases of a global storage and three workspaces with what one round of this leaves in them. */
const DISK_MIB = 12;

const disk = mkdtempSync(join(tmpdir(), 'p2p-chat-full-disk-'));
const why = mountSmallDisk();
after(() => {
  if (why === false) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Mounts a small file system; returns why that cannot be done here, or false. */
function mountSmallDisk(): string | false {
  if (process.platform !== 'linux') return 'a small disk can be mounted on Linux only';
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', disk], { stdio: 'pipe' });
    return false;
  } catch {
    return 'only root can mount a small disk';
  }
}

/** Takes all the room that is left, also what others give back or take while it does, and gives it back. */
function fillDisk(): () => void {
  const ballast = join(disk, 'ballast');
  const file = openSync(ballast, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(statfsSync(disk).bsize));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(ballast);
}

describe('a disk that is full', { skip: why }, () => {
  it('takes nothing that is shown as held, loses nothing, and takes all again once there is room', async () => {
    const world = await World.begin(join(disk, 'Sam'));
    const { sam, carol } = world;
    try {
      for (const author of world.people) world.writeEverywhere(author);
      await world.settle();

      const makeRoom = fillDisk();
      // More than fits into what the write-ahead logs have reserved already.
      const refused = world.write(sam, Array.from({ length: 40 }, () => sam.windows).flat(), 4_000);
      await sam.answered();
      assert.ok(sam.inBox > 0, 'the disk is full');
      assert.ok(sam.inBox <= refused.length);
      world.writeEverywhere(carol, 40);
      await carol.answered();
      // The writer keeps what the reader's disk does not take.
      sam.kill();
      makeRoom();
      await world.settle();
      await world.check();
    } catch (error) {
      throw new Error(`${String(error)}\n${await world.report()}`, { cause: error });
    } finally {
      await world.end();
    }
  });
});
