import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiscoveryPath, errorBody, SessionClose } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { DRAIN_STEP_MS, STORE_FAILING_MS } from '../src/limits.ts';
import { StoreFailedError } from '../src/store/account-store.ts';
import { memoryStore } from '../src/store/memory.ts';
import { start } from './command.ts';
import { observed, startHarness, temporaryFolder } from './harness.ts';
import { http, type HttpAnswer, person, register, TestSession } from './test-client.ts';

async function readyz(url: string): Promise<HttpAnswer> {
  return http(url, DiscoveryPath.ready);
}

function assertNotReady({ status, text }: HttpAnswer, why: string): void {
  assert.equal(status, 503);
  const { error } = decodeJson(errorBody, text);
  assert.deepEqual([error.code, error.message], ['unavailable', why]);
}

describe('readiness', () => {
  test('is there once the server listens, and takes GET only', async (t) => {
    const { url } = await startHarness(t);
    const { status, text } = await readyz(url);
    assert.deepEqual([status, text], [200, '{"status":"ready"}']);
    assert.equal((await http(url, DiscoveryPath.ready, { method: 'POST' })).status, 405);
  });

  test('ends while accounts cannot be written, and comes back with the first that can; it is alive all the while', async (t) => {
    let full = false;
    const store = memoryStore();
    const failing: typeof store = {
      ...store,
      add: (account) => (full ? Promise.reject(new StoreFailedError('disk full')) : store.add(account)),
    };
    const { url, member } = await startHarness(t, { store: failing });
    full = true;
    assert.equal((await register(url, person('Sam'))).status, 503);
    assertNotReady(await readyz(url), 'accounts cannot be written');
    assert.equal((await http(url, DiscoveryPath.health)).status, 200);
    full = false;
    await member('Sam');
    assert.equal((await readyz(url)).status, 200);
  });

  test('comes back by itself after a while, since whoever is sent elsewhere brings no write that could go well', async (t) => {
    const store = memoryStore();
    const failing: typeof store = {
      ...store,
      add: () => Promise.reject(new StoreFailedError('disk full')),
    };
    const { url, clock } = await startHarness(t, { store: failing });
    assert.equal((await register(url, person('Sam'))).status, 503);
    clock.advance(STORE_FAILING_MS - 1);
    assertNotReady(await readyz(url), 'accounts cannot be written');
    clock.advance(1);
    assert.equal((await readyz(url)).status, 200);
    assert.equal((await register(url, person('Carol'))).status, 503);
    assertNotReady(await readyz(url), 'accounts cannot be written');
  });

  test('does not end because a name is taken', async (t) => {
    const { url, member } = await startHarness(t);
    await member('Sam');
    assert.equal((await register(url, person('Sam'))).status, 409);
    assert.equal((await readyz(url)).status, 200);
  });
});

describe('draining', () => {
  test('says so, takes nothing new, and closes sessions a few at a time within the time given', async (t) => {
    const { server, url, clock, signedIn } = await startHarness(t);
    const sessions = await Promise.all(
      ['Sam', 'Carol', 'Dave', 'Eve'].map(async (name) => (await signedIn(name)).session),
    );
    let closed = 0;
    for (const session of sessions) void session.closed.then(() => (closed += 1));
    const drained = server.drain(4 * DRAIN_STEP_MS);
    assertNotReady(await readyz(url), 'the server stops');
    assert.equal((await http(url, DiscoveryPath.health)).status, 200);
    const challenge = await http(url, DiscoveryPath.challenges, { method: 'POST' });
    assertNotReady(challenge, 'the server stops');
    assert.ok(Number(challenge.headers.get('retry-after')) > 0);
    await assert.rejects(TestSession.connect(url).challenge());
    assert.equal(closed, 0);
    clock.advance(DRAIN_STEP_MS);
    const first = await Promise.race(sessions.map(({ closed }) => closed));
    assert.equal(first.code, SessionClose.goingAway);
    assert.equal(closed, 1);
    clock.advance(3 * DRAIN_STEP_MS);
    await drained;
    const codes = await Promise.all(sessions.map(async (session) => (await session.closed).code));
    assert.deepEqual(new Set(codes), new Set([SessionClose.goingAway]));
  });

  test('sends few people away no earlier than many', async (t) => {
    const { metrics, state } = observed();
    const { server, clock, signedIn } = await startHarness(t, { metrics });
    for (const name of ['Sam', 'Carol']) await signedIn(name);
    const drained = server.drain(4 * DRAIN_STEP_MS);
    const open = [];
    for (let step = 1; step <= 4; step += 1) {
      clock.advance(DRAIN_STEP_MS);
      open.push(state().sessions.open);
    }
    assert.deepEqual(open, [2, 1, 1, 0]);
    await drained;
  });
});

describe('the command', () => {
  test('drains on SIGTERM for the seconds that it was given, and then ends well', async (t) => {
    const data = await temporaryFolder(t);
    const running = await start(t, ['--port', '0', '--data', data, '--drain-seconds', '1']);
    const sam = person('Sam');
    assert.equal((await register(running.url, sam)).status, 201);
    const session = await TestSession.signedIn(running.url, sam);
    const ended = running.end('SIGTERM');
    let answer = await readyz(running.url);
    while (answer.status === 200) answer = await readyz(running.url);
    assertNotReady(answer, 'the server stops');
    assert.equal((await session.closed).code, SessionClose.goingAway);
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    assert.match(stdout, /stopped\n$/);
  });

  test('ends at once on a second signal', async (t) => {
    const data = await temporaryFolder(t);
    const running = await start(t, ['--port', '0', '--data', data, '--drain-seconds', '60']);
    void running.end('SIGTERM');
    while ((await readyz(running.url)).status !== 503);
    const begun = performance.now();
    const { code, stdout } = await running.end('SIGINT');
    assert.equal(code, 130);
    assert.ok(performance.now() - begun < 5_000);
    assert.doesNotMatch(stdout, /stopped\n$/);
  });
});
