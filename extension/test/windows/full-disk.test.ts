import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readOwnerRecord } from '../../src/peer/owner-record.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { smallDisk } from '../support/small-disk.ts';
import { bundleWindow, type Scripts } from './bundled-window.ts';
import { makeAcquainted, startRealWorld } from './real-world.ts';
import type { WindowProcess } from './window-process.ts';

const KIBIBYTES = 4_096;

/** Larger than what the databases have room for in themselves. */
const LARGE = 'a text that does not fit '.repeat(1_000);

describe('windows of one person whose disk is full', () => {
  const bundles = mkdtempSync(join(tmpdir(), 'p2p-chat-test-'));
  let scripts: Scripts;
  before(async () => (scripts = await bundleWindow(bundles, 'real')));
  after(() => rmSync(bundles, { recursive: true }));

  it('take over from an owner that is killed, refuse what does not fit, and lose and double nothing', async (t) => {
    const disk = smallDisk(KIBIBYTES);
    if (typeof disk === 'string') return t.skip(disk);
    const windows: WindowProcess[] = [];
    try {
      const world = await startRealWorld(scripts);
      for (let count = 0; count < 3; count += 1)
        windows.push(await world.open({ globalStorage: disk.folder }));
      const [first] = windows;
      assert.ok(first);
      const { carolsId } = await makeAcquainted(world, first);
      const send = (window: WindowProcess, text: string): Promise<number> =>
        window.request('send', { id: uuidv7(), contact: carolsId, text, workspace: null });
      const record = await readOwnerRecord(disk.folder);
      const owner = windows.find(({ pid }) => pid === record?.process);
      assert.ok(owner);
      const others = windows.filter((window) => window !== owner);

      await send(owner, 'before');
      disk.fill();
      for (const window of others) await assert.rejects(send(window, LARGE), /The disk is full/);
      await owner.kill();
      for (const window of others) await assert.rejects(send(window, LARGE), /The disk is full/);
      disk.makeRoom();
      for (const [index, window] of others.entries()) await send(window, `after ${index}`);
      await world.carol.until('all arrive', () => world.carol.texts().includes('after 1'));
      assert.deepEqual(world.carol.texts(), ['hello', 'before', 'after 0', 'after 1']);
    } finally {
      for (const window of windows) await window.kill();
      disk.remove();
    }
  });
});
