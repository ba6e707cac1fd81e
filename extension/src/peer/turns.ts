/** Work that is done one after the other; whoever comes next may have what is under way given up. */
export class Turns {
  #queue: Promise<unknown> = Promise.resolve();
  #wanted = new AbortController();

  /** Aborted once the work of now is not wanted any longer. */
  get signal(): AbortSignal {
    return this.#wanted.signal;
  }

  /** What is under way or waits is not wanted any longer. @returns the signal for what comes instead */
  supersede(why: Error): AbortSignal {
    this.#wanted.abort(why);
    this.#wanted = new AbortController();
    return this.#wanted.signal;
  }

  /** Does this after everything before it, whatever became of that. */
  next<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
