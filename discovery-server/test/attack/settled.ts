import assert from 'node:assert/strict';

/** How much more than ever before is no growth, as a share. */
const SETTLED_SHARE = 0.005;

/** So many crowds in a row add nothing once memory has settled, and so many at most may come until then. */
const QUIET_CROWDS = 3;
const MOST_CROWDS = 30;

/**
 * Sends crowds until a process has as much room as they take at once: an allocator keeps what it had at its highest, and
 * it takes some crowds until that grows no more (the same with a bare TLS server of Node). With memory that is kept for
 * each connection it would never be so, which is an error.
 * @param memory bytes that the process holds now
 * @returns the most that it held
 */
export async function settle(memory: () => Promise<number>, crowd: () => Promise<void>): Promise<number> {
  let highest = await memory();
  let quiet = 0;
  for (let crowds = 0; quiet < QUIET_CROWDS; crowds += 1) {
    assert.ok(crowds < MOST_CROWDS, 'memory grows with every crowd');
    await crowd();
    const bytes = await memory();
    quiet = bytes <= highest * (1 + SETTLED_SHARE) ? quiet + 1 : 0;
    highest = Math.max(highest, bytes);
  }
  return highest;
}
