import type { Cancel, Clock } from '../core/ports.ts';
import { OVERDUE_MS } from './liveness.ts';

/** How often a pause looks whether the machine has slept, milliseconds: timers stand still meanwhile. */
const LOOK_FOR_SLEEP_MS = 2_000;

/** Calls `then` after so many milliseconds, or as soon as the machine has slept: its network is another one then. */
export function pause(clock: Clock, ms: number, then: () => void): Cancel {
  let cancel: Cancel = () => undefined;
  const wait = (left: number): void => {
    const step = Math.min(left, LOOK_FOR_SLEEP_MS);
    const from = clock.now();
    cancel = clock.after(step, () => {
      const hasSlept = clock.now() - from - step > OVERDUE_MS;
      if (hasSlept || step === left) then();
      else wait(left - step);
    });
  };
  wait(ms);
  return () => cancel();
}
