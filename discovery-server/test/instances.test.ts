import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { DiscoveryPath, RELAY_PROTOCOL, SessionClose } from '@p2p-chat/protocol/discovery';
import { freePort } from '../../scripts/lib/ports.ts';
import { SharedRedis } from '../src/shared/redis.ts';
import { cleanUp } from './cleanup.ts';
import { silent } from './harness.ts';
import { startInstance, until } from './instances.ts';
import { noRedis, startRedis } from './redis-process.ts';
import {
  http,
  newDevice,
  person,
  register,
  registrationBodyOf,
  getChallenge,
  postRegistration,
  signInFrameOf,
  successor,
  TestSession,
} from './test-client.ts';

const endpoint = { address: '2001:db8::7', port: 40_000 };

async function two(t: TestContext) {
  const redis = await startRedis(t, '--appendfsync', 'no');
  const [one, other] = [await startInstance(t, redis.url), await startInstance(t, redis.url)];
  return { redis, one: one.url, other: other.url };
}

/** Registered at one instance; signed in at `url`. */
async function signedIn(url: string, name: string, registeredAt = url) {
  const who = person(name);
  const { status, text } = await register(registeredAt, who);
  assert.equal(status, 201, text);
  return { who, session: await TestSession.signedIn(url, who) };
}

