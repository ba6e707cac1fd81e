/** How long a request waits for a connection, milliseconds: a start or a change of owner takes well under two seconds. */
const WAIT_MS = 10_000;

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Those who wait for one thing to be there, each for a limited time. */
export class Waiting<T> {
  readonly #waiters = new Set<Waiter<T>>();

  /** `late` makes the error when it takes too long. */
  wait(late: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter<T> = {
        resolve: (value) => {
          end();
          resolve(value);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiter.reject(late()), WAIT_MS);
      this.#waiters.add(waiter);
    });
  }

  resolve(value: T): void {
    for (const waiter of [...this.#waiters]) waiter.resolve(value);
  }

  reject(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.reject(error);
  }
}
