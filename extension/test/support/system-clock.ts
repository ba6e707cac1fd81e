import { randomUUID } from 'node:crypto';
import type { Random } from '../../src/core/ports.ts';

/** The machine's own time, for tests on real sockets that never wait for it. */
export { systemClock } from '../../src/peer/system.ts';

/** No jitter, so that a test knows when something happens. */
export const steadyRandom: Random = { uuid: () => randomUUID(), fraction: () => 0 };
