import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { listeningProcesses, tellsListeners } from '../support/listening.ts';
import { bundleWindow, type Scripts } from './bundled-window.ts';
import { atEnd } from './cleanup.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { makeAcquainted, type RealWorld, startRealWorld } from './real-world.ts';
import type { WindowProcess } from './window-process.ts';

/** The machine's monotonic clock, as every process has it. Milliseconds. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const texts = (stage: string): string[] => Array.from({ length: 200 }, (_, i) => `${stage} ${i}`);

/** The niceness of each thread of a process, its first thread's first. */
function nicenesses(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return threads
    .sort((a, b) => a - b)
    .map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      // The name in parentheses may hold anything; the 17th field after it is the niceness, proc(5).
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    });
}

/** Watches that never two of these processes listen at once. */
function watchListeners(windows: readonly WindowProcess[]): { most(): number } {
  const pids = windows.map(({ pid }) => pid);
  let most = 0;
  const look = (): void => void (most = Math.max(most, listeningProcesses(pids).length));
  const timer = tellsListeners ? setInterval(look, 10) : undefined;
  const end = (): void => clearInterval(timer);
  atEnd(end);
  return {
    most: () => {
      end();
      return most;
    },
  };
}

describe('windows of one person, with a real peer', () => {
  const bundles = mkdtempSync(join(tmpdir(), 'p2p-chat-test-'));
  let scripts: Scripts;
  before(async () => (scripts = await bundleWindow(bundles, 'real')));
  after(() => rmSync(bundles, { recursive: true }));

  /**
   * The owner goes away in the middle of 200 messages of another window.
   * @param leave what becomes of the owner; gives the windows that are there after that
   */
  async function takeOver(
    t: TestContext,
    world: RealWorld,
    windows: readonly WindowProcess[],
    carolsId: string,
    how: string,
    leave: (owner: WindowProcess, others: readonly WindowProcess[]) => readonly WindowProcess[],
  ): Promise<readonly WindowProcess[]> {
    const { carol, presences } = world;
    const [owner, sender, ...others] = await world.ownerAmong(windows);
    assert.ok(sender);
    const written = texts(how);
    const { length: told } = presences;
    const notices = [...carol.notices];
    sender.tell({ type: 'write', contact: carolsId, texts: written });
    await sender.next('sent', ({ text }) => text === `${how} 60`);
    const left = leave(owner, [sender, ...others]);
    const listeners = watchListeners([owner, ...left]);
    const gone = now();
    const connected = await sender.next('connected');
    const took = connected.at - gone;
    await carol.until(`all of ${how} arrive`, () => carol.texts().includes(`${how} 199`));
    await sender.next('sent', ({ text }) => text === `${how} 199`);
    const again = now() - gone;
    t.diagnostic(
      `${how}: next owner after ${took.toFixed(0)} ms, all delivered after ${again.toFixed(0)} ms`,
    );
    assert.ok(took < 2_000, `${took} ms`);
    assert.deepEqual(
      carol.texts().filter((text) => text?.startsWith(how)),
      written,
      'each once, in order',
    );
    assert.deepEqual(new Set(presences.slice(told)), new Set(['online']));
    assert.deepEqual(carol.notices, notices, 'nothing is said of it');
    if (tellsListeners) assert.equal(listeners.most(), 1);
    return left;
  }

  it(
    "has a thread for the peer that lets the window's own go first",
    { skip: process.platform === 'linux' ? false : 'only on Linux a thread has a priority of its own' },
    async () => {
      const world = await startRealWorld(scripts);
      const window = await world.open();
      await world.ownerAmong([window]);
      const [own, ...others] = nicenesses(window.pid);
      assert.equal(own, 0);
      assert.ok(others.includes(5));
    },
  );

  it('hand over within 2 s when the owner is killed, closed or reloaded: nothing is lost, and nobody notices', async (t) => {
    const world = await startRealWorld(scripts);
    let windows: readonly WindowProcess[] = [await world.open()];
    windows = [...windows, ...(await Promise.all([world.open(), world.open()]))];
    const [first] = windows;
    assert.ok(first);
    const { carolsId } = await makeAcquainted(world, first);

    windows = await takeOver(t, world, windows, carolsId, 'killed', (owner, others) => {
      void owner.kill();
      return others;
    });
    windows = await takeOver(t, world, windows, carolsId, 'closed', (owner, others) => {
      void owner.close();
      return others;
    });
    windows = [...windows, await world.open()];
    await takeOver(t, world, windows, carolsId, 'reloaded', (owner, others) => {
      void owner.close();
      // VS Code starts the new extension host while the old one still ends.
      const reloaded = world.prepare();
      reloaded.tell({ type: 'start' });
      return [...others, reloaded];
    });
    assert.equal(new Set(world.carol.texts()).size, world.carol.texts().length, 'nothing twice');
  });

  it('show the same within 100 ms, whoever does something', async (t) => {
    const world = await startRealWorld(scripts);
    const windows = [await world.open(), await world.open(), await world.open()];
    const [first, ...others] = windows;
    assert.ok(first);
    const { carolsId, samsId } = await makeAcquainted(world, first);
    const delays = { message: [] as number[], unread: [] as number[], read: [] as number[] };
    for (let i = 0; i < 20; i++) {
      // Sam writes in one window; all show it.
      const text = `from Sam ${i}`;
      const seen = windows.map((window) => window.next('message', ({ message }) => message.text === text));
      const message = { id: uuidv7(), contact: carolsId, text, workspace: null };
      const written = first.request('send', message);
      delays.message.push(latest(await Promise.all(seen)) - (await written));

      // Carol writes; all count it, at about the same time.
      const arrived = first.next('message', (event) => event.message.text === `from Carol ${i}`);
      const counted = others.map((window) => window.next('contact', ({ contact }) => contact.unread === 1));
      await world.carol.request('send', {
        ...message,
        id: uuidv7(),
        contact: samsId,
        text: `from Carol ${i}`,
      });
      const { at: shown, message: news } = await arrived;
      const counts = (await Promise.all(counted)).map(({ at }) => at);
      delays.unread.push(Math.max(shown, ...counts) - Math.min(shown, ...counts));

      // Sam reads in one window; it is read in all.
      const read = others.map((window) => window.next('contact', ({ contact }) => contact.unread === 0));
      const asked = await first.request('markRead', { contact: carolsId, upTo: news.order });
      delays.read.push(latest(await Promise.all(read)) - asked);
    }
    for (const [what, all] of Object.entries(delays)) {
      const sorted = all.toSorted((a, b) => a - b);
      const [median, worst] = [sorted[Math.floor(sorted.length / 2)] ?? NaN, sorted.at(-1) ?? NaN];
      t.diagnostic(`${what}: median ${median.toFixed(1)} ms, worst of ${all.length} ${worst.toFixed(1)} ms`);
      assert.ok(worst < 100, `${what}: ${worst} ms`);
    }
    const snapshots = await Promise.all(windows.map((window) => window.snapshot()));
    assert.equal(snapshots[0]?.contacts[0]?.unread, 0);
    for (const snapshot of snapshots) assert.deepEqual(snapshot, snapshots[0]);
  });

  it('let one with a newer version take over, and the older ones join it', async () => {
    const world = await startRealWorld(scripts);
    const older = [await world.open({ version: '1.9.0' }), await world.open({ version: '1.9.0' })];
    const [one] = older;
    assert.ok(one);
    const { carolsId } = await makeAcquainted(world, one);
    const { length: told } = world.presences;
    one.tell({ type: 'write', contact: carolsId, texts: texts('updated') });
    await one.next('sent', ({ text }) => text === 'updated 60');
    const newer = await world.open({ version: '1.10.0' });
    const [owner] = await world.ownerAmong([...older, newer]);
    assert.equal(owner, newer);
    await one.next('connected');
    await world.carol.until('all arrive', () => world.carol.texts().includes('updated 199'));
    assert.deepEqual(
      world.carol.texts().filter((text) => text?.startsWith('updated')),
      texts('updated'),
    );
    assert.deepEqual(new Set(world.presences.slice(told)), new Set(['online']));
  });

  it('have one owner and one listener, and are all online, when eight start at once', async (t) => {
    const world = await startRealWorld(scripts);
    const windows = Array.from({ length: 8 }, () => world.prepare());
    await Promise.all(windows.map((window) => window.next('up')));
    for (let round = 0; round < 3; round++) {
      const listeners = watchListeners(windows);
      const began = now();
      for (const window of windows) window.tell({ type: 'start' });
      await Promise.all(windows.map((window) => window.next('connected')));
      await Promise.all(windows.map((window) => window.request('goOnline', world.online)));
      t.diagnostic(`all online after ${(now() - began).toFixed(0)} ms`);
      const snapshots = await Promise.all(windows.map((window) => window.snapshot()));
      const [status] = snapshots.map((snapshot) => snapshot?.status);
      assert.equal(status?.kind, 'online');
      for (const snapshot of snapshots) assert.deepEqual(snapshot?.status, status);
      const [owner, ...others] = await world.ownerAmong(windows);
      if (tellsListeners) {
        assert.deepEqual(listeningProcesses(windows.map(({ pid }) => pid)), [owner.pid]);
        assert.equal(listeners.most(), 1);
      }
      // The owner last: nobody takes over from it.
      for (const window of [...others, owner]) {
        window.tell({ type: 'stop' });
        await window.next('stopped');
      }
    }
  });
});

/** When the last of these was seen. */
function latest(events: readonly { readonly at: number }[]): number {
  return Math.max(...events.map(({ at }) => at));
}
