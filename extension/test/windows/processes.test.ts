import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWindow, type Scripts } from './bundled-window.ts';
import { testFolder } from './cleanup.ts';
import { journalOf } from './fixtures/fake-service.ts';
import { WindowProcess } from './window-process.ts';

const hello = {
  id: '019a0000-0000-7000-8000-000000000001',
  contact: 'c'.repeat(64),
  text: 'hello',
  workspace: null,
};

/** Signals that stop a process and let it go on are Unix's. */
const unix = { skip: process.platform === 'win32' };

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
  let scripts: Scripts;
  before(async () => (scripts = await bundleWindow(bundles)));
  after(() => rmSync(bundles, { recursive: true }));

  const open = (globalStorage: string, windowName = ''): WindowProcess =>
    WindowProcess.open(scripts, { globalStorage, windowName });

  it('have one owner when four start at once, and the next within 2 s of kill -9', async () => {
    const folder = testFolder();
    let windows: WindowProcess[] = Array.from({ length: 4 }, () => open(folder));
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
    await Promise.all(windows.map((window) => window.close()));
  });

  it('have a request answered once by the next owner when the first dies before the answer', async () => {
    const folder = testFolder();
    const windows = [open(folder), open(folder)];
    const owner = await connectedTo(windows);
    const [owning, other] = ownerFirst(windows, owner);
    assert.ok(other);
    const sent = other.request('send', { ...hello, text: 'answered by the second owner only' });
    while (!journalOf(folder).some((line) => line.endsWith(`send ${hello.id}`))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await owning.kill();
    await sent;
    const asked = journalOf(folder).filter((line) => line.includes(' send '));
    assert.equal(asked.length, 2);
    assert.equal(asked[0]?.split(' ')[0], owner);
    assert.ok(other.owns(asked[1] ?? ''));
  });

  it('are served while the extension host of the owner stands still', async () => {
    const folder = testFolder();
    const owning = open(folder);
    const owner = await connectedTo([owning]);
    owning.tell({ type: 'freeze' });
    await owning.next('freezing');
    const other = open(folder);
    assert.equal(await connectedTo([other]), owner);
    await other.request('send', hello);
    owning.thaw();
    await owning.next('thawed');
  });

  it('take over when the owner is closed, without an error', async () => {
    const folder = testFolder();
    const windows = [open(folder), open(folder)];
    const [closing, other] = ownerFirst(windows, await connectedTo(windows));
    assert.ok(other);
    await closing.close();
    assert.ok(other.owns((await other.next('connected')).owner));
    await other.request('send', hello);
    assert.doesNotMatch(other.log, / (warn|error) /);
  });

  it('name an owner whose process stands still, until it goes on', unix, async () => {
    const folder = testFolder();
    const owning = open(folder, 'api');
    const owner = await connectedTo([owning]);
    const connected = open(folder, 'web');
    assert.equal(await connectedTo([connected]), owner);
    owning.suspend();
    const opened = open(folder, 'docs');
    const waits = assert.rejects(connected.request('send', hello), /PeerError/);
    const silent = {
      type: 'silence',
      code: 'owner-silent',
      message: JSON.stringify({ window: 'api', process: owning.pid }),
    };
    assert.deepEqual(await connected.next('silence'), silent);
    assert.deepEqual(await opened.next('silence'), silent);
    // What waits for the owner is told, and so is what wants something from then on.
    await waits;
    for (const window of [connected, opened]) {
      await assert.rejects(window.request('goOffline', {}), (error: Error) =>
        error.message.includes(silent.message),
      );
    }
    owning.resume();
    const over = { type: 'silence', code: null, message: '' };
    assert.deepEqual(await connected.next('silence'), over);
    assert.deepEqual(await opened.next('silence'), over);
    // Everything is read again.
    assert.equal(await connectedTo([connected, opened]), owner);
    await Promise.all([owning, connected, opened].map((window) => window.request('send', hello)));
    assert.doesNotMatch(owning.log, / warn /);
    assert.equal(journalOf(folder).filter((line) => line.includes(' start ')).length, 1);
    await Promise.all([owning, connected, opened].map((window) => window.close()));
  });

  it('name it no longer once it is killed, and one of them takes over', unix, async () => {
    const folder = testFolder();
    const owning = open(folder, 'api');
    await connectedTo([owning]);
    owning.suspend();
    const opened = open(folder, 'docs');
    await opened.next('silence', ({ code }) => code !== null);
    const killed = performance.now();
    await owning.kill();
    await opened.next('silence', ({ code }) => code === null);
    assert.ok(opened.owns((await opened.next('connected')).owner));
    const took = performance.now() - killed;
    assert.ok(took < 2_000, `${took} ms`);
    await opened.close();
  });
});
