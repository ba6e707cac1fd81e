import type { Clock } from '../src/clock.ts';

interface Timer {
  readonly periodMs: number;
  readonly run: () => void;
  dueAt: number;
}

/** A clock that a test moves by hand. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #now: number;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  every(periodMs: number, run: () => void): () => void {
    const timer = { periodMs, run, dueAt: this.#elapsed + periodMs };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets `ms` milliseconds pass, running each timer when it is due. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((one, other) => one.dueAt - other.dueAt);
      if (next === undefined || next.dueAt > end) break;
      this.#move(next.dueAt - this.#elapsed);
      next.dueAt += next.periodMs;
      next.run();
    }
    this.#move(end - this.#elapsed);
  }

  /** Lets `ms` pass while the process does not run, as a sleeping laptop does: each timer then runs once, late. */
  stall(ms: number): void {
    this.#move(ms);
    for (const timer of this.#timers) {
      timer.dueAt = this.#elapsed + timer.periodMs;
      timer.run();
    }
  }

  #move(ms: number): void {
    this.#elapsed += ms;
    this.#now += ms;
  }
}
