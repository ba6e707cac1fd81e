/** Whether this server can do its work, and if not, why. */
export class Readiness {
  readonly #trouble: () => string | undefined;
  #state: 'starting' | 'serving' | 'draining' = 'starting';

  /** @param trouble why accounts cannot be read or written at the moment */
  constructor(trouble: () => string | undefined) {
    this.#trouble = trouble;
  }

  /** Accounts are loaded and the server listens. */
  serving(): void {
    if (this.#state === 'starting') this.#state = 'serving';
  }

  /** The server is about to stop: for good. */
  draining(): void {
    this.#state = 'draining';
  }

  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /** Undefined: ready. Otherwise for whoever asks, without the server's insides. */
  get obstacle(): string | undefined {
    if (this.#state === 'starting') return 'the server starts';
    if (this.#state === 'draining') return 'the server stops';
    return this.#trouble();
  }
}
