import * as z from 'zod/mini';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Cancel, Clock, Log } from './ports.ts';
import type { Outboxes } from './outboxes.ts';
import { type HistoryStore, StorageError } from './storage-ports.ts';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

/** How long another number of days has to stand, milliseconds: settings are heard of while they are typed. */
const SETTLED_MS = 60_000;

/**
 * A clock that is so much later than when it was last looked at may be wrong, and everything would be old by it. It is
 * believed when it has shown such a time for a day: who was away for a month waits a day longer.
 */
const DOUBTED_AFTER_MS = 30 * DAY_MS;
const BELIEVED_AFTER_MS = DAY_MS;

/** Of the history's settings. */
const SEEN = 'clock-seen';

/** Wall time that is believed, and when one was seen that is not yet. */
const seenClock = z.object({ at: z.number(), doubtedSince: z.nullable(z.number()) });
type SeenClock = z.infer<typeof seenClock>;

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
    if (days === 0) this.#isBelieved(this.#parts.clock.now());
    else if (isFirst) sweep();
    else this.#next = this.#parts.clock.after(SETTLED_MS, sweep);
  }

  stop(): void {
    this.#next?.();
    this.#next = null;
  }

  #sweep(days: number): void {
    const { clock } = this.#parts;
    const now = clock.now();
    const again = (): void => {
      this.#next = clock.after(HOUR_MS, () => this.#sweep(days));
    };
    if (!this.#isBelieved(now)) {
      again();
      return;
    }
    const before = now - days * DAY_MS;
    let total = 0;
    const some = (): void => {
      const count = this.#forget(before);
      total += count;
      if (count > 0) {
        this.#next = clock.soon(some);
        return;
      }
      again();
      if (total > 0) this.#forgot(before);
    };
    some();
  }

  /** Whether messages may be forgotten by this time; remembers it. */
  #isBelieved(now: number): boolean {
    const { history, log } = this.#parts;
    const { at, doubtedSince } = this.#seen() ?? { at: now, doubtedSince: null };
    const since = now - at <= DOUBTED_AFTER_MS ? null : Math.min(doubtedSince ?? now, now);
    const isBelieved = since === null || now - since >= BELIEVED_AFTER_MS;
    const next: SeenClock = isBelieved ? { at: now, doubtedSince: null } : { at, doubtedSince: since };
    try {
      history.setSetting(SEEN, JSON.stringify(next));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
    if (!isBelieved && doubtedSince === null) {
      log('warn', 'The clock of this computer is far ahead of what it was: old messages are kept for a day.');
    }
    return isBelieved;
  }

  #seen(): SeenClock | undefined {
    try {
      return decodeJson(seenClock, this.#parts.history.setting(SEEN) ?? '');
    } catch (error) {
      if (error instanceof MalformedError || error instanceof StorageError) return undefined;
      throw error;
    }
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
