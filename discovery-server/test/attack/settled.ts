import assert from 'node:assert/strict';

/** From how much growth by one more crowd on memory counts as settled, as a share, and how many crowds that may take. */
const SETTLED_SHARE = 0.005;
const MOST_CROWDS = 20;

/**
 * Sends crowds until a process has as much room as they take at once: an allocator keeps what it had at its highest, and
 * it takes some crowds until that grows no more (the same with a bare TLS server of Node). With memory that is kept for
 * each connection it would never be so, which is an error.
 * @param memory bytes that the process holds now
 */
export async function settle(memory: () => Promise<number>, crowd: () => Promise<void>): Promise<void> {
  let highest = Infinity;
  for (let crowds = 0; ; crowds += 1) {
    const bytes = await memory();
    if (bytes <= highest * (1 + SETTLED_SHARE) && crowds > 1) return;
    assert.ok(crowds < MOST_CROWDS, 'memory grows with every crowd');
    highest = bytes;
    await crowd();
  }
}
