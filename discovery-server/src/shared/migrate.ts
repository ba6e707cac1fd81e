import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import * as z from 'zod/mini';
import { MAX_ACCOUNTS } from '@p2p-chat/protocol/limits';
import { restoreInto } from '../admin/backup.ts';
import { keepOwner } from '../admin/offline.ts';
import { existing } from '../admin/operate.ts';
import { MAX_SHARED_ACCOUNTS, PRESENCE_UNSWEPT_MS } from '../limits.ts';
import { OptionError, readStore } from '../options.ts';
import { report } from '../report.ts';
import type { Reservation } from '../reservations.ts';
import type { Account } from '../store/account-store.ts';
import { holdDataFolder } from '../store/data-folder.ts';
import { openFileStore } from '../store/file-store.ts';
import { reservationsFile } from '../store/reservations-file.ts';
import { redisReservations } from './redis-reservations.ts';
import { RedisStore } from './redis-store.ts';
import { RedisError, SharedRedis } from './redis.ts';

export const MIGRATE_HELP = `Usage: discovery-server migrate --from <folder> --to redis://…
       discovery-server migrate --from redis://… --to <folder>

Copies accounts and kept names to where there are none yet, while no server uses either; the source stays as it
is. A server's own key is in its folder and stays there. Run it again if it did not end.

Exit code: 0 done, 1 not possible, 2 a bad option, 5 a server uses the folder.
`;

/** Everything that a directory has. */
interface Contents {
  readonly accounts: readonly Account[];
  readonly reservations: readonly Reservation[];
}

/** How many accounts are on their way to Redis at once. */
const AT_ONCE = 500;

const silent = pino({ level: 'silent' });

/** `migrate`. @param args without its own name. @returns the exit code */
export async function migrate(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === 'help') {
      process.stdout.write(MIGRATE_HELP);
      return 0;
    }
    const { from, to } = options;
    const contents = isRedis(from) ? await readRedis(from) : await readFolder(from);
    await (isRedis(to) ? writeRedis(to, contents) : writeFolder(to, contents));
    const { accounts, reservations } = contents;
    process.stderr.write(`${accounts.length} accounts and ${reservations.length} kept names were copied.\n`);
    return 0;
  } catch (error) {
    return report(error);
  }
}

function readOptions(args: readonly string[]): 'help' | { from: string; to: string } {
  let values: { from?: string | undefined; to?: string | undefined; help?: boolean | undefined };
  try {
    values = parseArgs({
      args: [...args],
      options: { from: { type: 'string' }, to: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (cause) {
    throw new OptionError('"migrate" takes --from and --to', { cause });
  }
  if (values.help === true) return 'help';
  const { from = '', to = '' } = values;
  if (from === '' || to === '') throw new OptionError('"migrate" needs --from and --to');
  if (isRedis(from) === isRedis(to)) {
    throw new OptionError('"migrate" goes from a folder to a Redis, or from a Redis to a folder');
  }
  if (isRedis(from)) readStore({ value: from, from: '--from' });
  if (isRedis(to)) readStore({ value: to, from: '--to' });
  return { from, to };
}

function isRedis(place: string): boolean {
  return /^rediss?:/.test(place);
}

async function readFolder(data: string): Promise<Contents> {
  const folder = await existing(data);
  const store = await openFileStore(
    folder,
    () => Date.now(),
    () => undefined,
  );
  try {
    return { accounts: await store.accounts(), reservations: await reservationsFile(folder).load() };
  } finally {
    await store.close();
    await keepOwner(folder);
  }
}

async function writeFolder(data: string, contents: Contents): Promise<void> {
  if (contents.accounts.length > MAX_ACCOUNTS) {
    throw new RedisError(
      `a folder is made for ${MAX_ACCOUNTS} accounts, and there are ${contents.accounts.length} in Redis.`,
    );
  }
  const folder = await holdDataFolder(data);
  try {
    await restoreInto(folder.path, { ...contents, files: [] });
  } finally {
    folder.release();
  }
  await keepOwner(folder.path);
}

async function readRedis(url: string): Promise<Contents> {
  return withRedis(url, async (redis, store) => ({
    accounts: await store.accounts(),
    reservations: await redisReservations(redis).load(),
  }));
}

async function writeRedis(url: string, { accounts, reservations }: Contents): Promise<void> {
  await withRedis(url, async (redis, store) => {
    const { keys } = redis;
    const all = [keys.accounts, keys.names, keys.heirs, keys.seen, keys.devices, keys.reservations];
    const isLeftOver = (await redis.command('EXISTS', keys.migrating)) === 1;
    if (isLeftOver) await redis.command('DEL', ...all);
    else if ((await redis.command('EXISTS', ...all)) !== 0) {
      throw new RedisError('this Redis has accounts or kept names already, and nothing was changed.');
    }
    await redis.command('SET', keys.migrating, '1');
    for (let start = 0; start < accounts.length; start += AT_ONCE) {
      await Promise.all(accounts.slice(start, start + AT_ONCE).map((account) => store.restore(account)));
    }
    await redisReservations(redis).save(reservations);
    const count = await redis.command('HLEN', keys.accounts);
    if (count !== accounts.length) throw new RedisError('not all accounts have come through. Run it again.');
    await redis.command('DEL', keys.migrating);
  });
}

async function withRedis<Result>(
  url: string,
  work: (redis: SharedRedis, store: RedisStore) => Promise<Result>,
): Promise<Result> {
  const redis = await SharedRedis.open(url, silent);
  try {
    if (await isInUse(redis)) {
      throw new RedisError('servers use this Redis: stop them first. Nothing was changed.');
    }
    return await work(redis, new RedisStore(redis, MAX_SHARED_ACCOUNTS));
  } finally {
    redis.close();
  }
}

/** Each server that runs looks once a second who has run out; one that has just stopped looks no more. */
async function isInUse(redis: SharedRedis): Promise<boolean> {
  const lastLook = async (): Promise<number> =>
    Number(z.nullable(z.string()).parse(await redis.command('GET', redis.keys.swept)) ?? 0);
  const looked = await lastLook();
  const [seconds = '0'] = z.array(z.string()).parse(await redis.command('TIME'));
  if (Number(seconds) * 1_000 - looked >= PRESENCE_UNSWEPT_MS) return false;
  await pause(PRESENCE_UNSWEPT_MS);
  return (await lastLook()) !== looked;
}
