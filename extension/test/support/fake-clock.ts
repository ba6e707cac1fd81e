import type { Clock } from '../../src/core/ports.ts';

/** Time that stands still until a test moves it. `soon` runs when the test lets the present tick end. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #timers: { at: number; run: () => void }[] = [];
  #soon: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(run: () => void): () => void {
    this.#soon.push(run);
    return () => {
      this.#soon = this.#soon.filter((other) => other !== run);
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.length + this.#soon.length;
  }

  /** Lets everything that waits for nothing but the end of this tick happen, promises included. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#soon;
      this.#soon = [];
      for (const run of batch) run();
      if (batch.length > 0) quiet = -1;
    }
  }

  /** Moves on, firing what falls due in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await this.settle();
    }
    this.#now = end;
  }

  /** Sets the clock as a person or NTP does: timers keep their distance. */
  jump(ms: number): void {
    this.#now += ms;
    this.#timers = this.#timers.map((timer) => ({ ...timer, at: timer.at + ms }));
  }
}
