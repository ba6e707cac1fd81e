import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';

/** Somebody whom others watch. */
interface Watched<Watcher> {
  /** One text for all who watch, since every frame brings its own: thousands watch the same people. */
  readonly identity: Fingerprint;
  /** Each once. Finding one of ten thousand takes microseconds, and a set takes three times the room. */
  readonly by: Watcher[];
}

/** Who watches whom. @typeParam Watcher compared by identity only */
export class Watches<Watcher> {
  readonly #watchersOf = new Map<Fingerprint, Watched<Watcher>>();
  /** Each once. Lists, which take a third of what sets take: one of fifty is there for each client. */
  readonly #watchedBy = new Map<Watcher, readonly Fingerprint[]>();
  readonly #ofDirectory = new Set<Watcher>();

  /**
   * Adds to what `watcher` watches; nobody needs to have an account.
   * @returns false, and nothing is added, when that would be more than MAX_WATCHES
   */
  add(watcher: Watcher, identities: readonly Fingerprint[]): boolean {
    const before = this.#watchedBy.get(watcher) ?? [];
    // Whoever watches nobody yet, as after each sign-in, is the last of those who watch whom the request has named before.
    const known = before.length === 0 ? undefined : new Set(before);
    const isSure = before.length + identities.length <= MAX_WATCHES;
    if (!isSure && new Set([...before, ...identities]).size > MAX_WATCHES) return false;
    const all = [...before];
    for (const identity of identities) {
      if (known?.has(identity) === true) continue;
      let watched = this.#watchersOf.get(identity);
      if (watched === undefined) {
        watched = { identity, by: [] };
        this.#watchersOf.set(identity, watched);
      } else if (watched.by.at(-1) === watcher) continue;
      watched.by.push(watcher);
      all.push(watched.identity);
    }
    this.#watchedBy.set(watcher, all);
    return true;
  }

  remove(watcher: Watcher, identities: Iterable<Fingerprint>): void {
    const gone = new Set(identities);
    const left = [...this.watchedBy(watcher)].filter((identity) => !gone.has(identity));
    this.#watchedBy.set(watcher, left);
    for (const identity of gone) {
      const by = this.#watchersOf.get(identity)?.by ?? [];
      const place = by.indexOf(watcher);
      if (place === -1) continue;
      const last = by.pop();
      if (last !== undefined && place < by.length) by[place] = last;
      if (by.length === 0) this.#watchersOf.delete(identity);
    }
  }

  /** Whether `watcher` is told of new accounts from now on. */
  setDirectory(watcher: Watcher, on: boolean): void {
    if (on) this.#ofDirectory.add(watcher);
    else this.#ofDirectory.delete(watcher);
  }

  /** Forgets a watcher altogether. */
  forget(watcher: Watcher): void {
    this.remove(watcher, this.watchedBy(watcher));
    this.#watchedBy.delete(watcher);
    this.#ofDirectory.delete(watcher);
  }

  watchersOf(identity: Fingerprint): Iterable<Watcher> {
    return this.#watchersOf.get(identity)?.by ?? [];
  }

  isWatched(identity: Fingerprint): boolean {
    return this.#watchersOf.has(identity);
  }

  /** How many `watcher` watches. */
  countOf(watcher: Watcher): number {
    return this.#watchedBy.get(watcher)?.length ?? 0;
  }

  /** Pairs of a watcher and somebody watched. */
  get size(): number {
    let size = 0;
    for (const watched of this.#watchedBy.values()) size += watched.length;
    return size;
  }

  watchedBy(watcher: Watcher): Iterable<Fingerprint> {
    return this.#watchedBy.get(watcher) ?? [];
  }

  ofDirectory(): Iterable<Watcher> {
    return this.#ofDirectory;
  }
}
