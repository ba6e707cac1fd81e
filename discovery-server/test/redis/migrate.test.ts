import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import * as z from 'zod';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { run, start } from '../command.ts';
import { silent, temporaryFolder } from '../harness.ts';
import { noRedis, startRedis } from '../redis-process.ts';
import { SharedRedis } from '../../src/shared/redis.ts';
import { redisReservations } from '../../src/shared/redis-reservations.ts';
import { Reservations } from '../../src/reservations.ts';
import { cleanUp } from '../cleanup.ts';
import { openFileStore } from '../../src/store/file-store.ts';
import { reservationsFile } from '../../src/store/reservations-file.ts';
import { type Account } from '../../src/store/account-store.ts';
import { anAccount, handedOn } from '../store.contract.ts';
import { person, register, TestSession } from '../test-client.ts';

const people: Account[] = [
  { ...anAccount('Sam', 'a'), lastSeen: 77, device: 'd'.repeat(64) },
  anAccount('Carol', 'b'),
  handedOn('Eve').next,
];

async function accountsIn(folder: string): Promise<Set<Account>> {
  const store = await openFileStore(folder, Date.now, () => undefined);
  try {
    return new Set(await store.accounts());
  } finally {
    await store.close();
  }
}

/** A folder with Sam's account, and a Redis with none. */
async function samAndRedis(t: TestContext) {
  const { url } = await startRedis(t);
  const folder = await temporaryFolder(t);
  const store = await openFileStore(folder, Date.now, () => undefined);
  await store.add(anAccount('Sam', 'a'));
  await store.close();
  const redis = await SharedRedis.open(url, silent);
  cleanUp(t, () => redis.close());
  return { url, redis, folder };
}

describe('migrate', { skip: noRedis }, () => {
  test('takes a directory to Redis and back, with all there is of each account and the names that are kept', async (t) => {
    const { url } = await startRedis(t);
    const [folder, back] = [await temporaryFolder(t), path.join(await temporaryFolder(t), 'back')];
    const store = await openFileStore(folder, Date.now, () => undefined);
    for (const account of people) await store.add(account);
    await store.close();
    // As an older version took it: a name that looks like another one.
    const file = path.join(folder, 'accounts.db');
    const double = { _id: 'c'.repeat(64), name: 'S.a.m', registeredAt: 5, lastSeen: null };
    await writeFile(file, `${await readFile(file, 'utf8')}${JSON.stringify(double)}\n`);
    const kept = await Reservations.open(reservationsFile(folder), Date.now);
    const { code } = await kept.reserve('Mallory');
    const before = await accountsIn(folder);
    assert.equal(before.size, 4);
    const there = await run(['migrate', '--from', folder, '--to', url]);
    assert.deepEqual([there.code, there.stderr], [0, '4 accounts and 1 kept names were copied.\n']);
    assert.deepEqual(await accountsIn(folder), before);
    const home = await run(['migrate', '--from', url, '--to', back]);
    assert.equal(home.code, 0, home.stderr);
    assert.deepEqual(await accountsIn(back), before);
    const again = await Reservations.open(reservationsFile(back), Date.now);
    assert.equal(again.accepts('Mallory', code), true);
  });

  test('writes only where there is nothing, kept names included', async (t) => {
    const { url, redis, folder } = await samAndRedis(t);
    const kept = await Reservations.open(redisReservations(redis), Date.now);
    await kept.reserve('Mallory');
    const full = await run(['migrate', '--from', folder, '--to', url]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /has accounts or kept names already, and nothing was changed/);
    const other = await temporaryFolder(t);
    await writeFile(path.join(other, 'reservations.json'), '[]');
    const back = await run(['migrate', '--from', url, '--to', other]);
    assert.equal(back.code, 1);
    assert.match(back.stderr, /has reservations\.json already/);
  });

  test('begins anew after one that did not end, into which no server starts', async (t) => {
    const { url, redis, folder } = await samAndRedis(t);
    await redis.command('SET', redis.keys.migrating, '1');
    await redis.command('HSET', redis.keys.accounts, 'f'.repeat(64), 'Half\nhalf\n\n{}');
    const refused = await run(['--store', url, '--port', '0']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /a migration into this Redis runs, or did not end/);
    const { code, stderr } = await run(['migrate', '--from', folder, '--to', url]);
    assert.deepEqual([code, stderr], [0, '1 accounts and 0 kept names were copied.\n']);
    assert.equal(await redis.command('HLEN', redis.keys.accounts), 1);
  });

  test('leaves what servers use alone', async (t) => {
    const { url } = await startRedis(t);
    const folder = await temporaryFolder(t);
    await start(t, ['--store', url, '--port', '0']);
    const redis = await run(['migrate', '--from', url, '--to', path.join(folder, 'new')]);
    assert.match(redis.stderr, /servers use this Redis/);
    assert.equal(redis.code, 1);
    const data = path.join(folder, 'data');
    await start(t, ['--data', data, '--port', '0']);
    const used = await run(['migrate', '--from', data, '--to', 'redis://127.0.0.1:1']);
    assert.equal(used.code, 5);
  });

  test('says what is wrong with its options, and never a password', async () => {
    for (const [args, says] of [
      [[], /needs --from and --to/],
      [['--from', 'a', '--to', 'b'], /from a folder to a Redis/],
      [['--from', '/nowhere', '--to', 'redis://:horse@'], /--to: it is an address/],
      [['--from', '/nowhere', '--to', 'redis://:horse@127.0.0.1:1'], /has no accounts/],
      [['--from', 'redis://:horse@127.0.0.1:1', '--to', '/nowhere'], /Redis cannot be used: .*ECONNREFUSED/],
    ] as const) {
      const { code, stderr } = await run(['migrate', ...args]);
      assert.ok(code === 1 || code === 2, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /horse/);
    }
  });
});

