import { MAX_OPEN_NONCES, NONCE_TTL_MS } from '@p2p-chat/protocol/limits';

/** Nonces that somebody is to sign. */
export interface Nonces {
  /** A fresh one. @param at the moment now, milliseconds */
  issue(at: number): string;
  /** Whether this one was given out, is still good and was not used; from now on it is used. */
  take(nonce: string, at: number): boolean | Promise<boolean>;
}

/** Nonces given out for a signature: each good once, for NONCE_TTL_MS, and at most MAX_OPEN_NONCES at a time. */
export class NoncePool implements Nonces {
  readonly #make: () => string;
  /** When each was made. In that order, so the first is always the oldest. */
  readonly #open = new Map<string, number>();

  constructor(make: () => string) {
    this.#make = make;
  }

  /** A fresh nonce. @param at the moment now, milliseconds */
  issue(at: number): string {
    for (const [oldest, madeAt] of this.#open) {
      if (this.#open.size < MAX_OPEN_NONCES && at - madeAt < NONCE_TTL_MS) break;
      this.#open.delete(oldest);
    }
    const nonce = this.#make();
    this.#open.set(nonce, at);
    return nonce;
  }

  /** Whether this nonce was given out, is still good and was not used; from now on it is used. */
  take(nonce: string, at: number): boolean {
    const madeAt = this.#open.get(nonce);
    this.#open.delete(nonce);
    return madeAt !== undefined && at - madeAt < NONCE_TTL_MS;
  }
}
