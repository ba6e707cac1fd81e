import type { Clock } from './ports.ts';

/** How much of something is done at once, and how much more in each second after that. */
export interface Rate {
  readonly burst: number;
  readonly eachSecond: number;
}

/** What may be done of something that others ask for: beyond it nothing is, then or later. */
export class Allowance {
  readonly #clock: Clock;
  readonly #rate: Rate;
  #left: number;
  #countedAt: number;

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate.burst;
    this.#countedAt = clock.now();
  }

  /** Whether once more is allowed, which is taken by asking. A clock that was set back gives nothing, and takes nothing. */
  take(): boolean {
    const now = this.#clock.now();
    const earned = (Math.max(0, now - this.#countedAt) / 1_000) * this.#rate.eachSecond;
    this.#left = Math.min(this.#rate.burst, this.#left + earned);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
