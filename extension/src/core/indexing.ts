import type { Cancel, Clock, HistoryStore, Log } from './ports.ts';
import { StorageError } from './ports.ts';
import type { ChatEvents } from './views.ts';

/** Milliseconds without a new message after which they are indexed: a burst is stored before it is indexed. */
const QUIET_MS = 100;

/** Milliseconds that a message may wait for that, however many come. */
const LATEST_MS = 1_000;

/** Milliseconds between two slices: indexing takes a part of the thread, however much there is to do. */
const PAUSE_MS = 20;

/** Takes what is stored into the full-text index: after it was stored, a little at a time, so that nothing waits. */
export class Indexing {
  readonly #parts: { clock: Clock; history: HistoryStore; log: Log };
  #next: Cancel | null = null;
  /** When the first message came that waits for a quiet moment; null while slices are under way. */
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
    if (this.#next !== null && this.#since === null) return;
    this.#since ??= clock.now();
    const waited = clock.now() - this.#since;
    // A clock that was set back says nothing about how long it was.
    const left = waited < 0 ? QUIET_MS : Math.max(LATEST_MS - waited, 0);
    this.#next?.();
    this.#next = clock.after(Math.min(QUIET_MS, left), () => this.#some());
  }

  stop(): void {
    this.#next?.();
    this.#next = null;
    this.#since = null;
  }

  #some(): void {
    this.#since = null;
    const isMore = this.#slice() > 0;
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
