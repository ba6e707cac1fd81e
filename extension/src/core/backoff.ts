/** The shortest pause, milliseconds: somebody who restarts is back by then. */
export const FIRST_DELAY_MS = 1_000;

/** The longest pause, milliseconds: how long somebody who came back unannounced may wait. */
export const MAX_DELAY_MS = 60_000;

/**
 * The pause before the next attempt: doubling, with the upper half random, so that many who lost the same thing do
 * not come back together.
 * @param failures attempts that failed in a row, from 1
 * @param fraction random, 0 to 1
 */
export function backoffDelay(failures: number, fraction: number): number {
  const longest = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 30));
  return Math.round((longest * (1 + fraction)) / 2);
}
