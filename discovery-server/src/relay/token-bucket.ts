/** How much somebody may have of something that is measured: so much at once after a quiet time, and so much a second. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #countedAt: number;

  /** @param at the moment now, milliseconds; those that follow are of the same clock */
  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }, at: number) {
    this.#perSecond = perSecond;
    this.#most = burst;
    this.#left = burst;
    this.#countedAt = at;
  }

  /** Takes so much, whether it is there or not: what is missing has to come before anything more is taken. */
  take(amount: number, at: number): void {
    this.#earn(at);
    this.#left -= amount;
  }

  /** Whether nothing more may be taken now. */
  isEmpty(at: number): boolean {
    this.#earn(at);
    return this.#left <= 0;
  }

  /** Whether a new one would have no more. */
  isFull(at: number): boolean {
    this.#earn(at);
    return this.#left >= this.#most;
  }

  #earn(at: number): void {
    const earned = (Math.max(0, at - this.#countedAt) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#most, this.#left + earned);
    this.#countedAt = at;
  }
}
