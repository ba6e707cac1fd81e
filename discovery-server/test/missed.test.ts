import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Endpoint, SessionClose } from '@p2p-chat/protocol/discovery';
import { CLAIM } from '../src/shared/presence-scripts.ts';
import { SharedRedis } from '../src/shared/redis.ts';
import { cleanUp } from './cleanup.ts';
import { silent } from './harness.ts';
import { startInstance, until } from './instances.ts';
import { noRedis, startRedis } from './redis-process.ts';
import { type Person, person, register, TestSession } from './test-client.ts';

const [here, elsewhere] = [40_000, 40_001].map((port): Endpoint => ({ address: '2001:db8::7', port }));

/** An instance with Sam and Carol, who watches him; and Redis, where another one says what the first does not hear all of. */
async function stage(t: TestContext) {
  const { url } = await startRedis(t, '--appendfsync', 'no');
  const instance = await startInstance(t, url);
  const [sam, carol] = [person('Sam'), person('Carol')];
  for (const who of [sam, carol]) assert.equal((await register(instance.url, who)).status, 201);
  const samSession = await TestSession.signedIn(instance.url, sam);
  const carolSession = await TestSession.signedIn(instance.url, carol);
  assert.ok(here !== undefined && elsewhere !== undefined);
  await samSession.ask({ type: 'announce', endpoints: [here] });
  const isHere = async (): Promise<boolean> => {
    const [seen] = await carolSession.watch(sam.identity);
    return seen?.online === true && seen.endpoints[0]?.port === here.port;
  };
  await until('Carol sees Sam', isHere);
  const redis = await SharedRedis.open(url, silent);
  cleanUp(t, () => redis.close());
  return { redis, sam, samSession, carolSession };
}

async function nextVersion(redis: SharedRedis): Promise<number> {
  return Number(await redis.command('INCR', redis.keys.version));
}

/** As CLAIM of another instance, but that nobody hears whom it replaces. */
async function isElsewhere(redis: SharedRedis, who: Person): Promise<void> {
  const told = JSON.stringify({ device: who.device, endpoints: [elsewhere], takes: [] });
  const record = `${await nextVersion(redis)} elsewhere:1 ${Date.now()} ${told}`;
  await redis.command('SET', redis.keys.presence(who.identity), record, 'PX', 60_000);
  await redis.command(redis.publish, redis.keys.bucket(who.identity), `${who.identity} ${record}`);
}

/** As RELEASE of another instance. */
async function isNowhere(redis: SharedRedis, who: Person): Promise<void> {
  await redis.command('DEL', redis.keys.presence(who.identity));
  await redis.command('ZREM', redis.keys.online, who.identity);
  const message = `${who.identity} ${await nextVersion(redis)} - ${Date.now()}`;
  await redis.command(redis.publish, redis.keys.bucket(who.identity), message);
}

/** CLAIM of another instance. @param later than Sam's sign-in here, milliseconds */
async function claim(redis: SharedRedis, who: Person, later: number): Promise<unknown> {
  const { keys, publish } = redis;
  const record = String(await redis.command('GET', keys.presence(who.identity)));
  const since = Number(record.split(' ')[2]) + later;
  const places = [keys.presence(who.identity), keys.online, keys.version, keys.accounts];
  const told = JSON.stringify({ device: who.device, endpoints: [elsewhere], takes: [] });
  const session = [who.identity, 'elsewhere:1', since, told];
  const names = [publish, keys.bucket(who.identity), keys.instance('')];
  return redis.run(CLAIM, places, [...names, ...session, 10_000, 60_000, 'before', 250]);
}

describe('an instance that does not hear of everything', { skip: noRedis }, () => {
  test('tells those who watch where somebody is now whose session it still believes to have', async (t) => {
    const { redis, sam, samSession, carolSession } = await stage(t);
    samSession.kill();
    await isElsewhere(redis, sam);
    const { presence } = await carolSession.next('presence');
    assert.deepEqual([presence.online, presence.endpoints], [true, [elsewhere]]);
  });

  test('tells them that somebody is gone, and does not bring back who has no connection to it', async (t) => {
    const { redis, sam, samSession, carolSession } = await stage(t);
    samSession.kill();
    await isElsewhere(redis, sam);
    await carolSession.next('presence');
    await isNowhere(redis, sam);
    assert.equal((await carolSession.next('presence')).presence.online, false);
    const renewed = performance.now() + 5_000;
    await until('renewals are over', () => performance.now() > renewed);
    assert.equal(await redis.command('EXISTS', redis.keys.presence(sam.identity)), 0);
    assert.deepEqual(carolSession.waiting(), []);
  });
});

describe('a session whose user signs in at another instance', { skip: noRedis }, () => {
  test('is over for good when that is later', async (t) => {
    const { redis, sam, samSession } = await stage(t);
    await claim(redis, sam, 10);
    assert.equal((await samSession.closed).code, SessionClose.replaced);
  });

  test('may come back when it cannot be told which is later', async (t) => {
    const { redis, sam, samSession } = await stage(t);
    await claim(redis, sam, -10);
    assert.equal((await samSession.closed).code, SessionClose.goingAway);
  });

  test('stays when that was earlier', async (t) => {
    const { redis, sam, samSession } = await stage(t);
    assert.equal(await claim(redis, sam, -1_000), 'other');
    assert.deepEqual((await samSession.ask({ type: 'announce', endpoints: [] })).type, 'result');
  });
});
