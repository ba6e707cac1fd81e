import { setPriority } from 'node:os';

/** How much the peer's thread stands back behind others of its process (0 as VS Code's own, 19 most). */
const NICENESS = 5;

/**
 * Has the calling thread stand back where threads have a priority of their own: on Linux (setpriority(2), "C library/kernel
 * differences"). The extension host's thread then goes first, however much there is to store. Elsewhere it would be the
 * whole process, so nothing is done.
 */
export function yieldToOtherThreads(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // A machine that allows no such thing is as it was.
  }
}
