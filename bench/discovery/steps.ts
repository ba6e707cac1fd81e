import * as z from 'zod';

/** What each client of the growing crowd does, and when the growing ends. */

/** Seconds between two pages of the directory that a client asks for. */
export const PAGE_EVERY_S = 20;
/** Seconds between two changes of presence by a client. */
export const PRESENCE_EVERY_S = 10;
/** Seconds between two sign-ins of a client, as of a window that reloads. */
export const SIGN_IN_EVERY_S = 60;
/** How many each watches. */
export const WATCHED = 50;

/** The knee: a request of a hundred takes longer, milliseconds. */
export const KNEE_MS = 250;
/** The server may have so much memory, MB. */
export const KNEE_MB = 2_048;

const latency = z.object({ count: z.number(), p50: z.number(), p99: z.number() });

/** What the clients found in one step, milliseconds. */
export const crowd = z.object({
  clients: z.int(),
  signIn: latency,
  page: latency,
  presence: latency,
  /** How late their own event loop was, of a hundred times but one: much of it would be their part of the latencies. */
  lag: z.number(),
});

/** One step of the growing crowd. */
export interface Step {
  readonly crowd: z.output<typeof crowd>;
  /** The server's: milliseconds by which its event loop was late, MB, and its share of one processor. */
  readonly server: { readonly delay: number; readonly memory: number; readonly cpu: number };
}

/** The slowest kind of request in a step: what 99 of 100 took at most, milliseconds. */
export function slowest({ crowd: { signIn, page, presence } }: Step): number {
  return Math.max(signIn.p99, page.p99, presence.p99);
}

/** Why the crowd grows no further; undefined: it may. */
export function kneeOf(step: Step): string | undefined {
  if (slowest(step) > KNEE_MS) return `one of a hundred requests takes more than ${KNEE_MS} ms`;
  return step.server.memory > KNEE_MB ? `the server takes more than ${KNEE_MB} MB` : undefined;
}
