/** The one in the middle; of an even number the lower. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Milliseconds that work took. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const KINDS = ['build', 'error', 'flaky', 'nightly', 'review', 'deploy', 'branch', 'message', 'database'];

/** A text of exactly so many bytes, unlike the others, of words that repeat. */
export function textOf(bytes: number, count: number): string {
  let text = `the ${KINDS[count % KINDS.length] ?? ''} number ${count} `;
  for (let word = count; text.length < bytes; word = (word * 31 + 7) % 9973) {
    text += `${KINDS[word % KINDS.length] ?? ''} ${word.toString(36)} `;
  }
  return text.slice(0, bytes);
}

/** How finely stalls of an event loop are looked for: each is known to so many milliseconds. */
export const STALL_RESOLUTION_MS = 1;

/** The least value that so large a share of all do not exceed. @param share from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('no values');
  return found;
}

/** Does something with each, always so many at a time. Fails with the first that fails. */
export async function eachOf<T>(
  all: readonly T[],
  inFlight: number,
  work: (one: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) {
      const one = all[index];
      if (one !== undefined) await work(one, index);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** What this process has used of processors, microseconds. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
