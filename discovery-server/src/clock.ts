/** Time, as an argument: the server asks nothing else what time it is, so that a test can be the clock. */
export interface Clock {
  /** Milliseconds since 1970: shown to people and stored, never used to decide what is overdue. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back and does not follow changes of the wall clock. */
  elapsed(): number;
  /** Calls `run` each `periodMs` milliseconds until the returned function is called. */
  every(periodMs: number, run: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  every(periodMs, run) {
    const timer = setInterval(run, periodMs);
    return () => clearInterval(timer);
  },
};
