import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import * as z from 'zod';
import { SharedRedis } from '../../discovery-server/src/shared/redis.ts';
import { launchRedis, noRedis } from '../../discovery-server/test/redis-process.ts';
import type { Helper } from '../lib/helper.ts';
import { type Plot, svg } from './plot.ts';
import { enoughFiles, type Place, stalls } from './rows.ts';
import { crowd, KNEE_MS, slowest } from './steps.ts';

const ACCOUNTS = 20_000;
const PEOPLE = 18_000;
const STEP = 1_000;
const MOST = 12_000;
const HOLD_MS = 6_000;
/** How often a step that was too slow is held again. */
const AGAIN = 4;
const COUNTS = [1, 2, 4] as const;

const anything = z.unknown();

/** One step of the growing crowd, at several servers. */
interface Step {
  readonly crowd: z.output<typeof crowd>;
  /** Of one processor: all servers together, and Redis. */
  readonly servers: number;
  readonly redis: number;
  /** What Redis did a second. */
  readonly commands: number;
}

/** What Redis says of itself so far. */
interface Usage {
  readonly cpu: number;
  readonly commands: number;
}

/** Adds clients to one, two and four servers on one Redis until they are too slow. @param folder for plot and table */
export async function measureInstances(place: Place, folder: string): Promise<void> {
  if (noRedis !== false) throw new Error(noRedis);
  const all = new Map<number, Step[]>();
  for (const count of COUNTS) {
    console.log(`${count} servers`);
    all.set(count, await measure(place, count));
  }
  writeFileSync(join(folder, 'instances.svg'), svg(plotOf(all)));
  writeFileSync(join(folder, 'instances.md'), `${table(all)}\n`);
  console.log(`\n${table(all)}`);
}

async function measure(place: Place, count: number): Promise<Step[]> {
  const redis = await launchRedis();
  const clients = place.start('clients');
  const servers = Array.from({ length: count }, () => place.start('discovery'));
  const steps: Step[] = [];
  const client = await SharedRedis.open(redis.url, pino({ level: 'silent' }));
  try {
    await enoughFiles(clients, 2 * STEP);
    const accounts = place.newFolder();
    await clients.ask('populate', { folder: accounts, accounts: ACCOUNTS, crowd: PEOPLE }, anything);
    await servers[0]?.ask('migrate', { folder: accounts, store: redis.url }, z.literal(0));
    const start = { folder: accounts, store: redis.url, limits: { sockets: MOST + STEP } };
    const ports: number[] = [];
    for (const server of servers) ports.push(await server.ask('start', start, z.int()));
    for (const server of servers) await server.ask('watchStalls', {}, anything);
    for (let to = STEP; to <= MOST; to += STEP) {
      await clients.ask('grow', { ports, to }, anything);
      let step = await hold(clients, servers, client);
      // What another program does for a moment is no knee.
      for (let again = 0; again < AGAIN && slowestOf(step) > KNEE_MS; again += 1) {
        const other = await hold(clients, servers, client);
        if (slowestOf(other) < slowestOf(step)) step = other;
      }
      steps.push(step);
      console.log(cells(count, step).join('  '));
      if (slowestOf(step) > KNEE_MS) break;
    }
  } catch (error) {
    // A crowd that the servers cannot hold breaks apart; what was found before counts.
    if (steps.length === 0) throw error;
    console.log(error instanceof Error ? error.message.split('\n')[0] : error);
  } finally {
    client.close();
    await clients.stop();
    for (const server of servers) await server.stop();
    await redis.dispose();
  }
  return steps;
}

async function hold(clients: Helper, servers: readonly Helper[], redis: SharedRedis): Promise<Step> {
  const cpuOf = async (): Promise<number> => {
    const found = await Promise.all(servers.map((server) => server.ask('stalls', {}, stalls)));
    return found.reduce((sum, { cpu }) => sum + cpu, 0);
  };
  const [cpu, before, begun] = [await cpuOf(), await usageOf(redis), performance.now()];
  const found = await clients.ask('hold', { ms: HOLD_MS }, crowd);
  const passed = performance.now() - begun;
  const after = await usageOf(redis);
  return {
    crowd: found,
    servers: ((await cpuOf()) - cpu) / 1_000 / passed,
    redis: ((after.cpu - before.cpu) * 1_000) / passed,
    commands: ((after.commands - before.commands) * 1_000) / passed,
  };
}

async function usageOf(redis: SharedRedis): Promise<Usage> {
  const text = z.string().parse(await redis.command('INFO', 'everything'));
  const value = (name: string): number => Number(new RegExp(`^${name}:([0-9.]+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    cpu: value('used_cpu_sys') + value('used_cpu_user'),
    commands: value('total_commands_processed'),
  };
}

function slowestOf({ crowd: found }: Step): number {
  return slowest({ crowd: found, server: { delay: 0, memory: 0, cpu: 0 } });
}

/** The slowest kind of request, over the number of clients. */
function plotOf(all: ReadonlyMap<number, readonly Step[]>): Plot {
  return {
    title: 'Latency of several discovery servers on one machine, 99 of 100 requests',
    x: 'clients that are signed in',
    y: 'ms',
    lines: [...all].map(([count, steps]) => ({
      name: count === 1 ? 'one server' : `${count} servers`,
      points: steps.map((step) => [step.crowd.clients, slowestOf(step)] as const),
    })),
    bound: { y: KNEE_MS, name: `the end: ${KNEE_MS} ms` },
  };
}

const HEAD = [
  'servers',
  'clients',
  'sign-in p50 / p99, ms',
  'page p50 / p99, ms',
  'presence p50 / p99, ms',
  'clients late p99, ms',
  'servers, of one processor',
  'Redis, of one processor',
  'commands a second',
];

function table(all: ReadonlyMap<number, readonly Step[]>): string {
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  const rows = [...all].flatMap(([count, steps]) => steps.map((step) => row(cells(count, step))));
  return [row(HEAD), row(HEAD.map(() => '---:')), ...rows].join('\n');
}

function cells(count: number, { crowd: found, servers, redis, commands }: Step): string[] {
  const { clients, signIn, page, presence, lag } = found;
  const both = ({ p50, p99 }: { p50: number; p99: number }): string =>
    `${p50.toFixed(1)} / ${p99.toFixed(0)}`;
  return [
    String(count),
    clients.toLocaleString('en'),
    both(signIn),
    both(page),
    both(presence),
    lag.toFixed(0),
    `${(servers * 100).toFixed(0)} %`,
    `${(redis * 100).toFixed(0)} %`,
    Math.round(commands).toLocaleString('en'),
  ];
}
