import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '../../src/core/ports.ts';

/** The machine's own time, for tests on real sockets that never wait for it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};

/** No jitter, so that a test knows when something happens. */
export const steadyRandom: Random = { uuid: () => randomUUID(), fraction: () => 0 };
