import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { bundleProcess } from '../lib/bundles.ts';
import { median, STALL_RESOLUTION_MS } from '../lib/figures.ts';
import { Helper } from '../lib/helper.ts';
import type { Figure, Sample } from '../lib/table.ts';
import type { RowName } from './options.ts';

/** A figure of the discovery server. */
export interface DiscoveryRow extends Figure {
  readonly name: RowName;
  /** Measures once, with servers of its own. */
  readonly measure: (place: Place) => Promise<Sample>;
}

const ACCOUNTS = 20_000;
const CLIENTS = 5_000;
const REGISTRATIONS = 2_000;
const ASK_MS = 1_500;
const ANNOUNCES = 15;
const TRIPS = 400;
const TRIP_BATCHES = 6;
/** What an account may send is no part of what the relay can do. */
const UNLIMITED = { relayBytesPerSecond: 1_000_000_000_000 };
/** Sockets, and what else a process has open. */
const FILES = CLIENTS + 200;

const anything = z.unknown();
const asked = z.object({ rate: z.number(), count: z.int(), bytes: z.int() });
const flooded = z.object({ rate: z.number(), count: z.int() });
const trips = z.array(z.number());
const toldAll = z.object({ ms: z.number(), bytes: z.int() });
/** What a server says of its event loop and itself. */
export const stalls = z.object({ max: z.number(), p99: z.number(), cpu: z.number(), rss: z.number() });

/** Where servers are started: as they ship, in processes of their own. */
export class Place {
  readonly #folder: string;
  readonly #scripts: Readonly<Record<'discovery' | 'bare' | 'clients', string>>;

  private constructor(folder: string, scripts: Record<'discovery' | 'bare' | 'clients', string>) {
    this.#folder = folder;
    this.#scripts = scripts;
  }

  /** @param folder where files are made */
  static async make(folder: string): Promise<Place> {
    const [discovery, bare, clients] = await Promise.all([
      bundleProcess(folder, 'discovery'),
      bundleProcess(folder, 'bare'),
      bundleProcess(folder, 'clients'),
    ]);
    return new Place(folder, { discovery, bare, clients });
  }

