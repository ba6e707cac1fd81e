import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import { RedisStore } from '../../src/shared/redis-store.ts';
import { SharedRedis } from '../../src/shared/redis.ts';
import { cleanUp } from '../cleanup.ts';
import { silent } from '../harness.ts';
import { startInstance, until } from '../instances.ts';
import { openDoor } from './door.ts';
import { noRedis, type RedisProcess, startRedis } from '../redis-process.ts';
import { http, type Person, person, register, TestSession } from '../test-client.ts';

const endpoint = { address: '2001:db8::7', port: 40_000 };

/** A connection to one Redis itself. */
async function at(t: TestContext, redis: RedisProcess): Promise<SharedRedis> {
  const client = await SharedRedis.open(redis.url, silent);
  cleanUp(t, () => client.close());
  return client;
}

/** Two instances that know one address, behind which are a primary and its replica. */
async function replicated(t: TestContext) {
  const primary = await startRedis(t, '--appendfsync', 'no', '--repl-diskless-sync-delay', '0');
  const replica = await startRedis(t, '--appendfsync', 'no', '--replicaof', `127.0.0.1 ${primary.port}`);
  const [first, second] = [await at(t, primary), await at(t, replica)];
  await until('the replica follows', async () =>
    String(await second.command('INFO', 'replication')).includes('master_link_status:up'),
  );
  const door = await openDoor(t, primary.port);
  const [one, other] = [await startInstance(t, door.url), await startInstance(t, door.url)];
  const [sam, carol] = [person('Sam'), person('Carol')];
  for (const who of [sam, carol]) assert.equal((await register(one.url, who)).status, 201);
  const samSession = await TestSession.signedIn(one.url, sam);
  const carolSession = await TestSession.signedIn(other.url, carol);
  await until('Sam is told online', async () => (await carolSession.watch(sam.identity))[0]?.online === true);
  // A replica that has just come may be sent nothing for a second: a crash would take all of it along. WAIT is for what the
  // same connection wrote, and for all before that.
  await first.command('SET', 'written-last', '');
  await until('the replica has all of that', async () => (await first.command('WAIT', 1, 1_000)) === 1);
  return { primary, replica, first, second, door, one, other, sam, carol, samSession, carolSession };
}

type Replicated = Awaited<ReturnType<typeof replicated>>;

/** What is to be so once the other Redis is the primary: nobody was shown offline, and all goes on. */
async function goesOn(t: TestContext, { replica, one, other, sam, carol, ...sessions }: Replicated) {
  const { samSession, carolSession } = sessions;
  const isRegistered = async (who: Person): Promise<boolean> =>
    [200, 201].includes((await register(one.url, who)).status);
  const eve = person('Eve');
  await until('somebody new is taken', () => isRegistered(eve));
  for (const { url } of [one, other]) {
    await until('it is ready', async () => (await http(url, DiscoveryPath.ready)).status === 200);
  }
  await samSession.ask({ type: 'announce', endpoints: [endpoint] });
  const { presence } = await carolSession.next('presence');
  assert.deepEqual([presence.online, presence.endpoints], [true, [endpoint]]);
  await TestSession.signedIn(other.url, eve);
  assert.ok(carolSession.waiting().every((frame) => frame.type !== 'presence' || frame.presence.online));
  const accounts = await new RedisStore(await at(t, replica), 100).accounts();
  assert.deepEqual(accounts.map(({ name }) => name).sort(), [carol, eve, sam].map(({ name }) => name).sort());
}

describe('instances whose Redis has a replica', { skip: noRedis }, () => {
  test('go on with the replica when the primary crashes', async (t) => {
    const all = await replicated(t);
    await all.primary.kill();
    await all.second.command('REPLICAOF', 'NO', 'ONE');
    all.door.leadTo(all.replica.port);
    await goesOn(t, all);
  });

  test('leave a primary that has become the replica, though it lives and keeps their connections', async (t) => {
    const all = await replicated(t);
    all.door.leadTo(all.replica.port);
    await all.second.command('REPLICAOF', 'NO', 'ONE');
    await all.first.command('REPLICAOF', '127.0.0.1', String(all.replica.port));
    await goesOn(t, all);
  });

  test('believe a replica that numbers changes lower than the primary whose last ones it never had', async (t) => {
    const all = await replicated(t);
    const { first, second, samSession, carolSession } = all;
    await second.command('REPLICAOF', 'NO', 'ONE');
    // As by a clock that is ahead.
    await first.command('SET', first.keys.version, (Date.now() + 60_000) * 1_000);
    await samSession.ask({ type: 'announce', endpoints: [{ ...endpoint, port: 40_001 }] });
    assert.equal((await carolSession.next('presence')).presence.endpoints[0]?.port, 40_001);
    await all.primary.kill();
    all.door.leadTo(all.replica.port);
    await goesOn(t, all);
  });
});
