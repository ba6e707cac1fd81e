/** Everything that happened, in order, and a way to wait for what has not happened yet. */
export class EventLog<T> {
  readonly all: T[] = [];
  #waiting: (() => void)[] = [];

  add(event: T): void {
    this.all.push(event);
    for (const check of [...this.#waiting]) check();
  }

  /** The first event of this kind, as soon as it has come; those before `from` do not count. */
  first<S extends T>(is: (event: T) => event is S, from?: number): Promise<S>;
  first(is: (event: T) => boolean, from?: number): Promise<T>;
  first(is: (event: T) => boolean, from = 0): Promise<T> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.all.slice(from).find(is);
        if (found === undefined) return;
        this.#waiting = this.#waiting.filter((other) => other !== check);
        resolve(found);
      };
      this.#waiting.push(check);
      check();
    });
  }

  /** Resolves once so many events have come. */
  async count(wanted: number): Promise<T[]> {
    await this.first(() => this.all.length >= wanted);
    return this.all;
  }
}
