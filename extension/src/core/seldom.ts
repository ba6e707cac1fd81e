import type { Clock, Log } from './ports.ts';

/** At most one line in this time, milliseconds: strangers do not fill the log. */
const INTERVAL_MS = 10_000;

/** A log for what strangers can bring about: one line a while, with how many there were besides. */
export function seldom(log: Log, clock: Clock): Log {
  let toldAt = -INTERVAL_MS;
  let untold = 0;
  return (level, text) => {
    const now = clock.now();
    if (Math.abs(now - toldAt) < INTERVAL_MS) {
      untold += 1;
      return;
    }
    const more = untold > 0 ? ` (${untold} more before this)` : '';
    toldAt = now;
    untold = 0;
    log(level, `${text}${more}`);
  };
}
