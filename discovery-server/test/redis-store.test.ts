import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { RedisStore } from '../src/shared/redis-store.ts';
import { SharedRedis } from '../src/shared/redis.ts';
import { type AccountStore, IdentityReplacedError, NameTakenError } from '../src/store/account-store.ts';
import { cleanUp } from './cleanup.ts';
import { silent } from './harness.ts';
import { noRedis, startRedis } from './redis-process.ts';
import { anAccount, handedOn, storeContract } from './store.contract.ts';

async function connect(t: TestContext, url: string, maxAccounts: number): Promise<RedisStore> {
  const redis = await SharedRedis.open(url, silent);
  cleanUp(t, () => redis.close());
  return new RedisStore(redis, maxAccounts);
}

/** Each call by another one of several instances, as behind a load balancer. */
function inTurns(stores: readonly AccountStore[]): AccountStore {
  let turn = 0;
  const next = (): AccountStore => {
    turn = (turn + 1) % stores.length;
    const store = stores[turn];
    assert.ok(store !== undefined);
    return store;
  };
  return {
    accounts: () => next().accounts(),
    add: (account) => next().add(account),
    rename: (identity, name) => next().rename(identity, name),
    remove: (identity) => next().remove(identity),
    replace: (from, to) => next().replace(from, to),
    touch: (identity, traces) => next().touch(identity, traces),
    async close() {
      for (const store of stores) await store.close();
    },
  };
}

storeContract(
  'Redis, by three instances in turns',
  async (t, maxAccounts) => {
    const { url } = await startRedis(t, '--appendfsync', 'no');
    const stores = [1, 2, 3].map(() => connect(t, url, maxAccounts));
    return inTurns(await Promise.all(stores));
  },
  { skip: noRedis, inOrder: false },
);

storeContract(
  'Redis',
  async (t, maxAccounts) => {
    const { url } = await startRedis(t, '--appendfsync', 'no');
    return connect(t, url, maxAccounts);
  },
  { skip: noRedis },
);

describe('accounts in Redis', { skip: noRedis }, () => {
  test('are there again after a crash of Redis, each that was acknowledged', async (t) => {
    const redis = await startRedis(t);
    const store = await connect(t, redis.url, 100);
    const people = Array.from({ length: 16 }, (_, place) => anAccount(`u${place}x`, place.toString(16)));
    await Promise.all(people.map((account) => store.add(account)));
    const { old, next } = handedOn('Sam');
    await store.add(old);
    await store.replace(old.identity, next);
    await redis.kill();
    await redis.start();
    const again = await connect(t, redis.url, 100);
    assert.deepEqual(new Set(await again.accounts()), new Set([...people, next]));
    await assert.rejects(again.add(old), IdentityReplacedError);
    await assert.rejects(again.add({ ...anAccount('U3X', '0'), identity: '0a'.repeat(32) }), NameTakenError);
  });

  test('give every name to one of those who want it on three instances at once, and lose none', async (t) => {
    const { url } = await startRedis(t, '--appendfsync', 'no');
    const stores = await Promise.all([1, 2, 3].map(() => connect(t, url, 1_000)));
    const wants = Array.from({ length: 300 }, (_, place) => ({
      ...anAccount(`user${place % 100}`, '0'),
      identity: place.toString(16).padStart(64, '0'),
    }));
    const adding = wants.map((account, place) => (stores[place % 3] ?? assert.fail()).add(account));
    const outcomes = await Promise.allSettled(adding);
    const added = wants.filter((_, place) => outcomes[place]?.status === 'fulfilled');
    assert.equal(added.length, 100);
    assert.deepEqual(new Set(await stores[0]?.accounts()), new Set(added));
  });
});
