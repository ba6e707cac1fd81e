import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { Presence } from '@p2p-chat/protocol/discovery';
import { MAX_DIRECTORY_PAGE, OFFLINE_AFTER_MS } from '@p2p-chat/protocol/limits';
import { HEARTBEAT_MS } from '../src/limits.ts';
import { memoryStore } from '../src/store/memory.ts';
import { startHarness } from './harness.ts';
import { newDevice, TestSession } from './test-client.ts';

const endpoint = { address: '192.0.2.7', port: 40_000 };

async function pageOf(session: TestSession, after: string | null = null): Promise<Presence[]> {
  const answer = await session.ask({ type: 'directory', after, limit: MAX_DIRECTORY_PAGE });
  assert.ok(answer.type === 'result' && answer.page !== undefined);
  return answer.page.users;
}

describe('a page of the directory', () => {
  test('tells what is so now, whatever was told before', async (t) => {
    const harness = await startHarness(t);
    const { url, clock } = harness;
    const { session: carol } = await harness.signedIn('Carol');
    const sam = await harness.member('Sam');
    let session: TestSession | undefined;
    const signIn = async (device = sam.device): Promise<void> => {
      session = await TestSession.signedIn(url, { ...sam, device }, [endpoint]);
    };
    const gone = (): Promise<unknown> | undefined => session?.closed;
    /** Until a heartbeat sees that nobody is there. */
    const long = OFFLINE_AFTER_MS + HEARTBEAT_MS;
    const begun = clock.now();
    const other = newDevice();
    /** What happens, and what is so of Sam then. */
    const story: readonly [() => unknown, Partial<Presence>][] = [
      [() => undefined, { online: false, lastSeen: null, device: null, endpoints: [] }],
      [signIn, { online: true, device: sam.device, endpoints: [endpoint] }],
      [() => clock.advance(700), {}],
      [() => session?.lookUp(sam.identity), { lastSeen: begun + 700 }],
      [() => session?.ask({ type: 'announce', endpoints: [] }), { online: true, endpoints: [] }],
      [() => session?.ask({ type: 'rename', name: 'Samuel' }), { name: 'Samuel', online: true }],
      [() => session?.kill(), { online: true }],
      [() => harness.pass(long, carol), { online: false, device: null, lastSeen: begun + 700 }],
      [() => signIn(other), { online: true, device: other, endpoints: [endpoint] }],
      [() => session?.ask({ type: 'sign-out' }), { online: false, device: null, endpoints: [] }],
      [gone, { online: false, lastSeen: begun + 700 + long }],
      [signIn, { online: true, device: sam.device }],
    ];
    for (const [happens, expected] of story) {
      await happens();
      for (let time = 0; time < 2; time += 1) {
        const told = (await pageOf(carol, 'Carol')).at(0);
        assert.deepEqual(told, await carol.lookUp(sam.identity));
        assert.deepEqual({ ...told, ...expected }, told);
      }
    }
    await session?.ask({ type: 'delete-account' });
    assert.deepEqual(await pageOf(carol, 'Carol'), []);
  });

  test('that a client has yet to read is not changed by what others are told', async (t) => {
    const store = memoryStore();
    const names = Array.from({ length: 400 }, (_, n) => `user-${String(n).padStart(3, '0')}`);
    for (const [n, name] of names.entries()) {
      await store.add({ identity: n.toString(16).padStart(64, '0'), name, registeredAt: 0, lastSeen: null });
    }
    const requests = { calls: 100_000, seconds: 20 };
    const backlogBytes = { push: 1e9, session: 1e9 };
    const harness = await startHarness(t, { store, backlogBytes, limits: { requests } });
    const { session: slow } = await harness.signedIn('Slow');
    const { session: quick } = await harness.signedIn('Quick');
    slow.socket.pause();
    const asked = new Map<number, string>();
    for (let id = 1_000; id < 2_500; id += 1) {
      const after = names[id % 300] ?? '';
      asked.set(id, after);
      slow.send({ type: 'directory', id, after, limit: MAX_DIRECTORY_PAGE });
      if (id % 10 === 0) assert.equal((await pageOf(quick, 'user-320'))[0]?.name, 'user-321');
    }
    slow.socket.resume();
    while (asked.size > 0) {
      const { id, page } = await slow.next('result');
      const first = names.indexOf(asked.get(id) ?? '') + 1;
      assert.deepEqual(
        page?.users.map(({ name }) => name),
        names.slice(first, first + MAX_DIRECTORY_PAGE),
      );
      asked.delete(id);
    }
  });

  test('reaches others when the socket of one breaks with pages on their way', async (t) => {
    const store = memoryStore();
    for (let n = 0; n < MAX_DIRECTORY_PAGE; n += 1) {
      const identity = n.toString(16).padStart(64, '0');
      await store.add({ identity, name: `user-${n}`, registeredAt: 0, lastSeen: null });
    }
    const harness = await startHarness(t, { store, backlogBytes: { push: 1e9, session: 1e9 } });
    const { session: quick } = await harness.signedIn('Quick');
    const expected = await pageOf(quick, 'Slow-9');
    assert.equal(expected.length, MAX_DIRECTORY_PAGE);
    for (let broken = 0; broken < 3; broken += 1) {
      const { session: slow } = await harness.signedIn(`Slow-${broken}`);
      slow.socket.pause();
      for (let id = 100; id < 1_000; id += 1) {
        slow.send({ type: 'directory', id, after: null, limit: MAX_DIRECTORY_PAGE });
      }
      const closed = once(slow.socket, 'close');
      slow.kill();
      await closed;
      for (let time = 0; time < 40; time += 1) {
        assert.deepEqual(await pageOf(quick, 'Slow-9'), expected);
      }
    }
  });
});
