import { LINK_DEAD_AFTER_MS, PING_INTERVAL_MS } from '@p2p-chat/protocol/limits';
import type { Cancel, Clock } from '../core/ports.ts';

/** A timer this much late means that the machine slept or its clock was set, milliseconds. */
export const OVERDUE_MS = 5_000;

/** How long the other end may take to answer after such a pause, milliseconds: a round trip on a waking network. */
const GRACE_MS = 5_000;

/** Silence that is strange, milliseconds: both ends ask every PING_INTERVAL_MS, so that a live one is heard in less. */
const STRANGE_SILENCE_MS = PING_INTERVAL_MS + 2_000;

/** How long the other end may take to answer when a person has just sent something into such silence, milliseconds. */
const PROBE_MS = 2_000;

/** Notices when the other end of a connection is gone without a word. */
export interface Liveness {
  /** Any sign of life came in. */
  heard(): void;
  /** Something whole came in, not just a piece of it: see `wholeMs`. */
  heardWhole(): void;
  /** Something is sent that somebody waits for: into strange silence this end asks at once, and does not wait for long. */
  sending(): void;
  stop(): void;
}

/**
 * Watches a connection from now on.
 * @param options.routine whether this end asks every PING_INTERVAL_MS, or only after a pause because the other does
 * @param options.wholeMs how long pieces alone are signs of life, milliseconds; for ever if it is not given
 * @param options.dead called at most once, after LINK_DEAD_AFTER_MS of silence, or `wholeMs` of pieces
 */
export function watchLiveness(options: {
  readonly clock: Clock;
  readonly routine: boolean;
  readonly wholeMs?: number;
  ping(): void;
  dead(): void;
}): Liveness {
  const { clock, wholeMs = Infinity } = options;
  let heardAt = clock.now();
  let wholeAt = heardAt;
  let isProbing = false;
  let cancel: Cancel = () => undefined;

  const arm = (): void => {
    const armedAt = clock.now();
    const wait = Math.min(PING_INTERVAL_MS, Math.max(heardAt + LINK_DEAD_AFTER_MS - armedAt, 0));
    cancel = clock.after(wait, () => {
      const now = clock.now();
      const late = now - armedAt - wait;
      const overdue = late > OVERDUE_MS || now < armedAt;
      // Silence during a pause proves nothing: whoever is there answers the ping within the grace.
      if (overdue) {
        heardAt = now - LINK_DEAD_AFTER_MS + GRACE_MS;
        wholeAt = now;
      }
      if (now - heardAt >= LINK_DEAD_AFTER_MS || now - wholeAt >= wholeMs) {
        options.dead();
        return;
      }
      if (overdue || options.routine) options.ping();
      arm();
    });
  };
  arm();

  return {
    heard: () => {
      heardAt = clock.now();
      isProbing = false;
    },
    heardWhole: () => {
      heardAt = clock.now();
      wholeAt = heardAt;
      isProbing = false;
    },
    sending: () => {
      if (isProbing || clock.now() - heardAt < STRANGE_SILENCE_MS) return;
      isProbing = true;
      heardAt = clock.now() - LINK_DEAD_AFTER_MS + PROBE_MS;
      options.ping();
      cancel();
      arm();
    },
    stop: () => cancel(),
  };
}
