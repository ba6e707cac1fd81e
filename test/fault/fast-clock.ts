import type { Clock } from '../../extension/src/core/ports.ts';

/**
 * How many times as fast as the machine's the clocks of a fault run are: a dead link is found after 3 s, and the first
 * pause before dialling again is about a third of one. What a peer or server waits for stays in proportion, since all of
 * them have such a clock.
 */
export const CLOCK_SPEED = 5;

/** A clock that runs fast and can be set, as a person or NTP sets one: timers keep their distance. */
export class FastClock implements Clock {
  readonly #began = Date.now();
  readonly #start = performance.now();
  #offset: number;

  /** @param offset milliseconds that it is ahead of the machine's at first */
  constructor(offset = 0) {
    this.#offset = offset;
  }

  now(): number {
    return Math.round(this.#began + this.elapsed() + this.#offset);
  }

  /** Milliseconds since it was made; setting the clock does not change them. */
  elapsed(): number {
    return (performance.now() - this.#start) * CLOCK_SPEED;
  }

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, ms / CLOCK_SPEED);
    return () => clearTimeout(timer);
  }

  soon(run: () => void): () => void {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  }

  every(periodMs: number, run: () => void): () => void {
    const timer = setInterval(run, periodMs / CLOCK_SPEED);
    return () => clearInterval(timer);
  }

  set(offset: number): void {
    this.#offset = offset;
  }
}
