import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorker } from './bundled-worker.ts';
import { testFolder } from './cleanup.ts';
import { journalOf } from './fixtures/fake-service.ts';
import { WindowProcess } from './window-process.ts';

const first = '019a0000-0000-7000-8000-000000000001';

/** The windows, the owner's first. */
function ownerFirst(windows: readonly WindowProcess[], owner: string): [WindowProcess, ...WindowProcess[]] {
  const [one, ...others] = [...windows].sort((a, b) => Number(b.owns(owner)) - Number(a.owns(owner)));
  assert.ok(one);
  assert.ok(one.owns(owner));
  return [one, ...others];
}

async function connectedTo(windows: readonly WindowProcess[]): Promise<string> {
  const owners = await Promise.all(windows.map(async (window) => (await window.next('connected')).owner));
  assert.equal(new Set(owners).size, 1, owners.join());
  return owners[0] ?? '';
}

describe('windows in processes of their own', () => {
  const bundles = mkdtempSync(join(tmpdir(), 'p2p-chat-test-'));
  let peerScript = '';
  before(async () => (peerScript = await bundleWorker(bundles)));
  after(() => rmSync(bundles, { recursive: true }));

  it('have one owner when four start at once, and the next within 2 s of kill -9', async () => {
    const folder = testFolder();
    let windows: WindowProcess[] = Array.from({ length: 4 }, () => new WindowProcess(folder, peerScript));
    let owner = await connectedTo(windows);
    while (windows.length > 2) {
      const [killed, ...left] = ownerFirst(windows, owner);
      await killed.kill();
      const died = performance.now();
      for (const window of left) await window.next('disconnected');
      owner = await connectedTo(left);
      const took = performance.now() - died;
      assert.ok(took < 2_000, `${took} ms`);
      windows = left;
    }
    assert.equal(journalOf(folder).filter((line) => line.includes(' start ')).length, 3);
    for (const window of windows) window.tell({ type: 'stop' });
    // A handle left open would keep a process alive.
    await Promise.all(windows.map(({ ended }) => ended));
  });

  it('have a request answered once by the next owner when the first dies before the answer', async () => {
    const folder = testFolder();
    const windows = [new WindowProcess(folder, peerScript), new WindowProcess(folder, peerScript)];
    const owner = await connectedTo(windows);
    const [owning, other] = ownerFirst(windows, owner);
    assert.ok(other);
    other.tell({ type: 'send', id: first, text: 'answered by the second owner only' });
    while (!journalOf(folder).some((line) => line.endsWith(`send ${first}`))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await owning.kill();
    assert.deepEqual(await other.next('answer'), { type: 'answer', error: null });
    const asked = journalOf(folder).filter((line) => line.includes(' send '));
    assert.equal(asked.length, 2);
    assert.equal(asked[0]?.split(' ')[0], owner);
    assert.ok(other.owns(asked[1] ?? ''));
  });

  it('are served while the extension host of the owner stands still', async () => {
    const folder = testFolder();
    const owning = new WindowProcess(folder, peerScript);
    const owner = await connectedTo([owning]);
    owning.tell({ type: 'freeze' });
    await owning.next('freezing');
    const other = new WindowProcess(folder, peerScript);
    assert.equal(await connectedTo([other]), owner);
    other.tell({ type: 'send', id: first, text: 'hello' });
    assert.deepEqual(await other.next('answer'), { type: 'answer', error: null });
    owning.thaw();
    await owning.next('thawed');
  });

  it('take over when the owner is closed, without an error', async () => {
    const folder = testFolder();
    const windows = [new WindowProcess(folder, peerScript), new WindowProcess(folder, peerScript)];
    const [closing, other] = ownerFirst(windows, await connectedTo(windows));
    assert.ok(other);
    closing.tell({ type: 'stop' });
    await closing.next('stopped');
    await closing.ended;
    assert.ok(other.owns((await other.next('connected')).owner));
    other.tell({ type: 'send', id: first, text: 'hello' });
    assert.deepEqual(await other.next('answer'), { type: 'answer', error: null });
    assert.doesNotMatch(other.log, / (warn|error) /);
  });
});
