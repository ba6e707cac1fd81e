import type { Clock } from './clock.ts';
import { HEARTBEAT_MS, STALL_MS } from './limits.ts';
import type { Moment } from './presence.ts';

/**
 * The server's one timer and its notion of time for what is overdue: time in which this process did not run does
 * not pass, so that nobody is taken for dead because the server slept.
 */
export class Heartbeat {
  readonly #clock: Clock;
  #lost = 0;
  #lastBeat: number;
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastBeat = clock.elapsed();
  }

  moment(): Moment {
    return { at: this.#clock.elapsed() - this.#lost, wall: this.#clock.now() };
  }

  /** Calls `beat` every HEARTBEAT_MS until `stop`. */
  start(beat: (now: Moment) => void): void {
    this.#lastBeat = this.#clock.elapsed();
    this.#stop = this.#clock.every(HEARTBEAT_MS, () => {
      const late = this.#clock.elapsed() - this.#lastBeat;
      this.#lastBeat += late;
      if (late >= STALL_MS) this.#lost += late - HEARTBEAT_MS;
      beat(this.moment());
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
