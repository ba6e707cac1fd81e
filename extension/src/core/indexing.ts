import type { Cancel, Clock, Log } from './ports.ts';
import { type HistoryStore, StorageError } from './storage-ports.ts';
import type { ChatEvents } from './views.ts';

/** Milliseconds without a new message after which they are indexed: a burst is stored before it is indexed. */
const QUIET_MS = 100;

/** Milliseconds that a message may wait for that, however many come: a search reads until then what waits. */
const LATEST_MS = 60_000;

/** Milliseconds between two slices: indexing takes a part of the thread, however much there is to do. */
const PAUSE_MS = 20;

/** Takes what is stored into the full-text index: after it was stored, a little at a time, so that nothing waits. */
export class Indexing {
  readonly #parts: { clock: Clock; history: HistoryStore; log: Log };
  #next: Cancel | null = null;
  /** When the first message came that may not be indexed yet; null when all are. */
  #since: number | null = null;

  constructor(parts: { clock: Clock; history: HistoryStore; log: Log }) {
    this.#parts = parts;
  }

  /** These events, of which those that tell of messages are followed by indexing. */
  after(events: ChatEvents): ChatEvents {
    return {
      ...events,
      messages: (messages) => {
        events.messages(messages);
        this.wake();
      },
    };
  }

  /** There may be something new. */
  wake(): void {
    const { clock } = this.#parts;
    this.#since ??= clock.now();
    const isLate = Math.abs(clock.now() - this.#since) >= LATEST_MS;
    if (isLate && this.#next !== null) return;
    this.#next?.();
    this.#next = clock.after(QUIET_MS, () => this.#some());
  }

  stop(): void {
    this.#next?.();
    this.#next = null;
    this.#since = null;
  }

  #some(): void {
    const isMore = this.#slice() > 0;
    if (!isMore) this.#since = null;
    this.#next = isMore ? this.#parts.clock.after(PAUSE_MS, () => this.#some()) : null;
  }

  #slice(): number {
    try {
      return this.#parts.history.index();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log('error', `Messages could not be indexed for searching: ${error.message}`);
      return 0;
    }
  }
}
