import { randomFillSync, randomUUID } from 'node:crypto';

/** Randomness, as an argument, so that the examples in the documentation can be replayed byte for byte. */
export interface Randomness {
  /** 32 unpredictable bytes, base64. */
  nonce(): string;
  /** A fresh UUID that names one session's stream of pushes. */
  epoch(): string;
  /** Names one HTTP request in logs and refusals: letters and digits, told apart among millions. */
  requestId(): string;
  /** 32 unpredictable bytes, base64, that let somebody into the relay. */
  ticket(): string;
}

/** Bytes got from the system at once: a call for each of a few takes longer than the rest of a small request. */
const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Unpredictable bytes, each handed out once. */
function randomText(bytes: number, encoding: 'base64' | 'hex'): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = pool.subarray(used, used + bytes);
  used += bytes;
  const text = taken.toString(encoding);
  taken.fill(0);
  return text;
}

/** The machine's own randomness. */
export const systemRandomness: Randomness = {
  nonce: () => randomText(32, 'base64'),
  epoch: () => randomUUID(),
  requestId: () => randomText(10, 'hex'),
  ticket: () => randomText(32, 'base64'),
};
