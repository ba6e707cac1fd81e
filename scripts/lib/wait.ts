/** Waiting for conditions, never for milliseconds: every wait has a deadline and says what it waited for. */
import { setTimeout as delay } from 'node:timers/promises';

const pollInterval = 50;

export interface WaitOptions {
  /** Milliseconds until the wait fails; 20 s unless told. */
  readonly timeout?: number;
  /** Added to the failure's text, e.g. the log of the process that was waited for. */
  readonly details?: () => string;
  /** Waiting ends at once when this is no longer so, e.g. because the process that was waited for died. */
  readonly possible?: () => boolean;
}

/** Asks again until the answer is neither undefined, null nor false, and returns it. An error counts as "not yet". */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const started = performance.now();
  const deadline = started + (options.timeout ?? 20_000);
  let failure: unknown;
  do {
    try {
      const answer = await ask();
      if (isAnswer(answer)) return answer;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await delay(pollInterval);
  } while (performance.now() < deadline && (options.possible?.() ?? true));
  const details = options.details?.() ?? '';
  const waited = Math.round(performance.now() - started);
  throw new Error(`Waited ${waited} ms in vain: ${what}${details ? `\n${details}` : ''}`, { cause: failure });
}

function isAnswer<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false;
}

/** The promise's result, or an error that names what did not happen in time. */
export async function within<T>(what: string, timeout: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${timeout} ms in vain: ${what}`)), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