describe('two instances on one Redis', { skip: noRedis }, () => {
  test('let somebody in who registered at the other a moment ago', async (t) => {
    const { one, other } = await two(t);
    for (let count = 0; count < 20; count += 1) await signedIn(other, `user${count}`, one);
  });

  test('take the nonce that the other gave out, once', async (t) => {
    const { one, other } = await two(t);
    const sam = person('Sam');
    const challenge = await getChallenge(one);
    // The binding is to the port of the server that is asked.
    const body = registrationBodyOf(sam, { ...challenge, binding: (await getChallenge(other)).binding });
    assert.equal((await postRegistration(other, body)).status, 201);
    assert.equal((await postRegistration(one, body)).status, 401);
    assert.equal((await postRegistration(other, body)).status, 401);
  });

  test('tell of each other’s users: in snapshots, pushes, pages and look-ups', async (t) => {
    const { one, other } = await two(t);
    const { who: sam, session: samSession } = await signedIn(one, 'Sam');
    const { session: carol } = await signedIn(other, 'Carol');
    await until('Sam is told online', async () => (await carol.lookUp(sam.identity))?.online === true);
    const page = await carol.ask({ type: 'directory', after: null, limit: 10 });
    assert.ok(page.type === 'result');
    assert.deepEqual(
      page.page?.users.map(({ name, online }) => [name, online]),
      [
        ['Carol', true],
        ['Sam', true],
      ],
    );
    const [snapshot] = await carol.watch(sam.identity);
    assert.deepEqual([snapshot?.online, snapshot?.device], [true, sam.device]);
    await samSession.ask({ type: 'announce', endpoints: [endpoint] });
    const push = await carol.next('presence');
    assert.deepEqual(push.presence.endpoints, [endpoint]);
    await samSession.ask({ type: 'sign-out' });
    const gone = await carol.next('presence');
    assert.deepEqual([gone.presence.online, gone.seq], [false, 3]);
    assert.ok((gone.presence.lastSeen ?? 0) > 0);
    assert.equal((await carol.lookUp(sam.identity))?.lastSeen, gone.presence.lastSeen);
  });

  test('tell each other’s clients of new, renamed, replaced and removed accounts', async (t) => {
    const { one, other } = await two(t);
    const { session: carol } = await signedIn(other, 'Carol');
    await carol.ask({ type: 'watch-directory', on: true });
    const { who: sam, session } = await signedIn(one, 'Sam');
    assert.equal((await carol.next('account')).presence.name, 'Sam');
    await carol.watch(sam.identity);
    assert.equal((await session.ask({ type: 'rename', name: 'Samuel' })).type, 'result');
    assert.equal((await carol.next('presence')).presence.name, 'Samuel');
    const next = { ...successor(sam), name: 'Samuel' };
    assert.equal((await register(other, next)).status, 200);
    assert.equal((await session.closed).code, SessionClose.identityReplaced);
    await carol.next('succession');
    const again = await TestSession.signedIn(one, next);
    assert.equal((await again.ask({ type: 'delete-account' })).type, 'result');
    assert.equal((await again.closed).code, SessionClose.deleted);
    assert.equal((await carol.next('removed')).identity, next.identity);
    assert.equal(await carol.lookUp(sam.identity), null);
  });

  test('show somebody online all the time who comes back at the other', async (t) => {
    const { one, other } = await two(t);
    const { who: sam, session: first } = await signedIn(one, 'Sam');
    const { session: carol } = await signedIn(one, 'Carol');
    await until('Sam is told online', async () => (await carol.lookUp(sam.identity))?.online === true);
    await carol.watch(sam.identity);
    const second = await TestSession.signedIn(other, sam);
    assert.equal((await first.closed).code, SessionClose.replaced);
    // Killed at the one it is on now, and back at the first: as a load balancer would have it.
    second.kill();
    const third = await TestSession.signedIn(one, sam);
    await third.ask({ type: 'announce', endpoints: [endpoint] });
    const push = await carol.next('presence');
    assert.deepEqual([push.presence.online, push.presence.endpoints], [true, [endpoint]]);
    assert.deepEqual(carol.waiting(), []);
  });

  test('let another device in only when the person wants it, wherever the first one is', async (t) => {
    const { one, other } = await two(t);
    const { who: sam } = await signedIn(one, 'Sam');
    const session = TestSession.connect(other);
    session.send(signInFrameOf({ ...sam, device: newDevice() }, await session.challenge(), [], false));
    assert.equal((await session.closed).code, SessionClose.replaced);
  });

  test('hear only of those whom somebody of theirs watches', async (t) => {
    const { redis, one, other } = await two(t);
    const client = await SharedRedis.open(redis.url, silent);
    cleanUp(t, () => client.close());
    const heard = async (who: { identity: string }): Promise<unknown> =>
      client.command('PUBSUB', 'SHARDNUMSUB', client.keys.bucket(who.identity));
    const { who: sam } = await signedIn(one, 'Sam');
    const bucket = client.keys.bucket(sam.identity);
    assert.deepEqual(await heard(sam), [bucket, 0]);
    const { session } = await signedIn(other, 'Carol');
    await session.watch(sam.identity);
    assert.deepEqual(await heard(sam), [bucket, 1]);
  });

  test('carry a request to dial back to where the other is', async (t) => {
    const { one, other } = await two(t);
    const { who: sam, session: samSession } = await signedIn(one, 'Sam');
    const { who: carol, session } = await signedIn(other, 'Carol');
    await until('Sam is told online', async () => (await session.lookUp(sam.identity))?.online === true);
    await session.ask({ type: 'announce', endpoints: [endpoint] });
    assert.equal((await session.ask({ type: 'dial-back', identity: sam.identity })).type, 'result');
    const call = await samSession.next('dial-back');
    assert.deepEqual([call.identity, call.endpoints], [carol.identity, [endpoint]]);
  });
});

