import * as z from 'zod';
import { commit, Ws } from './baselines.ts';
import { bundlePeer, bundleProcess } from './bundles.ts';
import { Helper } from './helper.ts';
import { nameOf, Pair, type Surroundings } from './pair.ts';
import type { Figure, Sample } from './table.ts';
import { newPerson, type Who } from './who.ts';

/** One figure of the peer. */
export interface Row extends Figure {
  /** For --only. */
  readonly name: string;
  /** Whether the stage's pair is what is measured. */
  readonly isOfPair?: boolean;
  /** Makes ready, then measures as often as it is asked. */
  readonly prepare: (stage: Stage) => Promise<() => Promise<Sample>>;
}

/** What rows share; made when the first asks for it. */
export class Stage {
  readonly around: Surroundings;
  readonly #ending: (() => Promise<void>)[] = [];
  #ws: Promise<Ws> | undefined;
  #pair: Promise<Pair> | undefined;
  #filled: Promise<Filled> | undefined;

  constructor(around: Surroundings) {
    this.around = around;
  }

  get folder(): string {
    return this.around.folder;
  }

  ws(): Promise<Ws> {
    return (this.#ws ??= this.#start(() => Ws.start()));
  }

  pair(): Promise<Pair> {
    return (this.#pair ??= this.#start(() => Pair.start(this.around)));
  }

  filled(): Promise<Filled> {
    return (this.#filled ??= this.#start(() => Filled.make(this.folder)));
  }

  /** Starts something that ends with the stage. */
  async #start<T extends { stop(): Promise<void> }>(begin: () => Promise<T>): Promise<T> {
    const part = await begin();
    this.#ending.push(() => part.stop());
    return part;
  }

  async stop(): Promise<void> {
    for (const end of this.#ending.splice(0).reverse()) await end();
  }
}

/** Somebody with 100,000 messages from 50 contacts, who are there too. */
class Filled {
  readonly store = new Helper('store');
  readonly crowd = new Helper('crowd');
  readonly who: Who;
  contacts: string[] = [];

  private constructor(folder: string) {
    this.who = newPerson(folder);
  }

  static async make(folder: string): Promise<Filled> {
    const filled = new Filled(folder);
    filled.contacts = await filled.crowd.ask('gather', { count: LINKS }, z.array(z.string()));
    const { who, contacts } = filled;
    await filled.store.ask('fill', { who, contacts, messages: MANY, bytes: 200 }, z.unknown());
    return filled;
  }

  async stop(): Promise<void> {
    await this.crowd.stop();
    await this.store.stop();
  }
}

const MANY = 100_000;
const LINKS = 50;
const FLUSHED = 10_000;

/** How long a rate is measured, milliseconds. */
const RATE_MS = 1_500;

const ms = (value: number): Sample => ({ measured: value, baseline: null });

export const rows: readonly Row[] = [
  {
    name: 'rate',
    isOfPair: true,
    title: 'acknowledged messages a second, 256 bytes, 64 in flight',
    unit: 'per second',
    baseline: 'the smaller of ws and 64 ÷ (3 × commit)',
    target: { bound: 'at least', factor: 0.6 },
    prepare: async (stage) => {
      const [ws, pair] = [await stage.ws(), await stage.pair()];
      return async () => {
        const baseline = Math.min(await ws.rate(256, RATE_MS), 64_000 / (3 * commit(stage.folder)));
        return { measured: await pair.rate(256, 64, RATE_MS), baseline };
      };
    },
  },
  {
    name: 'rate-1024',
    isOfPair: true,
    title: 'the same, 1,024 in flight',
    unit: 'per second',
    baseline: 'ws',
    target: { bound: 'at least', factor: 1 },
    prepare: async (stage) => {
      const [ws, pair] = [await stage.ws(), await stage.pair()];
      return async () => {
        const baseline = await ws.rate(256, RATE_MS);
        return { measured: await pair.rate(256, 1024, RATE_MS), baseline };
      };
    },
  },
  {
    name: 'rate-16k',
    isOfPair: true,
    title: 'the same, 16 KiB, 64 in flight',
    unit: 'per second',
    baseline: 'ws of 16 KiB',
    target: { bound: 'at least', factor: 0.3 },
    prepare: async (stage) => {
      const [ws, pair] = [await stage.ws(), await stage.pair()];
      return async () => {
        const baseline = await ws.rate(16 * 1024, RATE_MS);
        return { measured: await pair.rate(16 * 1024, 64, RATE_MS), baseline };
      };
    },
  },
  {
    name: 'flush',
    isOfPair: true,
    title: 'flush of 10,000 held messages, to the last receipt on disk',
    unit: 'per second',
    baseline: 'ws',
    target: { bound: 'at least', factor: 1.2 },
    prepare: async (stage) => {
      const [ws, pair] = [await stage.ws(), await stage.pair()];
      return async () => {
        const baseline = await ws.rate(256, RATE_MS);
        await pair.part(FLUSHED);
        const before = await processorTimes(pair);
        const measured = (FLUSHED / (await pair.flush(FLUSHED))) * 1_000;
        const after = await processorTimes(pair);
        const [writer, reader] = after.map((time, at) => ((time - (before[at] ?? 0)) / FLUSHED).toFixed(0));
        return {
          measured,
          baseline,
          note: `writer ${writer}, reader ${reader} µs of processor time a message`,
        };
      };
    },
  },
  {
    name: 'round-trip',
    isOfPair: true,
    title: 'round trip to a durable receipt, one at a time',
    unit: 'ms',
    baseline: '2 × ws + 4 × commit',
    target: { bound: 'at most', factor: 1 },
    prepare: async (stage) => {
      const [ws, pair] = [await stage.ws(), await stage.pair()];
      return async () => {
        const baseline = 2 * (await ws.roundTrip()) + 4 * commit(stage.folder);
        return { measured: await pair.roundTrip(100), baseline };
      };
    },
  },
  {
    name: 'dial',
    isOfPair: true,
    title: 'from dialling to the first receipt, warm',
    unit: 'ms',
    baseline: 'ws',
    target: { bound: 'at most', factor: 3 },
    prepare: async (stage) => {
      const [ws, pair] = [await stage.ws(), await stage.pair()];
      return async () => {
        await pair.part(1);
        const [baseline, secure] = [await ws.dial(), await ws.dialSecurely()];
        const note = `ws over the same TLS ${secure.toFixed(1)} ms`;
        return { baseline, measured: await pair.dial(), note };
      };
    },
  },
  {
    name: 'open',
    title: 'open a conversation at its end, in 100,000 messages',
    unit: 'ms',
    baseline: '',
    target: { bound: 'at most', factor: 5 },
    prepare: async (stage) => {
      const { store, who, contacts } = await stage.filled();
      const asked = { folder: who.globalStorage, contact: contacts[0] };
      return async () => ms(await store.ask('openConversation', asked, z.number()));
    },
  },
  {
    name: 'search',
    title: 'full-text search in 100,000 messages, first 50 hits',
    unit: 'ms',
    baseline: '',
    target: { bound: 'at most', factor: 20 },
    prepare: async (stage) => {
      const { store, who } = await stage.filled();
      return async () => ms(await store.ask('search', { folder: who.globalStorage }, z.number()));
    },
  },
  {
    name: 'stall',
    title: "longest stall of the extension host's own thread during the flush",
    unit: 'ms',
    baseline: '',
    target: { bound: 'at most', factor: 10 },
    prepare: async (stage) => {
      const script = await bundlePeer(stage.folder);
      return async () => ms(await stallOf(stage, script));
    },
  },
  {
    name: 'memory',
    title: 'resident memory with 100,000 messages and 50 links',
    unit: 'MB',
    baseline: '',
    target: { bound: 'at most', factor: 40 },
    prepare: async (stage) => {
      const { folder } = stage;
      const scripts = {
        peer: await bundlePeer(folder),
        person: await bundleProcess(folder, 'person'),
        empty: await bundleProcess(folder, 'empty'),
      };
      const filled = await stage.filled();
      return () => memoryOf(stage, filled, scripts);
    },
  },
];

function processorTimes(pair: Pair): Promise<number[]> {
  return Promise.all(pair.helpers.map((helper) => helper.ask('processor', {}, z.number())));
}

/** Both people as VS Code runs them; the longer stall of the two. */
async function stallOf(stage: Stage, peerScript: string): Promise<number> {
  const pair = await Pair.start(stage.around);
  try {
    await pair.part(FLUSHED);
    await pair.restart(peerScript);
    const ends = pair.helpers;
    for (const end of ends) await end.ask('beginStall', {}, z.unknown());
    await pair.flush(FLUSHED);
    return Math.max(...(await Promise.all(ends.map((end) => end.ask('endStall', {}, z.number())))));
  } finally {
    await pair.stop();
  }
}

/** Megabytes of a peer with everything over those of an empty process with a worker. */
async function memoryOf(
  stage: Stage,
  { who, contacts, crowd }: Filled,
  scripts: { peer: string; person: string; empty: string },
): Promise<Sample> {
  const empty = new Helper('empty', scripts.empty);
  const full = new Helper('person', scripts.person);
  const notes: string[] = [];
  let before = 0;
  /** What a peer has over the empty one, and what the last step added to it. */
  const measure = async (step: string): Promise<number> => {
    const bytes = await full.ask('memory', {}, z.number());
    const over = (bytes - (await empty.ask('memory', {}, z.number()))) / 1e6;
    notes.push(`${step} ${(over - before).toFixed(0)} MB`);
    return (before = over);
  };
  try {
    await measure('window');
    const identity = await full.ask('start', { who, peerScript: scripts.peer, stores: 'real' }, z.string());
    await measure('started');
    const port = await full.ask('goOnline', { name: nameOf(identity), server: stage.around.server }, z.int());
    await measure('online');
    await crowd.ask('link', { identity, port }, z.unknown());
    await measure(`${LINKS} links`);
    await full.ask('open', { contact: contacts[0] }, z.unknown());
    const measured = await measure('opened');
    return { measured, baseline: null, note: notes.join(', ') };
  } finally {
    await full.stop();
    await empty.stop();
  }
}
