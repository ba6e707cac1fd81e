import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';

/** Who watches whom. @typeParam Watcher compared by identity only */
export class Watches<Watcher> {
  readonly #watchersOf = new Map<Fingerprint, Set<Watcher>>();
  readonly #watchedBy = new Map<Watcher, Set<Fingerprint>>();
  readonly #ofDirectory = new Set<Watcher>();

  /**
   * Adds to what `watcher` watches; nobody needs to have an account.
   * @returns false, and nothing is added, when that would be more than MAX_WATCHES
   */
  add(watcher: Watcher, identities: readonly Fingerprint[]): boolean {
    const watched = new Set(this.#watchedBy.get(watcher));
    for (const identity of identities) watched.add(identity);
    if (watched.size > MAX_WATCHES) return false;
    this.#watchedBy.set(watcher, watched);
    for (const identity of identities) {
      const watchers = this.#watchersOf.get(identity);
      if (watchers === undefined) this.#watchersOf.set(identity, new Set([watcher]));
      else watchers.add(watcher);
    }
    return true;
  }

  remove(watcher: Watcher, identities: Iterable<Fingerprint>): void {
    const watched = this.#watchedBy.get(watcher);
    for (const identity of identities) {
      watched?.delete(identity);
      const watchers = this.#watchersOf.get(identity);
      watchers?.delete(watcher);
      if (watchers?.size === 0) this.#watchersOf.delete(identity);
    }
  }

  /** Whether `watcher` is told of new accounts from now on. */
  setDirectory(watcher: Watcher, on: boolean): void {
    if (on) this.#ofDirectory.add(watcher);
    else this.#ofDirectory.delete(watcher);
  }

  /** Forgets a watcher altogether. */
  forget(watcher: Watcher): void {
    this.remove(watcher, [...this.watchedBy(watcher)]);
    this.#watchedBy.delete(watcher);
    this.#ofDirectory.delete(watcher);
  }

  watchersOf(identity: Fingerprint): Iterable<Watcher> {
    return this.#watchersOf.get(identity) ?? [];
  }

  /** How many `watcher` watches. */
  countOf(watcher: Watcher): number {
    return this.#watchedBy.get(watcher)?.size ?? 0;
  }

  /** Pairs of a watcher and somebody watched. */
  get size(): number {
    let size = 0;
    for (const watched of this.#watchedBy.values()) size += watched.size;
    return size;
  }

  watchedBy(watcher: Watcher): Iterable<Fingerprint> {
    return this.#watchedBy.get(watcher) ?? [];
  }

  ofDirectory(): Iterable<Watcher> {
    return this.#ofDirectory;
  }
}
