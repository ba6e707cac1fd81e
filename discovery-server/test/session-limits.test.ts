import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { startHarness } from './harness.ts';
import { signInFrameOf, TestSession } from './test-client.ts';
import { rate } from './limit-probes.ts';

describe('requests on a session', () => {
  test('beyond the limit are answered too-many in order, and the session lives on', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { requests: rate(3) } });
    const { who, session } = await signedIn('Sam');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => session.ask({ type: 'look-up', identity: who.identity })),
    );
    assert.deepEqual(
      answers.map((answer) => (answer.type === 'error' ? answer.code : answer.found?.name)),
      ['Sam', 'Sam', 'Sam', 'too-many', 'too-many'],
    );
  });

  test('that go on all the same end the session', async (t) => {
    const { url, signedIn } = await startHarness(t, { limits: { requests: rate(3) } });
    const { who, session } = await signedIn('Sam');
    for (let id = 100; id < 108; id += 1) session.send({ type: 'resync', id });
    assert.equal((await session.closed).code, SessionClose.tooMany);
    // A new session of the same account has no new allowance.
    const next = await TestSession.signedIn(url, who);
    next.send({ type: 'resync', id: 1 });
    assert.equal((await next.closed).code, SessionClose.tooMany);
  });

  test('that everybody watching is told of are fewer, and the others go on', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { changes: rate(2) } });
    const { who, session: sam } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    await carol.watch(who.identity);
    const announced = [];
    for (let port = 4000; port < 4003; port += 1) {
      announced.push(await sam.ask({ type: 'announce', endpoints: [{ address: '192.0.2.1', port }] }));
    }
    assert.deepEqual(
      announced.map(({ type }) => type),
      ['result', 'result', 'error'],
    );
    assert.equal((await sam.ask({ type: 'rename', name: 'Samuel' })).type, 'error');
    assert.equal((await sam.lookUp(who.identity))?.endpoints[0]?.port, 4001);
    await carol.ask({ type: 'resync' });
    const pushes = carol.waiting().filter(({ type }) => type === 'presence');
    assert.equal(pushes.length, 2);
  });

  test('are done in the order in which they came, whatever their kind', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    const endpoint = { address: '192.0.2.1', port: 4000 };
    for (let id = 100; id < 140; id += 2) {
      session.send({ type: 'announce', id, endpoints: [{ ...endpoint, port: 4000 + id }] });
      session.send({ type: 'resync', id: id + 1 });
    }
    const answered: number[] = [];
    while (answered.length < 40) answered.push((await session.next('result')).id);
    assert.deepEqual(
      answered,
      Array.from({ length: 40 }, (_, n) => 100 + n),
    );
  });

  test('are counted for each account by itself', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { requests: rate(1) } });
    const { session: sam } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    assert.equal((await sam.ask({ type: 'resync' })).type, 'result');
    assert.equal((await sam.ask({ type: 'resync' })).type, 'error');
    assert.equal((await carol.ask({ type: 'resync' })).type, 'result');
  });

  test('are counted for all accounts of one address together too, and none of them is closed for others', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { requestsPerAddress: rate(10) } });
    const sessions = [];
    for (const name of ['Sam', 'Carol', 'Dave']) sessions.push((await signedIn(name)).session);
    const answers: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const session of sessions) answers.push((await session.ask({ type: 'resync' })).type);
    }
    assert.deepEqual(
      [answers.indexOf('error'), answers.filter((type) => type === 'result').length, answers.length],
      [10, 10, 30],
    );
  });

  test('that everybody watching is told of are counted for one address too', async (t) => {
    const { signedIn } = await startHarness(t, { limits: { changesPerAddress: rate(2) } });
    const answers: string[] = [];
    for (const name of ['Sam', 'Carol', 'Dave']) {
      const { session } = await signedIn(name);
      const endpoints = [{ address: '192.0.2.1', port: 4000 }];
      answers.push((await session.ask({ type: 'announce', endpoints })).type);
      assert.equal((await session.ask({ type: 'resync' })).type, 'result');
    }
    assert.deepEqual(answers, ['result', 'result', 'error']);
  });

  test('of somebody with 1,000 contacts, all looked up at once, are within the limit', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    const contacts = Array.from({ length: 990 }, (_, n) => n.toString(16).padStart(64, '0'));
    assert.equal((await session.ask({ type: 'watch', identities: contacts })).type, 'result');
    const answers = await Promise.all(contacts.map((identity) => session.ask({ type: 'look-up', identity })));
    assert.ok(answers.every(({ type }) => type === 'result'));
  });

  test('before the welcome end the session', async (t) => {
    const { url, member } = await startHarness(t);
    const sam = await member('Sam');
    const session = TestSession.connect(url);
    const challenge = await session.challenge();
    session.send(signInFrameOf(sam, challenge));
    session.send(signInFrameOf(sam, challenge));
    assert.equal((await session.closed).code, SessionClose.badRequest);
  });
});

describe('frames of a session', () => {
  test('in more pieces than any client sends end the session', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    for (let piece = 0; piece < 100; piece += 1) session.socket.send(' ', { fin: false });
    assert.equal((await session.closed).code, 1008);
  });

  test('that ask for pongs which nobody reads end the session', async (t) => {
    const { signedIn } = await startHarness(t);
    const { session } = await signedIn('Sam');
    session.socket.pause();
    const gone = new Promise<void>((resolve) => {
      const flood = (): void => {
        session.socket.ping('x'.repeat(125), undefined, (error?: Error) => {
          if (error === undefined) setImmediate(flood);
          else resolve();
        });
      };
      for (let at = 0; at < 50; at += 1) flood();
    });
    await gone;
    // Who does not read does not see the end either.
    session.socket.terminate();
  });
});
