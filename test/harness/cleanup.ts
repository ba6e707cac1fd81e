/** A test process that is told to end takes its children along: Child ends them when the process exits. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