  start(name: 'discovery' | 'bare' | 'clients'): Helper {
    return new Helper(name, this.#scripts[name]);
  }

  newFolder(): string {
    return mkdtempSync(join(this.#folder, 'accounts-'));
  }

  /**
   * Both servers and who comes to them; `measure` may leave everything as it is.
   * @param limits in place of those that a server has by itself
   */
  async with<T>(
    crowd: number,
    measure: (stage: DiscoveryStage) => Promise<T>,
    limits: { readonly relayBytesPerSecond?: number } = {},
  ): Promise<T> {
    const clients = this.start('clients');
    const bare = this.start('bare');
    const discovery = this.start('discovery');
    try {
      await enoughFiles(clients, crowd === 0 ? 0 : FILES);
      const folder = this.newFolder();
      const accounts = crowd === 0 ? 0 : ACCOUNTS;
      await clients.ask('populate', { folder, accounts, crowd }, anything);
      return await measure({
        clients,
        discovery,
        bare,
        port: await discovery.ask('start', { folder, limits }, z.int()),
        barePort: await bare.ask('port', {}, z.int()),
      });
    } finally {
      await clients.stop();
      await bare.stop();
      await discovery.stop();
    }
  }
}

/** What a row measures with. */
export interface DiscoveryStage {
  readonly clients: Helper;
  readonly discovery: Helper;
  readonly bare: Helper;
  readonly port: number;
  readonly barePort: number;
}

/** @throws {Error} that says how many files a process has to be allowed */
export async function enoughFiles(process: Helper, wanted: number): Promise<void> {
  const allowed = await process.ask('openFiles', {}, z.number());
  if (allowed >= wanted) return;
  throw new Error(
    `A process here may have ${allowed} files open and this takes ${wanted}: raise it, for instance with ` +
      `"ulimit -Hn ${wanted}" as root, and start again.`,
  );
}

/** Does something of a server so many times. @returns what it found, and microseconds of processors for each time */
async function costly<T>(
  server: Helper,
  work: () => Promise<T>,
  times: (found: T) => number,
): Promise<{ found: T; cost: number }> {
  const before = await server.ask('cpu', {}, z.number());
  const found = await work();
  const cost = ((await server.ask('cpu', {}, z.number())) - before) / times(found);
  return { found, cost };
}

/** What each takes of processors: a figure that other programs on the machine change less. */
function costs(one: { cost: number }, bare: { cost: number }): string {
  return `µs of processors for each: ${one.cost.toFixed(0)}, bare ${bare.cost.toFixed(0)}`;
}

/** Every figure, in the order in which they are measured. */
export const discoveryRows: readonly DiscoveryRow[] = [
  {
    name: 'register',
    title: 'registrations, durable',
    unit: 'per second',
    baseline: 'bare Express 5, POST of the same JSON',
    target: { bound: 'at least', factor: 0.5 },
    measure: (place) =>
      place.with(0, async ({ clients, discovery, bare, port, barePort }) => {
        // Both warm, as any server is that has run for a while.
        await clients.ask('register', { port, count: REGISTRATIONS }, z.number());
        await clients.ask('post', { port: barePort, count: REGISTRATIONS }, z.number());
        const all = { count: REGISTRATIONS };
        const posted = await costly(
          bare,
          () => clients.ask('post', { port: barePort, ...all }, z.number()),
          () => all.count,
        );
        // Challenges are asked for before the clock starts, so their part in what it takes is a few µs too much.
        const made = await costly(
          discovery,
          () => clients.ask('register', { port, ...all }, z.number()),
          () => all.count,
        );
        return { measured: made.found, baseline: posted.found, note: costs(made, posted) };
      }),
  },
  {
    name: 'page',
    title: 'directory pages of 50, 20,000 accounts',
    unit: 'per second',
    baseline: 'bare ws, request and reply of the same bytes',
    target: { bound: 'at least', factor: 0.5 },
    measure: (place) =>
      place.with(CLIENTS, async ({ clients, discovery, bare, port, barePort }) => {
        await clients.ask('signIn', { port, count: 500 }, anything);
        await clients.ask('connect', { port: barePort, count: 64 }, anything);
        const { bytes } = await clients.ask('pages', { ms: ASK_MS / 3 }, asked);
        await bare.ask('prepare', { reply: bytes, told: 0 }, anything);
        await clients.ask('barePages', { ms: ASK_MS / 3 }, asked);
        const count = ({ count }: { count: number }): number => count;
        const replied = await costly(bare, () => clients.ask('barePages', { ms: ASK_MS }, asked), count);
        const paged = await costly(
          discovery,
          () => clients.ask('pages', { ms: ASK_MS, after: 64 }, asked),
          count,
        );
        return {
          measured: paged.found.rate,
          baseline: replied.found.rate,
          note: `a page has ${bytes} bytes; ${costs(paged, replied)}`,
        };
      }),
  },
  {
    name: 'sign-in',
    title: 'sign-ins with 50 watches, 5,000 clients',
    unit: 'per second',
    baseline: 'bare ws, connections',
    target: { bound: 'at least', factor: 0.4 },
    measure: (place) =>
      place.with(CLIENTS + 100, async ({ clients, discovery, bare, port, barePort }) => {
        const all = { count: CLIENTS };
        const connected = await costly(
          bare,
          () => clients.ask('connect', { port: barePort, ...all }, z.number()),
          () => all.count,
        );
        await clients.ask('leave', {}, anything);
        const signedIn = await costly(
          discovery,
          () => clients.ask('signIn', { port, ...all }, z.number()),
          () => all.count,
        );
        return { measured: signedIn.found, baseline: connected.found, note: costs(signedIn, connected) };
      }),
  },
  {
    name: 'presence',
    title: 'presence change to the last of 5,000 watchers',
    unit: 'ms',
    baseline: 'bare ws, one prepared frame to all',
    target: { bound: 'at most', factor: 1.3 },
    measure: (place) =>
      place.with(CLIENTS + 100, async ({ clients, discovery, bare, port, barePort }) => {
        await clients.ask('signIn', { port, count: CLIENTS }, anything);
        await clients.ask('watchOne', { port }, anything);
        await clients.ask('connect', { port: barePort, count: CLIENTS }, anything);
        const { bytes } = await clients.ask('tell', {}, toldAll);
        await bare.ask('prepare', { reply: 50, told: bytes }, anything);
        await clients.ask('bareTell', {}, toldAll);
        const [measured, baseline, taken, plainTaken]: [number[], number[], number[], number[]] = [
          [],
          [],
          [],
          [],
        ];
        for (let each = 0; each < ANNOUNCES; each += 1) {
          const own = await costly(
            discovery,
            () => clients.ask('tell', {}, toldAll),
            () => CLIENTS,
          );
          const plain = await costly(
            bare,
            () => clients.ask('bareTell', {}, toldAll),
            () => CLIENTS,
          );
          measured.push(own.found.ms);
          baseline.push(plain.found.ms);
          taken.push(own.cost);
          plainTaken.push(plain.cost);
        }
        const each = costs({ cost: median(taken) }, { cost: median(plainTaken) });
        return {
          measured: median(measured),
          baseline: median(baseline),
          note: `a push has ${bytes} bytes; ${each}`,
        };
      }),
  },
  {
    name: 'memory',
    title: 'memory for an idle client with 50 watches, 5,000 clients',
    unit: 'KB',
    baseline: 'bare ws',
    target: { bound: 'at most', factor: 2 },
    measure: (place) =>
      place.with(CLIENTS + 100, async ({ clients, discovery, bare, port, barePort }) => {
        const each = async (server: Helper, join: () => Promise<unknown>): Promise<number> => {
          const before = await server.ask('memory', {}, z.number());
          await join();
          return ((await server.ask('memory', {}, z.number())) - before) / CLIENTS / 1_000;
        };
        const baseline = await each(bare, () =>
          clients.ask('connect', { port: barePort, count: CLIENTS }, anything),
        );
        await clients.ask('leave', {}, anything);
        const measured = await each(discovery, () =>
          clients.ask('signIn', { port, count: CLIENTS }, anything),
        );
        return { measured, baseline };
      }),
  },
  {
    name: 'ready',
    title: 'ready to serve, 20,000 accounts',
    unit: 'ms',
    baseline: '',
    target: { bound: 'at most', factor: 1_000 },
    measure: async (place) => {
      const clients = place.start('clients');
      const folder = place.newFolder();
      try {
        await clients.ask('populate', { folder, accounts: ACCOUNTS, crowd: 1 }, anything);
      } finally {
        await clients.stop();
      }
      const start = performance.now();
      const discovery = place.start('discovery');
      try {
        const port = await discovery.ask('start', { folder, limits: {} }, z.int());
        const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
        if (status !== 200) throw new Error(`not ready: ${status}`);
        return { measured: performance.now() - start, baseline: null };
      } finally {
        await discovery.stop();
      }
    },
  },
  {
    name: 'stall',
    title: 'longest stall of the event loop from then on',
    unit: 'ms',
    baseline: '',
    target: { bound: 'at most', factor: 50 },
    measure: (place) =>
      place.with(CLIENTS + 100, async ({ clients, discovery, port }) => {
        await discovery.ask('watchStalls', {}, anything);
        await clients.ask('signIn', { port, count: CLIENTS }, anything);
        await clients.ask('pages', { ms: ASK_MS }, asked);
        const { max } = await discovery.ask('stalls', {}, stalls);
        return { measured: max - STALL_RESOLUTION_MS, baseline: null };
      }),
  },
  {
    name: 'relay',
    title: 'relayed messages of 16 KiB, one pair',
    unit: 'per second',
    baseline: 'bare ws that joins two',
    target: { bound: 'at least', factor: 0.7 },
    measure: (place) =>
      place.with(
        2,
        async ({ clients, discovery, bare, port, barePort }) => {
          await clients.ask('join', { port, barePort }, anything);
          const flood = (server: Helper, by: 'piped' | 'relayed', ms: number) =>
            costly(
              server,
              () => clients.ask('flood', { by, ms }, flooded),
              ({ count }) => count,
            );
          await flood(bare, 'piped', ASK_MS / 3);
          await flood(discovery, 'relayed', ASK_MS / 3);
          const piped = await flood(bare, 'piped', ASK_MS);
          const relayed = await flood(discovery, 'relayed', ASK_MS);
          return {
            measured: relayed.found.rate,
            baseline: piped.found.rate,
            note: costs(relayed, piped),
          };
        },
        UNLIMITED,
      ),
  },
  {
    name: 'relay-trip',
    title: 'what the relay adds to a round trip of 256 bytes',
    unit: 'ms',
    baseline: 'what a bare ws that joins two adds',
    target: { bound: 'at most', factor: 1.3 },
    measure: (place) =>
      place.with(
        2,
        async ({ clients, port, barePort }) => {
          await clients.ask('join', { port, barePort }, anything);
          const found: Record<'direct' | 'piped' | 'relayed', number[]> = {
            direct: [],
            piped: [],
            relayed: [],
          };
          // In turns and briefly, so that what else runs on the machine meets all three; the first turn is to warm up.
          for (let batch = 0; batch <= TRIP_BATCHES; batch += 1) {
            for (const by of ['direct', 'piped', 'relayed'] as const) {
              const each = await clients.ask('roundTrips', { by, count: TRIPS }, trips);
              if (batch > 0) found[by].push(...each);
            }
          }
          const direct = median(found.direct);
          return {
            measured: median(found.relayed) - direct,
            baseline: median(found.piped) - direct,
            note: `${direct.toFixed(3)} ms with nothing between`,
          };
        },
        UNLIMITED,
      ),
  },
];