/** Somebody's end of a relay, at `url`. */
async function enter(url: string, ticket: string | undefined): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${ticket ?? ''}` };
  const socket = new WebSocket(url + DiscoveryPath.relay, RELAY_PROTOCOL, { headers });
  await once(socket, 'open');
  return socket;
}

describe('the relay of several instances', { skip: noRedis }, () => {
  test('is where the instance that made the pair says that it is', async (t) => {
    const redis = await startRedis(t, '--appendfsync', 'no');
    const port = await freePort();
    const instanceUrl = `http://127.0.0.1:${port}`;
    await startInstance(t, redis.url, { port, instanceUrl });
    const other = await startInstance(t, redis.url, { instanceUrl: 'http://127.0.0.1:1' });
    const { session: sam } = await signedIn(instanceUrl, 'Sam');
    const { who: carol, session } = await signedIn(other.url, 'Carol');
    await until('Carol is told online', async () => (await sam.lookUp(carol.identity))?.online === true);
    const answer = await sam.ask({ type: 'relay', identity: carol.identity });
    assert.ok(answer.type === 'result');
    const call = await session.next('relay');
    assert.deepEqual([answer.address, call.address], [instanceUrl, instanceUrl]);
    const [near, far] = [await enter(instanceUrl, answer.ticket), await enter(instanceUrl, call.ticket)];
    const heard = once(far, 'message');
    near.send(Buffer.from('hello'));
    assert.equal(String((await heard)[0]), 'hello');
    near.terminate();
    far.terminate();
  });

  test('is not for clients that do not know how to come there', async (t) => {
    const redis = await startRedis(t, '--appendfsync', 'no');
    const server = await startInstance(t, redis.url, { instanceUrl: 'http://127.0.0.1:1' });
    const { session } = await signedIn(server.url, 'Sam');
    const carol = person('Carol');
    await register(server.url, carol);
    const old = TestSession.connect(server.url);
    old.send(signInFrameOf(carol, await old.challenge(), [], true, ['dial-back', 'relay']));
    await old.next('welcome');
    const answer = await session.ask({ type: 'relay', identity: carol.identity });
    assert.deepEqual(answer.type === 'error' && answer.code, 'unavailable');
  });

  test('is for people of one instance where that has no address of its own', async (t) => {
    const { one, other } = await two(t);
    const { session: sam } = await signedIn(one, 'Sam');
    const { who: carol, session } = await signedIn(other, 'Carol');
    const { who: eve } = await signedIn(one, 'Eve');
    await until('Carol is told online', async () => (await sam.lookUp(carol.identity))?.online === true);
    const answer = await sam.ask({ type: 'relay', identity: carol.identity });
    assert.deepEqual(answer.type === 'error' && answer.code, 'unavailable');
    assert.deepEqual(session.waiting(), []);
    const near = await sam.ask({ type: 'relay', identity: eve.identity });
    assert.ok(near.type === 'result' && near.ticket !== undefined && near.address === undefined);
  });
});

describe('limits of several instances', { skip: noRedis }, () => {
  test('count guesses of the join code, and new accounts, together', async (t) => {
    const redis = await startRedis(t, '--appendfsync', 'no');
    const options = { joinCode: 'sesame', limits: { newAccounts: { calls: 3, seconds: 3_600 } } };
    const servers = [await startInstance(t, redis.url, options), await startInstance(t, redis.url, options)];
    const statuses = async (joinCode: string, count: number): Promise<number[]> => {
      const all: number[] = [];
      for (let place = 0; place < count; place += 1) {
        const url = servers[place % 2]?.url ?? '';
        all.push((await register(url, person(`${joinCode}${place}`), { joinCode })).status);
      }
      return all;
    };
    assert.deepEqual(await statuses('sesame', 5), [201, 201, 201, 429, 429]);
    assert.deepEqual(await statuses('wrong', 12), [...Array<number>(10).fill(403), 429, 429]);
  });

  test('count sign-ins of an account together', async (t) => {
    const redis = await startRedis(t, '--appendfsync', 'no');
    const limits = { signIns: { calls: 6, seconds: 3_600 } };
    const [one, other] = [
      await startInstance(t, redis.url, { limits }),
      await startInstance(t, redis.url, { limits }),
    ];
    const sam = person('Sam');
    await register(one.url, sam);
    for (let count = 0; count < 6; count += 1) await TestSession.signedIn(one.url, sam);
    // Once the one has told of them, and the other was told: with its own next word.
    const isRefused = async (): Promise<boolean> => {
      const session = TestSession.connect(other.url);
      session.send(signInFrameOf(sam, await session.challenge()));
      return Promise.race([
        session.closed.then(({ code }) => code === SessionClose.tooMany),
        session.next('welcome').then(() => false),
      ]);
    };
    await until('the other has heard of them', isRefused);
  });

  test('keep no address in Redis', async (t) => {
    const redis = await startRedis(t, '--appendfsync', 'no');
    const server = await startInstance(t, redis.url);
    await signedIn(server.url, 'Sam');
    const client = await SharedRedis.open(redis.url, silent);
    cleanUp(t, () => client.close());
    let keys: unknown[] = [];
    const isCounted = async (): Promise<boolean> => {
      keys = z.array(z.string()).parse(await client.command('KEYS', '*'));
      return keys.some((key) => String(key).includes('limit:handshakes'));
    };
    await until('limits are counted', isCounted);
    assert.ok(keys.every((key) => !String(key).includes('127.0.0.1')));
  });
});

