import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { type Endpoint, SessionClose } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_SNAPSHOT, MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import { PUSH_BACKLOG_BYTES, SERVER_LIMITS, SLOW_READER_MS, USERS_PER_REQUEST } from '../src/limits.ts';
import { Roster } from '../src/roster.ts';
import { Directory } from '../src/directory.ts';
import { type Frame, textOf } from '../src/session/frame.ts';
import { PushStream } from '../src/session/push-stream.ts';
import { Teller } from '../src/session/teller.ts';
import { memoryStore } from '../src/store/memory.ts';
import { Watches } from '../src/watches.ts';
import { type Harness, type HarnessOptions, observed, silent, startHarness } from './harness.ts';
import { anAccount, handedOn } from './store.contract.ts';
import { type Person, person, type Successor, successor, TestSession } from './test-client.ts';

const identityOf = (n: number): Fingerprint => n.toString(16).padStart(64, '0');

/** A directory of this many people. */
async function crowd(
  t: TestContext,
  people: number,
  options: Omit<HarnessOptions, 'store'> = {},
): Promise<{ harness: Harness; identities: Fingerprint[] }> {
  const store = memoryStore();
  const identities = Array.from({ length: people }, (_, n) => identityOf(n));
  for (const [n, identity] of identities.entries()) {
    await store.add({ identity, name: `user-with-a-rather-long-name-${n}`, registeredAt: 0, lastSeen: null });
  }
  return { harness: await startHarness(t, { ...options, store }), identities };
}

/** Signs in this many people who listen in many places, far from everybody's limits. */
async function online(t: TestContext, people: number): Promise<{ harness: Harness; all: Person[] }> {
  const store = memoryStore();
  const all = Array.from({ length: people }, (_, n) => person(`user-${n}`));
  for (const { identity, name } of all) await store.add({ identity, name, registeredAt: 0, lastSeen: null });
  const harness = await startHarness(t, { store, tls: 'self-made' });
  const endpoints = (n: number): Endpoint[] =>
    Array.from({ length: 4 }, (_, at) => ({
      address: `2001:db8:1234:5678:abcd:${(0x1000 + n).toString(16)}:9abc:${1_000 + at}`,
      port: 40_000,
    }));
  for (let start = 0; start < people; start += 50) {
    await Promise.all(
      all
        .slice(start, start + 50)
        .map((who, at) => TestSession.signedIn(harness.url, who, endpoints(start + at))),
    );
  }
  return { harness, all };
}

describe('the answer to watch and resync', () => {
  test('is complete over TLS, where nothing drains at once, and leaves no gap, however large it is', async (t) => {
    const { harness, all } = await online(t, 900);
    const { session } = await harness.signedIn('Carol');
    for (const type of ['watch', 'resync'] as const) {
      const identities = all.map(({ identity }) => identity);
      const answer = await session.ask(type === 'watch' ? { type, identities } : { type });
      assert.equal(answer.type, 'result');
      const pushes = session.waiting().flatMap((frame) => ('seq' in frame ? [frame] : []));
      const bytes = pushes.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0);
      assert.ok(bytes > PUSH_BACKLOG_BYTES, `only ${bytes} bytes`);
      const first = type === 'watch' ? 1 : 10;
      assert.deepEqual(
        pushes.map(({ seq }) => seq),
        pushes.map((_, place) => first + place),
      );
      const told = session.takeSnapshots();
      assert.deepEqual(new Set(told.map(({ identity }) => identity)), new Set(identities));
      assert.ok(told.every((presence) => presence.online && presence.endpoints.length === 4));
    }
  });

  test('is one at a time: what is asked meanwhile is told once, after it, and other requests do not wait', async (t) => {
    const { harness, identities } = await crowd(t, 1_000, { tls: 'self-made' });
    const { session } = await harness.signedIn('Carol');
    session.send({ type: 'watch', id: 900, identities });
    for (let id = 901; id < 906; id += 1) session.send({ type: 'resync', id });
    session.send({ type: 'look-up', id: 906, identity: identityOf(0) });
    const answered: number[] = [];
    while (answered.length < 7) answered.push((await session.next('result')).id);
    assert.deepEqual(
      answered.filter((id) => id !== 906),
      [900, 901, 902, 903, 904, 905],
    );
    assert.ok(answered.indexOf(906) < 6, `the look-up was answered last: ${answered.join(' ')}`);
    assert.equal(session.takeSnapshots().length, 2_000);
  });

  test('follows as soon as what was sent before is taken, before any heartbeat', async (t) => {
    const store = memoryStore();
    let sam: Person & Partial<Successor> = person('Sam');
    for (let n = 0; n < MAX_SUCCESSIONS; n += 1) sam = successor(sam);
    const { identity, name, successions = [] } = sam;
    await store.add({ identity, name, registeredAt: 0, lastSeen: null, successions: [...successions] });
    const limits = { requests: { calls: 10_000, seconds: 20 } };
    const { metrics, state } = observed();
    const backlogBytes = { push: 0, session: 1e9 };
    const harness = await startHarness(t, { store, limits, metrics, backlogBytes });
    const { session } = await harness.signedIn('Carol');
    const { session: dan } = await harness.signedIn('Dan');
    session.socket.pause();
    for (let id = 100; id < 3_000; id += 1) session.send({ type: 'look-up', id, identity });
    session.send({ type: 'watch', id: 3_000, identities: [identity] });
    while (state().watches === 0) await dan.lookUp(identity);
    session.socket.resume();
    while ((await session.next('result')).id !== 3_000);
    assert.deepEqual(
      session.takeSnapshots().map((told) => told.identity),
      [identity],
    );
  });

  test('waits for a client that does not read, which is closed after a while', async (t) => {
    const { metrics, state } = observed();
    const backlogBytes = { push: 0, session: 1e9 };
    const { harness, identities } = await crowd(t, 1_000, { backlogBytes, metrics });
    const { who, session } = await harness.signedIn('Carol');
    const { session: dan } = await harness.signedIn('Dan');
    session.socket.pause();
    for (let id = 100; id < 900; id += 1) session.send({ type: 'directory', id, after: null, limit: 50 });
    session.send({ type: 'watch', id: 900, identities });
    // From here on time passes for what was asked.
    while (state().watches < identities.length) await dan.lookUp(who.identity);
    for (let passed = 0; passed < SLOW_READER_MS; passed += 1_000) {
      // Only what it does not read holds it up: it writes, and so is alive.
      session.send({ type: 'look-up', id: 901 + passed, identity: who.identity });
      await dan.lookUp(who.identity);
      await harness.pass(1_000, dan);
    }
    session.socket.resume();
    const { code, reason } = await session.closed;
    assert.deepEqual(
      [code, reason],
      [SessionClose.slowConsumer, 'this client does not read what it asked for'],
    );
  });
});

