import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness, as an argument, so that the examples in the documentation can be replayed byte for byte. */
export interface Randomness {
  /** 32 unpredictable bytes, base64. */
  nonce(): string;
  /** A fresh UUID that names one session's stream of pushes. */
  epoch(): string;
  /** Names one HTTP request in logs and refusals: letters and digits, told apart among millions. */
  requestId(): string;
}

/** The machine's own randomness. */
export const systemRandomness: Randomness = {
  nonce: () => randomBytes(32).toString('base64'),
  epoch: () => randomUUID(),
  requestId: () => randomBytes(10).toString('hex'),
};
