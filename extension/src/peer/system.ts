import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '../core/ports.ts';

/** The machine's own time. */
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

/** The machine's own chance. */
export const systemRandom: Random = { uuid: () => randomUUID(), fraction: () => Math.random() };