describe('instances whose Redis fails', { skip: noRedis }, () => {
  test('are not ready until it is there again, and keep who is connected', async (t) => {
    const { redis, one, other } = await two(t);
    const { who: sam, session: samSession } = await signedIn(one, 'Sam');
    const { session: carol } = await signedIn(other, 'Carol');
    await until('Sam is told online', async () => (await carol.watch(sam.identity))[0]?.online === true);
    const ready = async (): Promise<number> => (await http(other, DiscoveryPath.ready)).status;
    assert.equal(await ready(), 200);
    await redis.kill();
    await until('the other is not ready', async () => (await ready()) === 503);
    const page = await carol.ask({ type: 'directory', after: null, limit: 10 });
    assert.equal(page.type === 'error' && page.code, 'unavailable');
    assert.equal((await register(one, person('Eve'))).status, 503);
    await redis.start();
    await until('the other is ready', async () => (await ready()) === 200);
    await samSession.ask({ type: 'announce', endpoints: [endpoint] });
    const push = await carol.next('presence');
    assert.deepEqual([push.presence.online, push.presence.endpoints], [true, [endpoint]]);
  });

  test('say again what it has lost of somebody who is there, as after a crash', async (t) => {
    const { redis, one } = await two(t);
    const { who: sam, session } = await signedIn(one, 'Sam');
    const client = await SharedRedis.open(redis.url, silent);
    cleanUp(t, () => client.close());
    const record = async (): Promise<string> =>
      z.string().parse(await client.command('GET', client.keys.presence(sam.identity)));
    const isSaid = async (): Promise<boolean> => (await record()).includes(endpoint.address);
    const before = await record();
    await session.ask({ type: 'announce', endpoints: [endpoint] });
    await until('the new address is there', isSaid);
    await client.command('SET', client.keys.presence(sam.identity), before);
    await until('it is there again', isSaid, 5_000);
  });

  test('say of nobody that they are offline before they can know it', async (t) => {
    const { redis, one, other } = await two(t);
    const { who: sam } = await signedIn(one, 'Sam');
    const { session: carol } = await signedIn(other, 'Carol');
    await redis.kill();
    assert.deepEqual(await carol.watch(sam.identity), []);
    await redis.start();
    const { presence } = await carol.next('presence');
    assert.deepEqual([presence.identity, presence.online], [sam.identity, true]);
  });

  test('delete nobody because it has lost the accounts', async (t) => {
    const { redis, one } = await two(t);
    const { who: sam } = await signedIn(one, 'Sam');
    const { session: carol } = await signedIn(one, 'Carol');
    await carol.watch(sam.identity);
    const client = await SharedRedis.open(redis.url, silent);
    cleanUp(t, () => client.close());
    await client.command('FLUSHALL');
    const isLost = async (): Promise<boolean> =>
      (await http(one, DiscoveryPath.ready)).text.includes('not in Redis any more');
    await until('the loss is seen', isLost);
    assert.deepEqual(
      carol.waiting().filter(({ type }) => type === 'removed'),
      [],
    );
    assert.match((await http(one, DiscoveryPath.health)).text, /"accounts":2/);
  });
});
