/** Promises that somebody waits for, who can be told that it is not worth it any longer. */
export class UnderWay {
  readonly #rejects = new Set<(error: Error) => void>();

  /** Settles as `promise` does, or as `reject` says. */
  follow<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      const settled = (): void => void this.#rejects.delete(reject);
      promise.then(resolve, reject).finally(settled);
    });
  }

  /** Whatever the promises come to counts no more. */
  reject(error: Error): void {
    for (const reject of [...this.#rejects]) reject(error);
  }
}
