import type { Cancel, Clock, Log } from './ports.ts';
import type { Outboxes } from './outboxes.ts';
import { type HistoryStore, StorageError } from './storage-ports.ts';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

/** How long another number of days has to stand, milliseconds: settings are heard of while they are typed. */
const SETTLED_MS = 60_000;

export interface RetentionParts {
  readonly clock: Clock;
  readonly history: HistoryStore;
  readonly outboxes: Outboxes;
  readonly log: Log;
}

/** Forgets old messages: once it is known for how long to keep them, and every hour; a little at a time, so that nothing waits. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #forgot: (before: number) => void;
  /** Null until it is said. */
  #days: number | null = null;
  #next: Cancel | null = null;

  /** @param forgot is told when what is older than this is gone, if there was any */
  constructor(parts: RetentionParts, forgot: (before: number) => void) {
    this.#parts = parts;
    this.#forgot = forgot;
  }

  /** @param days 0 keeps all */
  keep(days: number): void {
    if (this.#days === days) return;
    const sweep = (): void => this.#sweep(days);
    const isFirst = this.#days === null;
    this.stop();
    this.#days = days;
    if (days === 0) return;
    if (isFirst) sweep();
    else this.#next = this.#parts.clock.after(SETTLED_MS, sweep);
  }

  stop(): void {
    this.#next?.();
    this.#next = null;
  }

  #sweep(days: number): void {
    const { clock } = this.#parts;
    const before = clock.now() - days * DAY_MS;
    let total = 0;
    const some = (): void => {
      const count = this.#forget(before);
      total += count;
      if (count > 0) {
        this.#next = clock.soon(some);
        return;
      }
      this.#next = clock.after(HOUR_MS, () => this.#sweep(days));
      if (total > 0) this.#forgot(before);
    };
    some();
  }

  #forget(before: number): number {
    try {
      this.#parts.outboxes.letGo();
      return this.#parts.history.forget(before);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log('error', `Old messages could not be forgotten: ${error.message}`);
      return 0;
    }
  }
}