describe('users --store', { skip: noRedis }, () => {
  test('lists, renames, resets and removes at whatever instance somebody is', async (t) => {
    const { url } = await startRedis(t);
    const [one, other] = [
      await start(t, ['--store', url, '--port', '0']),
      await start(t, ['--store', url, '--port', '0']),
    ];
    const [sam, carol] = [person('Sam'), person('Carol')];
    for (const who of [sam, carol]) assert.equal((await register(one.url, who)).status, 201);
    const session = await TestSession.signedIn(one.url, sam);
    const watcher = await TestSession.signedIn(other.url, carol);
    await watcher.watch(sam.identity);
    const users = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(['users', ...args], { P2P_CHAT_STORE: url });
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const listed = z.array(z.object({ name: z.string(), online: z.boolean() }));
    assert.deepEqual(decodeJson(listed, await users('list', '--json')), [
      { name: 'Carol', online: true },
      { name: 'Sam', online: true },
    ]);
    await users('rename', 'Sam', 'Samuel');
    assert.equal((await session.closed).code, SessionClose.renamed);
    const [, code = ''] = /\n {2}(\S+)\n/.exec(await users('reset-identity', 'Samuel', '--yes')) ?? [];
    assert.equal((await watcher.next('removed')).identity, sam.identity);
    const again = person('Samuel');
    assert.equal((await register(other.url, person('Samuel'))).status, 403);
    assert.equal((await register(one.url, again, { joinCode: code })).status, 201);
    await users('remove', 'Carol', '--yes');
    assert.equal((await watcher.closed).code, SessionClose.deleted);
    const backup = await run(['backup', 'x', '--store', url]);
    assert.equal(backup.code, 2);
    assert.match(backup.stderr, /by "migrate" first/);
  });
});

describe('a server with --store', { skip: noRedis }, () => {
  test('says at its start what of Redis lets accounts get lost', async (t) => {
    for (const [settings, says] of [
      [['--appendonly', 'no'], /appendonly no: a restart loses accounts/],
      [['--appendfsync', 'everysec'], /appendfsync everysec: a loss of power loses the last second/],
      [['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'], /allkeys-lru: .*it may drop accounts/],
      [['--rename-command', 'CONFIG', 'NOTHING'], /does not tell its settings/],
    ] as const) {
      const { url } = await startRedis(t, ...settings);
      const server = await start(t, ['--store', url, '--port', '0']);
      const { stdout } = await server.end('SIGTERM');
      assert.match(stdout, says);
    }
    const { url } = await startRedis(t);
    const server = await start(t, ['--store', url, '--port', '0']);
    assert.doesNotMatch((await server.end('SIGTERM')).stdout, /WARN/);
  });

  test('does not start without its Redis, and asks for one certificate where it speaks HTTPS', async (t) => {
    const away = await run(['--store', 'redis://:horse@127.0.0.1:1']);
    assert.equal(away.code, 1);
    assert.match(away.stderr, /^discovery-server: Redis cannot be used: connect ECONNREFUSED[^\n]*\n$/);
    const { url } = await startRedis(t);
    const open = await run(['--store', url, '--host', '0.0.0.0', '--port', '0']);
    assert.equal(open.code, 1);
    assert.match(open.stderr, /need one certificate.*--tls-cert/);
  });
});
