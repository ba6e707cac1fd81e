/** An event with any number of listeners, shaped so that it needs nothing from VS Code. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Calls `listener` on each `fire`; returns what ends it. */
  on(listener: (value: T) => void): () => void {
    const entry = (value: T): void => listener(value);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
