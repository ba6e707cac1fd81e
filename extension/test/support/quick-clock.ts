import type { Clock } from '../../src/core/ports.ts';

/** How many times as fast as the machine's. */
const SPEED = 5;

/** A clock that runs fast, for a test on real sockets that waits for a pause. Servers can have it too. */
export const quickClock: Clock & { elapsed(): number; every(periodMs: number, run: () => void): () => void } =
  {
    now: () => Math.round(performance.timeOrigin + quickClock.elapsed()),
    elapsed: () => performance.now() * SPEED,
    after: (ms, run) => {
      const timer = setTimeout(run, ms / SPEED);
      return () => clearTimeout(timer);
    },
    soon: (run) => {
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
    every: (periodMs, run) => {
      const timer = setInterval(run, periodMs / SPEED);
      return () => clearInterval(timer);
    },
  };
