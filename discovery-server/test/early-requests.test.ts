import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OFFERS_EARLY_REQUESTS, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_EARLY_BYTES, MAX_EARLY_REQUESTS, MAX_WATCHES } from '@p2p-chat/protocol/limits';
import { EarlyRequests } from '../src/session/early-requests.ts';
import { observed, startHarness } from './harness.ts';
import { rate } from './limit-probes.ts';
import { newDevice, type Person, person, signInFrameOf, TestSession } from './test-client.ts';

const endpoint = { address: '192.0.2.7', port: 40_000 };
const MALFORMED = '{"type":"unheard-of"';

/** Signs in and sends these at once behind it. All of one turn: the server has read them when it has verified. */
async function signInWith(
  session: TestSession,
  who: Person,
  requests: readonly unknown[],
  signer = who,
): Promise<void> {
  const challenge = await session.challenge();
  const { identity } = signInFrameOf(who, challenge);
  session.send({ ...signInFrameOf({ ...signer, device: who.device }, challenge), identity });
  for (const request of requests) session.send(request);
}

describe('requests behind a sign-in', () => {
  test('are offered by the challenge', async (t) => {
    const { url } = await startHarness(t);
    const { offers } = await TestSession.connect(url).next('challenge');
    assert.deepEqual(offers, [OFFERS_EARLY_REQUESTS]);
  });

  test('are answered after the welcome, in their order', async (t) => {
    const { url, member, signedIn } = await startHarness(t);
    const { who: carol } = await signedIn('Carol');
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    await signInWith(session, sam, [
      { type: 'watch', id: 1, identities: [carol.identity] },
      { type: 'announce', id: 2, endpoints: [endpoint] },
      { type: 'look-up', id: 3, identity: sam.identity },
    ]);
    while (session.waiting().length < 5) await session.arrival();
    const [welcome, snapshot, watched, announced, found] = session.waiting();
    assert.equal(welcome?.type, 'welcome');
    assert.ok(snapshot?.type === 'snapshot' && snapshot.epoch === welcome.epoch);
    assert.deepEqual(
      snapshot.presences.map(({ name }) => name),
      ['Carol'],
    );
    assert.deepEqual(watched, { type: 'result', id: 1 });
    assert.deepEqual(announced, { type: 'result', id: 2 });
    assert.ok(found?.type === 'result' && found.id === 3);
    assert.deepEqual(found.found?.endpoints, [endpoint]);
  });

  test('come before those that are sent once it is welcome', async (t) => {
    const { url, member } = await startHarness(t);
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    const early = [1, 2, 3].map((id) => ({ type: 'resync', id: 100 + id }));
    await signInWith(session, sam, early);
    await session.next('welcome');
    await session.ask({ type: 'resync' });
    const answered = session.waiting().flatMap((frame) => (frame.type === 'result' ? [frame.id] : []));
    assert.deepEqual(answered, [101, 102, 103]);
  });

  test('do nothing and are not even looked at when the signature is wrong', async (t) => {
    const { metrics, state } = observed();
    const { url, signedIn, member } = await startHarness(t, { metrics });
    const { session: carol } = await signedIn('Carol');
    const sam = await member('Sam');
    await carol.watch(sam.identity);
    const session = TestSession.connect(url);
    const requests = [
      { type: 'watch', id: 1, identities: [sam.identity] },
      { type: 'announce', id: 2, endpoints: [endpoint] },
      { type: 'rename', id: 3, name: 'Eve' },
      { type: 'delete-account', id: 4 },
      MALFORMED,
    ];
    await signInWith(session, sam, requests, person('Eve'));
    assert.equal((await session.closed).code, SessionClose.badSignature);
    assert.deepEqual(session.waiting(), []);
    assert.equal(state().watches, 1);
    const known = await carol.lookUp(sam.identity);
    assert.deepEqual([known?.name, known?.online, known?.endpoints], ['Sam', false, []]);
    assert.deepEqual(carol.waiting(), []);
  });

  for (const [what, refused, code] of [
    [
      'has no account',
      (sam: Person) => ({ ...person('Eve'), device: sam.device }),
      SessionClose.notRegistered,
    ],
    ['is on another device', (sam: Person) => ({ ...sam, device: newDevice() }), SessionClose.replaced],
  ] as const) {
    test(`do nothing when whoever signs in ${what}`, async (t) => {
      const { metrics, state } = observed();
      const { url, signedIn } = await startHarness(t, { metrics });
      const { who: sam, session: current } = await signedIn('Sam');
      const session = TestSession.connect(url);
      session.send(signInFrameOf(refused(sam), await session.challenge(), [], false));
      session.send({ type: 'watch', id: 1, identities: [sam.identity] });
      session.send({ type: 'announce', id: 2, endpoints: [endpoint] });
      session.send({ type: 'sign-out', id: 3 });
      assert.equal((await session.closed).code, code);
      assert.deepEqual(session.waiting(), []);
      assert.equal(state().watches, 0);
      const known = await current.lookUp(sam.identity);
      assert.deepEqual([known?.online, known?.device, known?.endpoints], [true, sam.device, []]);
    });
  }

  test('end the session when there are too many, and do nothing', async (t) => {
    const { metrics, state } = observed();
    const { url, member } = await startHarness(t, { metrics });
    const sam = await member('Sam');
    const watch = { type: 'watch', id: 1, identities: [sam.identity] };
    const most = TestSession.connect(url);
    await signInWith(most, sam, Array<unknown>(MAX_EARLY_REQUESTS).fill(watch));
    await most.next('welcome');
    most.kill();
    const session = TestSession.connect(url);
    await signInWith(session, sam, Array<unknown>(MAX_EARLY_REQUESTS + 1).fill(watch));
    assert.deepEqual(await session.closed, {
      code: SessionClose.badRequest,
      reason: 'frame: too much before the welcome',
    });
    assert.deepEqual(session.waiting(), []);
    assert.equal(state().watches, 0);
  });

  test('count as any others', async (t) => {
    const { url, member } = await startHarness(t, { limits: { requests: rate(3) } });
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    const lookUps = [1, 2, 3, 4].map((id) => ({ type: 'look-up', id, identity: sam.identity }));
    await signInWith(session, sam, lookUps);
    const refused = await session.next('error');
    assert.deepEqual([refused.id, refused.code], [4, 'too-many']);
  });

  test('end the session at the first that is malformed, and those behind it do nothing', async (t) => {
    const { url, member, signedIn } = await startHarness(t);
    const { session: carol } = await signedIn('Carol');
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    await signInWith(session, sam, [MALFORMED, { type: 'rename', id: 1, name: 'Samuel' }]);
    assert.equal((await session.closed).code, SessionClose.badRequest);
    assert.equal((await carol.lookUp(sam.identity))?.name, 'Sam');
  });

  test('a binary one ends the session before it is welcome', async (t) => {
    const { url, member } = await startHarness(t);
    const session = TestSession.connect(url);
    await signInWith(session, await member('Sam'), []);
    session.socket.send(Buffer.from('{"type":"resync","id":1}'));
    assert.equal((await session.closed).code, SessionClose.badRequest);
    assert.deepEqual(session.waiting(), []);
  });
});

describe('what is kept of requests before the welcome', () => {
  test('has room for a watch of as many as can be watched', () => {
    const identities = Array.from({ length: MAX_WATCHES }, () => 'f'.repeat(64));
    const early = new EarlyRequests();
    early.add(Buffer.from('{"type":"watch-directory","id":0,"on":true}'));
    early.add(Buffer.from(JSON.stringify({ type: 'watch', id: 1, identities })));
    assert.equal(early.all.length, 2);
  });

  test('has an end, in bytes', () => {
    const early = new EarlyRequests();
    early.add(Buffer.alloc(MAX_EARLY_BYTES - 1));
    early.add(Buffer.alloc(1));
    assert.throws(() => early.add(Buffer.alloc(1)), { name: 'MalformedError' });
    assert.equal(early.all.length, 2);
  });

  test('is no part of a larger piece, which would stay with it', () => {
    const piece = Buffer.alloc(1_000_000, 'x');
    const early = new EarlyRequests();
    early.add(piece.subarray(10, 8_202));
    const kept = early.all[0] ?? piece;
    assert.ok(kept.equals(piece.subarray(10, 8_202)));
    assert.ok(kept.buffer.byteLength < 100_000);
  });
});
