import type { Cancel, Clock } from './ports.ts';

/** How often something may be done. */
export interface Pace {
  /** At once, after a quiet time. */
  readonly burst: number;
  /** And once more in each such time, milliseconds. */
  readonly everyMs: number;
}

/**
 * Does a piece of work whenever it is asked for, at a bounded pace: what cannot be done now is done once, later, however
 * often it was asked for meanwhile.
 */
export class Paced {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #work: (isLate: boolean) => void;
  #left: number;
  #countedAt: number;
  #waiting: Cancel | null = null;

  /** @param work is told whether it had to wait for its turn */
  constructor(clock: Clock, pace: Pace, work: (isLate: boolean) => void) {
    this.#clock = clock;
    this.#pace = pace;
    this.#work = work;
    this.#left = pace.burst;
    this.#countedAt = clock.now();
  }

  ask(): void {
    if (this.#waiting !== null) return;
    this.#earn();
    if (this.#left >= 1) {
      this.#left -= 1;
      this.#work(false);
      return;
    }
    const wait = Math.ceil((1 - this.#left) * this.#pace.everyMs);
    this.#waiting = this.#clock.after(wait, () => {
      this.#waiting = null;
      this.#left = 0;
      this.#countedAt = this.#clock.now();
      this.#work(true);
    });
  }

  stop(): void {
    this.#waiting?.();
    this.#waiting = null;
  }

  /** A clock that was set back gives nothing, and takes nothing. */
  #earn(): void {
    const now = this.#clock.now();
    const earned = Math.max(0, now - this.#countedAt) / this.#pace.everyMs;
    this.#left = Math.min(this.#pace.burst, this.#left + earned);
    this.#countedAt = now;
  }
}
