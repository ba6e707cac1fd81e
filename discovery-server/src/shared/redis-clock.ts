import { CLOCK_KEPT_MS, CLOCK_MEASURED_MS } from '../limits.ts';

/** What Redis's clock shows, by what it showed: the one clock that all instances have. Milliseconds since 1970. */
export class RedisClock {
  #ahead = 0;
  #measuredAt = -Infinity;
  #took = Infinity;

  /** @param shown by Redis, between two moments of this machine's clock: the less between them, the better */
  shown(shown: number, asked: number, answered: number): void {
    const took = answered - asked;
    if (took < 0) return;
    const isGood = took <= CLOCK_MEASURED_MS || took <= this.#took;
    if (!isGood && Math.abs(answered - this.#measuredAt) < CLOCK_KEPT_MS) return;
    this.#ahead = shown - (asked + took / 2);
    this.#measuredAt = answered;
    this.#took = took;
  }

  /** @param wall what this machine's clock shows */
  now(wall: number): number {
    return wall + this.#ahead;
  }
}
