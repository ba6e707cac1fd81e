import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { challengeAnswer, DiscoveryPath, health, SessionClose } from '@p2p-chat/protocol/discovery';
import { MAX_OPEN_NONCES } from '@p2p-chat/protocol/limits';
import { decodeJson } from '@p2p-chat/protocol/text';
import { SERVER_LIMITS } from '../src/limits.ts';
import { startHarness } from './harness.ts';
import {
  http,
  person,
  postRegistration,
  register,
  registrationBodyOf,
  signInFrameOf,
  TestSession,
} from './test-client.ts';
import { rate, assertTooMany, tcp, handshake, eventually } from './limit-probes.ts';

describe('HTTP requests by one address', () => {
  test('are limited as challenges, as registrations and in all, each answered 429 with Retry-After', async (t) => {
    for (const [limits, path, method] of [
      [{ challenges: rate(2) }, DiscoveryPath.challenges, 'POST'],
      [{ registrations: rate(2) }, DiscoveryPath.accounts, 'POST'],
      [{ httpCalls: rate(2) }, '/nothing', 'GET'],
      [{ httpCalls: rate(2) }, DiscoveryPath.health, 'GET'],
    ] as const) {
      const { url } = await startHarness(t, { limits });
      for (let n = 0; n < 2; n += 1) assert.notEqual((await http(url, path, { method })).status, 429);
      const refused = await http(url, path, { method });
      assertTooMany(refused);
      assert.equal(refused.headers.get('connection'), 'close');
      const other = await http(url, path, { method, localAddress: '127.0.0.2' });
      assert.notEqual(other.status, 429);
    }
  });

  test('make so many accounts in an hour, and existing accounts do not count', async (t) => {
    const { url } = await startHarness(t, { limits: { newAccounts: rate(2) } });
    const sam = person('Sam');
    assert.equal((await register(url, sam)).status, 201);
    for (let n = 0; n < 3; n += 1) assert.equal((await register(url, sam)).status, 200);
    assert.equal((await register(url, person('Sam'))).status, 409);
    assert.equal((await register(url, person('Carol'))).status, 201);
    assertTooMany(await register(url, person('Dan')));
    assert.equal((await register(url, person('Dan'), { localAddress: '127.0.0.2' })).status, 201);
  });

  test('make no more accounts than that when all come at once', async (t) => {
    const { url } = await startHarness(t, { limits: { newAccounts: rate(5) } });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => register(url, person(`user-${n}`))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      ...Array<number>(5).fill(201),
      ...Array<number>(7).fill(429),
    ]);
    const { accounts } = decodeJson(health, (await http(url, DiscoveryPath.health)).text);
    assert.equal(accounts, 5);
  });

  test('can take a part of the open nonces only', () => {
    assert.ok(SERVER_LIMITS.challenges.calls <= MAX_OPEN_NONCES / 10);
    assert.equal(SERVER_LIMITS.challenges.seconds, 60);
  });
});

describe('sessions by one address', () => {
  test('are let in so often only', async (t) => {
    const { url } = await startHarness(t, { limits: { handshakes: rate(2) } });
    for (let n = 0; n < 2; n += 1) await TestSession.connect(url).next('challenge');
    assertTooMany(await handshake(url));
    await TestSession.connect(url, { localAddress: '127.0.0.2' }).next('challenge');
  });

  test('that have not signed in are few; signing in makes room, and so does leaving', async (t) => {
    const { url, member } = await startHarness(t, { limits: { waitingPerAddress: 2 } });
    const sam = await member('Sam');
    const first = TestSession.connect(url);
    await first.next('challenge');
    const second = TestSession.connect(url);
    const challenge = await second.challenge();
    assertTooMany(await handshake(url));
    second.send(signInFrameOf(sam, challenge));
    await second.next('welcome');
    await TestSession.connect(url).next('challenge');
    assertTooMany(await handshake(url));
    first.kill();
    await eventually(() => TestSession.connect(url).next('challenge'));
    assert.equal((await second.lookUp(sam.identity))?.online, true);
  });
});

describe('sockets', () => {
  test('are limited by address, idle ones too', async (t) => {
    const { url } = await startHarness(t, { limits: { socketsPerAddress: 3 } });
    const idle = [await tcp(t, url), await tcp(t, url), await tcp(t, url)];
    const { answer } = await tcp(t, url);
    assert.equal(await answer, '');
    assert.equal((await http(url, DiscoveryPath.health, { localAddress: '127.0.0.2' })).status, 200);
    await assert.rejects(http(url, DiscoveryPath.health));
    idle[0]?.socket.destroy();
    assert.equal((await eventually(() => http(url, DiscoveryPath.health))).status, 200);
  });

  test('are limited in all', async (t) => {
    const { url } = await startHarness(t, { limits: { sockets: 2 } });
    await tcp(t, url);
    await tcp(t, url);
    const { answer } = await tcp(t, url);
    assert.equal(await answer, '');
  });
});

describe('sign-ins of one account', () => {
  test('are so many a minute, and only proved ones count', async (t) => {
    const { url, member } = await startHarness(t, { limits: { signIns: rate(2) } });
    const sam = await member('Sam');
    for (let n = 0; n < 3; n += 1) {
      const forger = TestSession.connect(url);
      const challenge = await forger.challenge();
      const forged = signInFrameOf(person('Sam'), challenge);
      forger.send({ ...forged, identity: signInFrameOf(sam, challenge).identity });
      assert.equal((await forger.closed).code, SessionClose.badSignature);
    }
    await TestSession.signedIn(url, sam);
    const second = await TestSession.signedIn(url, sam);
    const third = TestSession.connect(url);
    third.send(signInFrameOf(sam, await third.challenge()));
    assert.equal((await third.closed).code, SessionClose.tooMany);
    assert.equal((await second.lookUp(sam.identity))?.online, true);
  });
});

describe('new accounts by an IPv6 household', () => {
  test('are limited by its /48 as well, so that it does not fill the directory', async (t) => {
    const publicOrigin = 'https://chat.example.com';
    const proxy = { publicOrigin, trusted: 1 };
    const { url } = await startHarness(t, { proxy, limits: { newAccounts: rate(2) } });
    const from = async (address: string, name: string): Promise<number> => {
      const via = { headers: { 'x-forwarded-for': address } };
      const challenge = await http(url, DiscoveryPath.challenges, { ...via, method: 'POST' });
      const { nonce } = decodeJson(challengeAnswer, challenge.text);
      const body = registrationBodyOf(person(name), { nonce, binding: `origin:${publicOrigin}` });
      return (await postRegistration(url, body, via)).status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      statuses.push(await from(`2001:db8:0:${0x100 + Math.floor(n / 2)}::1`, `user-${n}`));
    }
    assert.deepEqual(statuses, [...Array<number>(8).fill(201), ...Array<number>(4).fill(429)]);
    assert.equal(await from('198.51.100.7', 'honest'), 201);
    assert.equal(await from('2001:db8:1::1', 'neighbour'), 201);
  });
});
