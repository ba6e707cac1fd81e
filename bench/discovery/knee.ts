import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { STALL_RESOLUTION_MS } from '../lib/figures.ts';
import type { Helper } from '../lib/helper.ts';
import { type Plot, svg } from './plot.ts';
import { enoughFiles, type Place, stalls } from './rows.ts';
import { crowd, KNEE_MS, kneeOf, slowest, type Step } from './steps.ts';

const ACCOUNTS = 20_000;
/** More cannot sign in: the others are strangers to the load. */
const PEOPLE = 18_000;
const STEP = 1_000;
const HOLD_MS = 6_000;
/** How often a step that was too slow is held again. */
const AGAIN = 2;

const anything = z.unknown();

/** Adds clients until the server is too slow or takes too much memory. @param folder where the plot is written */
export async function findKnee(place: Place, folder: string): Promise<void> {
  const clients = place.start('clients');
  const discovery = place.start('discovery');
  const steps: Step[] = [];
  let why = 'there are no more clients to add';
  try {
    const files = await clients.ask('openFiles', {}, z.number());
    await enoughFiles(clients, 2 * STEP);
    const most = Math.min(PEOPLE, Math.floor((files - 200) / STEP) * STEP);
    const accounts = place.newFolder();
    await clients.ask('populate', { folder: accounts, accounts: ACCOUNTS, crowd: PEOPLE }, anything);
    const port = await discovery.ask(
      'start',
      { folder: accounts, limits: { sockets: most + STEP } },
      z.int(),
    );
    await discovery.ask('watchStalls', {}, anything);
    for (let to = STEP; to <= most; to += STEP) {
      await clients.ask('grow', { ports: [port], to }, anything);
      let step = await hold(clients, discovery);
      // What another program does for a moment is no knee.
      for (let again = 0; again < AGAIN && kneeOf(step) !== undefined; again += 1) {
        const other = await hold(clients, discovery);
        if (slowest(other) < slowest(step)) step = other;
      }
      steps.push(step);
      console.log(cells(step).join('  '));
      const knee = kneeOf(step);
      if (knee === undefined) continue;
      why = knee;
      break;
    }
  } catch (error) {
    // A crowd that the server cannot hold breaks apart; what was found before counts.
    if (steps.length === 0) throw error;
    why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  } finally {
    await clients.stop();
    await discovery.stop();
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'knee.svg'), svg(plotOf(steps)));
  writeFileSync(join(folder, 'knee.md'), `${table(steps)}\n`);
  console.log(`\n${table(steps)}\n\nThe end: ${why}.`);
}

/** Keeps the crowd busy for a while. */
async function hold(clients: Helper, discovery: Helper): Promise<Step> {
  const before = await discovery.ask('stalls', {}, stalls);
  const begun = performance.now();
  const found = await clients.ask('hold', { ms: HOLD_MS }, crowd);
  const passed = performance.now() - begun;
  const after = await discovery.ask('stalls', {}, stalls);
  return {
    crowd: found,
    server: {
      delay: Math.max(0, after.p99 - STALL_RESOLUTION_MS),
      memory: after.rss / 1e6,
      cpu: (after.cpu - before.cpu) / 1_000 / passed,
    },
  };
}

/** What 99 of 100 took at most, over the number of clients. */
export function plotOf(steps: readonly Step[]): Plot {
  const line = (name: string, of: (step: Step) => number): Plot['lines'][number] => ({
    name,
    points: steps.map((step) => [step.crowd.clients, of(step)]),
  });
  return {
    title: 'Latency of the discovery server, 99 of 100 requests',
    x: 'clients that are signed in',
    y: 'ms',
    lines: [
      line('sign-in', ({ crowd: { signIn } }) => signIn.p99),
      line('presence', ({ crowd: { presence } }) => presence.p99),
      line('directory page', ({ crowd: { page } }) => page.p99),
      line('event loop late', ({ server }) => server.delay),
    ],
    bound: { y: KNEE_MS, name: `the end: ${KNEE_MS} ms` },
  };
}

const HEAD = [
  'clients',
  'sign-in p50 / p99, ms',
  'page p50 / p99, ms',
  'presence p50 / p99, ms',
  'server late p99, ms',
  'clients late p99, ms',
  'one processor',
  'memory, MB',
];

/** The steps as a table in Markdown. */
export function table(steps: readonly Step[]): string {
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [row(HEAD), row(HEAD.map(() => '---:')), ...steps.map((step) => row(cells(step)))].join('\n');
}

function cells({ crowd: { clients, signIn, page, presence, lag }, server }: Step): string[] {
  const both = ({ p50, p99 }: { p50: number; p99: number }): string =>
    `${p50.toFixed(1)} / ${p99.toFixed(0)}`;
  return [
    clients.toLocaleString('en'),
    both(signIn),
    both(page),
    both(presence),
    server.delay.toFixed(0),
    lag.toFixed(0),
    `${(server.cpu * 100).toFixed(0)} %`,
    server.memory.toFixed(0),
  ];
}
