import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { type Presence, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_SNAPSHOT, OFFLINE_AFTER_MS, PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import { memoryStore } from '../src/store/memory.ts';
import { type Harness, observed, startHarness, temporaryFolder } from './harness.ts';
import { newDevice, person, register, TestSession } from './test-client.ts';

const endpoint = { address: '2001:db8::7', port: 40_000 };

/** Two people online, of whom Carol watches Sam; her stream stands at 1, the snapshot. */
async function watching(harness: Harness) {
  const { who: sam, session: samSession } = await harness.signedIn('Sam');
  const { who: carol, session: carolSession } = await harness.signedIn('Carol');
  const [first] = await carolSession.watch(sam.identity);
  assert.equal(first?.online, true);
  return { sam, samSession, carol, carolSession };
}

describe('watching', () => {
  test('gives a snapshot and then every change, numbered without a gap', async (t) => {
    const harness = await startHarness(t);
    const sam = await harness.member('Sam');
    const { session: carol } = await harness.signedIn('Carol');
    const answered = carol.ask({ type: 'watch', identities: [sam.identity] });
    const snapshot = await carol.nextPush();
    assert.equal(snapshot.type, 'snapshot');
    assert.deepEqual(
      snapshot.presences.map(({ name, online, lastSeen }) => ({ name, online, lastSeen })),
      [{ name: 'Sam', online: false, lastSeen: null }],
    );
    await answered;
    const samSession = await TestSession.signedIn(harness.url, sam);
    await samSession.ask({ type: 'announce', endpoints: [endpoint] });
    await samSession.ask({ type: 'announce', endpoints: [endpoint] });
    await samSession.ask({ type: 'sign-out' });
    const pushes = [await carol.nextPush(), await carol.nextPush(), await carol.nextPush()];
    assert.deepEqual(
      pushes.map(({ type, seq, epoch }) => ({ type, seq, epoch })),
      [2, 3, 4].map((seq) => ({ type: 'presence', seq, epoch: snapshot.epoch })),
    );
    assert.deepEqual(
      pushes.map((push) => (push.type === 'presence' ? [push.presence.online, push.presence.endpoints] : [])),
      [
        [true, []],
        [true, [endpoint]],
        [false, []],
      ],
    );
    assert.deepEqual(carol.waiting(), []);
  });

  test('chunks a snapshot, counts each, and ends it with the result', async (t) => {
    const store = memoryStore();
    const identities = Array.from({ length: 2 * MAX_SNAPSHOT + 1 }, (_, n) =>
      n.toString(16).padStart(64, '0'),
    );
    for (const [n, identity] of identities.entries()) {
      await store.add({ identity, name: `u${n}`, registeredAt: 0, lastSeen: null });
    }
    const harness = await startHarness(t, { store });
    const { session } = await harness.signedIn('Carol');
    session.send({ type: 'watch', id: 9, identities });
    const frames = [await session.nextPush(), await session.nextPush(), await session.nextPush()];
    assert.deepEqual(
      frames.map((frame) => (frame.type === 'snapshot' ? [frame.seq, frame.presences.length] : [])),
      [
        [1, MAX_SNAPSHOT],
        [2, MAX_SNAPSHOT],
        [3, 1],
      ],
    );
    await session.next('result');
  });

  test('ends with unwatch', async (t) => {
    const harness = await startHarness(t);
    const { sam, samSession, carolSession } = await watching(harness);
    await carolSession.ask({ type: 'unwatch', identities: [sam.identity] });
    await samSession.ask({ type: 'sign-out' });
    assert.equal((await carolSession.lookUp(sam.identity))?.online, false);
    assert.deepEqual(carolSession.waiting(), []);
  });

  test('may be of oneself, and of somebody who registers later', async (t) => {
    const { url, signedIn } = await startHarness(t);
    const { who, session } = await signedIn('Sam');
    const eve = person('Eve');
    assert.deepEqual(
      (await session.watch(who.identity, eve.identity)).map(({ name }) => name),
      ['Sam'],
    );
    await session.ask({ type: 'announce', endpoints: [endpoint] });
    assert.equal((await session.next('presence')).presence.name, 'Sam');
    await register(url, eve);
    assert.equal((await session.next('presence')).presence.name, 'Eve');
  });

  test('of the directory tells of new accounts while it is on', async (t) => {
    const { signedIn, member } = await startHarness(t);
    const { session } = await signedIn('Sam');
    await session.ask({ type: 'watch-directory', on: true });
    const carol = await member('Carol');
    const push = await session.next('account');
    assert.deepEqual(push.presence, {
      name: 'Carol',
      identity: carol.identity,
      online: false,
      lastSeen: null,
      device: null,
      endpoints: [],
    } satisfies Presence);
    await session.ask({ type: 'watch-directory', on: false });
    const eve = await member('Eve');
    assert.equal((await session.lookUp(eve.identity))?.name, 'Eve');
    assert.deepEqual(session.waiting(), []);
  });
});

describe('going offline', () => {
  test('is seen at once after a sign-out', async (t) => {
    const harness = await startHarness(t);
    const { samSession, carolSession } = await watching(harness);
    await samSession.ask({ type: 'sign-out' });
    assert.equal((await samSession.closed).code, SessionClose.signedOut);
    const { presence } = await carolSession.next('presence');
    assert.equal(presence.online, false);
    assert.equal(presence.lastSeen, harness.clock.now());
    assert.deepEqual([presence.device, presence.endpoints], [null, []]);
  });

  test('is seen OFFLINE_AFTER_MS after a client was killed, however long ago its last pong came', async (t) => {
    const { metrics, state } = observed();
    const harness = await startHarness(t, { metrics });
    const { sam, samSession, carolSession } = await watching(harness);
    const lastSeen = harness.clock.now();
    await harness.pass(PING_INTERVAL_MS - 1_000, carolSession);
    samSession.kill();
    while (state().sessions.open > 1) await carolSession.lookUp(sam.identity);
    await harness.pass(OFFLINE_AFTER_MS - 1_000, carolSession);
    assert.equal((await carolSession.lookUp(sam.identity))?.online, true);
    assert.deepEqual(carolSession.waiting(), []);
    await harness.pass(1_000, carolSession);
    const { presence } = await carolSession.next('presence');
    assert.deepEqual([presence.online, presence.lastSeen], [false, lastSeen]);
  });

  test('is seen within 15 s of a client that is connected and silent, whose socket is then cut', async (t) => {
    const harness = await startHarness(t);
    const { samSession, carolSession } = await watching(harness);
    samSession.socket.pause();
    await harness.pass(11_000, carolSession);
    assert.equal((await carolSession.next('presence')).presence.online, false);
    samSession.socket.resume();
    assert.equal((await samSession.closed).code, 1006);
  });

  test('does not happen to an idle client that answers pings', async (t) => {
    const harness = await startHarness(t);
    const { sam, samSession, carolSession } = await watching(harness);
    for (let n = 0; n < 5; n += 1) {
      const pinged = once(samSession.socket, 'ping');
      await harness.pass(PING_INTERVAL_MS, carolSession);
      await pinged;
    }
    assert.equal((await carolSession.lookUp(sam.identity))?.online, true);
    assert.deepEqual(carolSession.waiting(), []);
  });

  test('does not happen to anybody because the server slept', async (t) => {
    const harness = await startHarness(t);
    const { sam, carolSession } = await watching(harness);
    harness.clock.stall(3_600_000);
    assert.equal((await carolSession.lookUp(sam.identity))?.online, true);
    assert.deepEqual(carolSession.waiting(), []);
  });

  test('is not seen when the client comes back in time', async (t) => {
    const harness = await startHarness(t);
    const { sam, samSession, carolSession } = await watching(harness);
    samSession.kill();
    await harness.pass(OFFLINE_AFTER_MS - 1_000, carolSession);
    const again = await TestSession.signedIn(harness.url, sam);
    await harness.pass(5_000, carolSession, again);
    assert.equal((await carolSession.lookUp(sam.identity))?.online, true);
    assert.deepEqual(carolSession.waiting(), []);
  });

  test('is not seen when another device takes over, but the device is', async (t) => {
    const harness = await startHarness(t);
    const { sam, samSession, carolSession } = await watching(harness);
    const device = newDevice();
    await TestSession.signedIn(harness.url, { ...sam, device }, [endpoint]);
    await samSession.closed;
    const { presence } = await carolSession.next('presence');
    assert.deepEqual([presence.online, presence.device, presence.endpoints], [true, device, [endpoint]]);
    await carolSession.lookUp(sam.identity);
    assert.deepEqual(carolSession.waiting(), []);
  });
});

describe('a client that does not read', () => {
  /** Fills Carol's socket until the server has dropped pushes, while she does not read. */
  async function flood(harness: Harness, carol: TestSession): Promise<void> {
    const { session: flooder } = await harness.signedIn('Flooder');
    carol.socket.pause();
    for (let n = 0; n < 3_000; n += 1)
      carol.send({ type: 'directory', id: 1_000 + n, after: null, limit: 50 });
    // The server reads Carol's frames in turns with these.
    for (let n = 0; n < 20; n += 1) await flooder.ask({ type: 'resync' });
  }

  async function full(
    backlogBytes: { push: number; session: number },
    t: Parameters<typeof startHarness>[0],
  ) {
    const store = memoryStore();
    const identities = Array.from({ length: 999 }, (_, n) => n.toString(16).padStart(64, '0'));
    for (const [n, identity] of identities.entries()) {
      await store.add({ identity, name: `user-with-a-long-name-${n}`, registeredAt: 0, lastSeen: null });
    }
    const limits = { requests: { calls: 10_000, seconds: 20 } };
    const harness = await startHarness(t, { store, backlogBytes, limits });
    const people = await watching(harness);
    await people.carolSession.watch(...identities);
    return { harness, ...people };
  }

  test('sees a gap in the numbers once it reads again, and has the truth after a resync', async (t) => {
    const { harness, sam, samSession, carolSession } = await full({ push: 100_000, session: 1e9 }, t);
    await flood(harness, carolSession);
    await samSession.ask({ type: 'announce', endpoints: [endpoint] });
    carolSession.socket.resume();
    // The numbers so far: Sam's snapshot and ten of the others.
    const seqs: number[] = [11];
    const position = async (): Promise<void> => {
      await carolSession.lookUp(sam.identity);
      for (const frame of carolSession.waiting()) {
        if ('seq' in frame) seqs.push(frame.seq);
      }
      carolSession.takeSnapshots();
    };
    await position();
    await harness.pass(1_000, carolSession, samSession);
    await position();
    const gaps = seqs.filter((seq, place) => place > 0 && seq !== (seqs[place - 1] ?? 0) + 1);
    assert.ok(gaps.length > 0, 'no gap was seen');
    assert.equal((await carolSession.ask({ type: 'resync' })).type, 'result');
    const truth = carolSession.takeSnapshots().find(({ identity }) => identity === sam.identity);
    assert.deepEqual(truth?.endpoints, [endpoint]);
  });

  test('is closed when results pile up as well', async (t) => {
    const { harness, carolSession } = await full({ push: 50_000_000, session: 200_000 }, t);
    await flood(harness, carolSession);
    carolSession.socket.resume();
    const { code } = await carolSession.closed;
    assert.equal(code, SessionClose.slowConsumer);
  });

  test('is cut when it does not take the close frame either', async (t) => {
    const { harness, carolSession } = await full({ push: 50_000_000, session: 200_000 }, t);
    await flood(harness, carolSession);
    harness.clock.advance(2_000);
    carolSession.socket.resume();
    assert.equal((await carolSession.closed).code, 1006);
  });
});

describe('stopping', () => {
  test('closes sessions as going away and keeps accounts and last-seen times for the next start', async (t) => {
    const dataDir = await temporaryFolder(t);
    const first = await startHarness(t, { dataDir });
    const { who: sam, session: samSession } = await first.signedIn('Sam');
    const { who: carol, session: carolSession } = await first.signedIn('Carol');
    first.clock.advance(3_000);
    await samSession.ask({ type: 'sign-out' });
    const samSeen = first.clock.now();
    await first.pass(2_000, carolSession);
    const carolSeen = first.clock.now();
    await first.server.stop();
    assert.equal((await carolSession.closed).code, SessionClose.goingAway);

    const second = await startHarness(t, { dataDir });
    const { session } = await second.signedIn('Eve');
    assert.equal((await session.lookUp(sam.identity))?.lastSeen, samSeen);
    assert.equal((await session.lookUp(carol.identity))?.lastSeen, carolSeen);
    const again = await TestSession.signedIn(second.url, carol);
    assert.equal((await again.lookUp(carol.identity))?.online, true);
  });
});
