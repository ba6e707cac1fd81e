import { readFileSync } from 'node:fs';

/**
 * How many milliseconds something takes, without those in which these processes could have gone on and the machine was busy
 * with other work. On a machine that does nothing else that is all of its time, and so it is where the system does not tell.
 * @param pids the processes that have a part in it; of each the first thread, on which its JavaScript runs
 */
export async function ownTime<T>(
  pids: readonly number[],
  run: () => Promise<T>,
): Promise<{ readonly took: number; readonly result: T }> {
  const keptFromIt = (): number => pids.reduce((sum, pid) => sum + timeInLine(pid), 0);
  const [started, inLine] = [performance.now(), keptFromIt()];
  const result = await run();
  return { took: performance.now() - started - (keptFromIt() - inLine), result };
}

/** Milliseconds that a thread has waited for a processor: the second of Linux's three figures of its schedule, in nanoseconds. */
function timeInLine(pid: number): number {
  if (process.platform !== 'linux') return 0;
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0; // Not every kernel counts.
  }
}
