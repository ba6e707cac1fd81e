/** First pause after a failed attempt, milliseconds. */
const FIRST_MS = 1_000;

/** Longest pause, milliseconds: how long somebody who came back unannounced may wait. */
const LONGEST_MS = 60_000;

/**
 * The pause before the next attempt: doubling, with the upper half random, so that many who lost the same thing do
 * not come back together.
 * @param failures attempts that failed in a row, from 1
 * @param fraction random, 0 to 1
 */
export function backoffDelay(failures: number, fraction: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return Math.round(ceiling * (0.5 + fraction / 2));
}
