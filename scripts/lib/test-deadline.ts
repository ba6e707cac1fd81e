/**
 * Preloaded into every process that `node --test` starts for a file: one that never ends, because a test or something
 * that it started still runs, fails and says what keeps it alive. Seconds in P2P_CHAT_TEST_DEADLINE.
 */
const seconds = Number(process.env['P2P_CHAT_TEST_DEADLINE'] ?? 0);

// The runner itself, which has no context, waits for all files.
if (seconds > 0 && process.env['NODE_TEST_CONTEXT'] !== undefined) {
  setTimeout(() => {
    const alive = process.getActiveResourcesInfo().join(', ');
    console.error(`${process.argv[1] ?? 'A test'} has not ended after ${seconds} s. Alive: ${alive}`);
    process.exit(1);
  }, seconds * 1000).unref();
}

export {};
