import type { Cancel, Clock } from './ports.ts';

/**
 * Runs attempts one after another, each a short while after the one before or as soon as that one failed, and gives
 * the first result (RFC 8305, "happy eyeballs"). The rest is aborted and not waited for; what still succeeds is discarded.
 * @returns undefined when all failed or `signal` was aborted
 */
export async function race<T>(options: {
  readonly attempts: readonly ((signal: AbortSignal) => Promise<T>)[];
  readonly clock: Clock;
  /** How long each has before the next one begins as well. */
  readonly staggerMs: number | readonly number[];
  readonly signal: AbortSignal;
  readonly discard: (late: T) => void;
}): Promise<T | undefined> {
  const { attempts, clock, staggerMs, signal, discard } = options;
  const lost = new AbortController();
  let running = 0;
  let started = 0;
  let cancelNext: Cancel = () => undefined;
  let won: { value: T } | undefined;
  const pauseAfter = (index: number): number =>
    typeof staggerMs === 'number' ? staggerMs : (staggerMs[index] ?? 0);

  await new Promise<void>((resolve) => {
    const over = (): boolean => won !== undefined || signal.aborted;
    const finish = (): void => {
      cancelNext();
      lost.abort();
      resolve();
    };
    const startNext = (): void => {
      cancelNext();
      const attempt = attempts[started];
      if (over() || attempt === undefined) {
        if (over() || running === 0) finish();
        return;
      }
      started += 1;
      const place = started;
      running += 1;
      attempt(lost.signal).then(
        (value) => {
          if (over()) discard(value);
          else won = { value };
          finish();
        },
        () => {
          running -= 1;
          if (place === started || running === 0) startNext();
        },
      );
      if (started < attempts.length) cancelNext = clock.after(pauseAfter(started - 1), startNext);
    };
    signal.addEventListener('abort', finish, { once: true, signal: lost.signal });
    startNext();
  });
  return won?.value;
}
