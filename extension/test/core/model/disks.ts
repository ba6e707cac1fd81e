import { type HistoryStore, type OutboxStore, StorageError } from '../../../src/core/storage-ports.ts';
import { memoryHistory, memoryOutbox } from '../../support/memory-stores.ts';
import type { Disks } from '../world.ts';

/** What is to happen at a call of a store that is so many calls away. */
export interface Accident {
  readonly after: number;
  readonly kind:
    /** The disk fails once, and did nothing. */
    | 'fail'
    /** The process ends before the disk did what it was asked, or after. */
    | 'die-before'
    | 'die-after'
    /** All links are cut, and the disk does what it was asked. */
    | 'cut';
}

/** What survives a process: the stores themselves, and all changes of the history since it was empty. */
export class Platters {
  history = memoryHistory();
  readonly outboxes = new Map<string | null, OutboxStore>();
  #changes: ((history: HistoryStore) => unknown)[] = [];

  /** How many changes there were: a point to go back to. */
  get age(): number {
    return this.#changes.length;
  }

  changed(change: (history: HistoryStore) => unknown): void {
    this.#changes.push(change);
  }

  /** Puts a backup of the history in its place, as old as given; 0 is a lost one. Outboxes stay. */
  restore(age: number): void {
    this.#changes = this.#changes.slice(0, age);
    this.history = memoryHistory();
    for (const change of this.#changes) change(this.history);
  }
}

const READS = new Set([
  'contacts',
  'successors',
  'devices',
  'received',
  'notices',
  'summary',
  'page',
  'find',
  'undelivered',
  'outbound',
  'inbound',
  'workspaces',
  'setting',
  'close',
]);

/** What happens to links when something happens at a disk. */
export interface RunNetwork {
  /** All links are cut. */
  cut(): void;
  /** The process says nothing any more; what it said is on its way. */
  gone(): void;
}

/** The disks as one run of the peer sees them, with at most one accident to come. */
export class RunDisks implements Disks {
  readonly history: HistoryStore;
  readonly outboxes: Map<string | null, OutboxStore>;
  isDead = false;
  /** Whether the disk refused something. */
  hasFailed = false;
  accident: { left: number; kind: Accident['kind'] } | null = null;
  readonly #network: RunNetwork;

  constructor(platters: Platters, network: RunNetwork) {
    this.#network = network;
    this.history = this.#wrap(platters.history, (name, change) => {
      if (!READS.has(name)) platters.changed(change);
    });
    this.outboxes = new Shelf(platters.outboxes, (store) => this.#wrap(store, () => undefined));
  }

  expect({ after, kind }: Accident): void {
    this.accident = { left: after, kind };
  }

  /** Nothing reaches the disks or the network from now on. */
  die(): void {
    this.isDead = true;
    this.#network.gone();
  }

  #wrap<Store extends object>(
    store: Store,
    done: (name: string, again: (on: Store) => unknown) => void,
  ): Store {
    return new Proxy(store, {
      get:
        (target, name) =>
        (...args: unknown[]): unknown => {
          // What was stored is what the arguments were then.
          const kept = structuredClone(args);
          const call = (on: Store): unknown => {
            const method: unknown = Reflect.get(on, name);
            if (typeof method !== 'function') throw new TypeError(`${String(name)} is no method`);
            return Reflect.apply(method, on, structuredClone(kept));
          };
          return this.#step(() => {
            const result = call(target);
            done(String(name), call);
            return result;
          });
        },
    });
  }

  #step(work: () => unknown): unknown {
    if (this.isDead) throw new StorageError('the process is gone');
    const { accident } = this;
    if (accident === null) return work();
    accident.left -= 1;
    if (accident.left >= 0) return work();
    this.accident = null;
    switch (accident.kind) {
      case 'fail':
        this.hasFailed = true;
        throw new StorageError('the disk failed');
      case 'cut':
        this.#network.cut();
        return work();
      case 'die-before':
        this.die();
        throw new StorageError('the process died');
      case 'die-after':
        work();
        this.die();
        throw new StorageError('the process died');
    }
  }
}

/** Outboxes by folder, each made when it is first asked for. */
class Shelf extends Map<string | null, OutboxStore> {
  readonly #platters: Map<string | null, OutboxStore>;
  readonly #wrap: (store: OutboxStore) => OutboxStore;

  constructor(platters: Map<string | null, OutboxStore>, wrap: (store: OutboxStore) => OutboxStore) {
    super();
    this.#platters = platters;
    this.#wrap = wrap;
  }

  override get(folder: string | null): OutboxStore {
    const store = this.#platters.get(folder) ?? memoryOutbox();
    this.#platters.set(folder, store);
    return this.#wrap(store);
  }
}