/** A teller whose socket takes only what the test says. */
function tellerOf(directory: Directory, watched: readonly Fingerprint[]) {
  const nothing = (): undefined => undefined;
  const told: number[] = [];
  const member = {
    request: 'request',
    greetedAt: 0,
    push: nothing,
    close: nothing,
    cut: nothing,
    takes: () => false,
    call: nothing,
    told: (id: number) => void told.push(id),
  };
  const roster = new Roster({ directory, watches: new Watches(), store: memoryStore(), logger: silent });
  roster.watches.add(member, watched);
  const sent: string[] = [];
  const sink = { bufferedAmount: 0, send: (frame: Frame) => void sent.push(textOf(frame)) };
  const stream = new PushStream('e', sink, 100);
  const teller = new Teller(member, roster, stream);
  return { teller, sink, sent, told, roster, stream };
}

describe('a teller', () => {
  const people = Array.from({ length: 2 * MAX_SNAPSHOT }, (_, n) => identityOf(n));
  const directory = (): Directory =>
    new Directory(people.map((identity, n) => ({ ...anAccount(`user-${n}`, '0'), identity })));

  test('makes no piece before there is room for it', () => {
    const { teller, sink, sent, told } = tellerOf(directory(), people);
    sink.bufferedAmount = 51;
    teller.everybody(7, 0);
    assert.deepEqual([sent.length, told], [0, []]);
    sink.bufferedAmount = 50;
    teller.resume(0);
    assert.deepEqual([sent.length, told], [1, []]);
    sink.bufferedAmount = 51;
    teller.resume(0);
    assert.equal(sent.length, 1);
    sink.bufferedAmount = 0;
    teller.resume(0);
    assert.deepEqual([sent.length, told], [2, [7]]);
    assert.equal(teller.isBusy, false);
  });

  test('tells of each moment what holds then: a change between two pieces is in its place', () => {
    const { teller, sent, roster, stream } = tellerOf(directory(), people);
    teller.everybody(7, 0);
    const last = people.at(-1) ?? '';
    roster.directory.rename(last, 'somebody-else');
    stream.change('presence', '1');
    teller.resume(0);
    assert.deepEqual(
      sent.map((text) => /"type":"(\w+)".*"seq":(\d)/.exec(text)?.slice(1)),
      [
        ['snapshot', '1'],
        ['presence', '2'],
        ['snapshot', '3'],
      ],
    );
    assert.match(sent[2] ?? '', /somebody-else/);
  });

  test('is stuck when nothing was taken for SLOW_READER_MS, and not when a little was', () => {
    const { teller, sink } = tellerOf(directory(), people);
    assert.equal(teller.isStuck(1e9), false);
    teller.everybody(7, 0);
    sink.bufferedAmount = 51;
    assert.equal(teller.isStuck(SLOW_READER_MS - 1), false);
    assert.equal(teller.isStuck(SLOW_READER_MS), true);
    sink.bufferedAmount = 0;
    teller.everybody(8, SLOW_READER_MS);
    assert.equal(teller.isStuck(SLOW_READER_MS), false);
  });

  test('sends successions in pieces too, each person’s once', () => {
    const { old, next } = handedOn('Sam');
    const { teller, sent, told } = tellerOf(new Directory([next]), [old.identity, next.identity]);
    teller.watched(7, [old.identity, next.identity], 0);
    assert.deepEqual([sent.length, told], [1, []]);
    teller.resume(0);
    assert.deepEqual([sent.length, told], [2, [7]]);
    assert.match(sent[1] ?? '', /^{"type":"succession"/);
  });
});

describe('requests about many users', () => {
  test('count as many, so that telling of everybody is not the cheapest', async (t) => {
    const calls = 12;
    const limits = { requests: { calls, seconds: 60 } };
    const { harness, identities } = await crowd(t, 100, { limits });
    const { session } = await harness.signedIn('Carol');
    assert.equal((await session.ask({ type: 'watch', identities })).type, 'result');
    assert.equal((await session.ask({ type: 'look-up', identity: identityOf(0) })).type, 'result');
    const refused = await session.ask({ type: 'resync' });
    assert.ok(refused.type === 'error' && refused.code === 'too-many');
  });

  test('leave room for a start with as many contacts as can be watched, and a resync', () => {
    const contacts = 1_000;
    const watched = Math.ceil(contacts / USERS_PER_REQUEST);
    assert.ok(SERVER_LIMITS.requests.calls >= contacts + 2 * watched);
  });
});
