/** The one in the middle; of an even number the lower. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('no values');
  return middle;
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
