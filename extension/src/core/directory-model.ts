import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_DIRECTORY_PAGE } from '@p2p-chat/protocol/limits';
import type { Directory } from './ports.ts';
import type { DirectoryView } from './views.ts';

/** The users of the server as far as pages were loaded: a picture kept true by pushes. */
export class DirectoryModel {
  readonly #people = new Map<Fingerprint, Presence>();
  readonly #isShown: (identity: Fingerprint) => boolean;
  #next: string | null = null;

  /** @param isShown whether somebody belongs in the list: not this person, and no contacts */
  constructor(isShown: (identity: Fingerprint) => boolean) {
    this.#isShown = isShown;
  }

  get view(): DirectoryView {
    const people = [...this.#people.values()]
      .filter(({ identity }) => this.#isShown(identity))
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { sensitivity: 'base' }))
      .map(({ identity, name, online, lastSeen }) => ({
        id: identity,
        name,
        presence: online ? ('online' as const) : ('offline' as const),
        lastSeen,
      }));
    return { people, more: this.#next !== null };
  }

  find(identity: Fingerprint): Presence | undefined {
    return this.#people.get(identity);
  }

  /** Takes news of somebody; those on pages not loaded yet stay away until then. */
  update(presence: Presence): boolean {
    if (!this.#people.has(presence.identity)) return false;
    this.#people.set(presence.identity, presence);
    return true;
  }

  /** Somebody new on the server. */
  add(presence: Presence): void {
    this.#people.set(presence.identity, presence);
  }

  /** Reads the first page again, after a (re)connection. Returns who is to be watched. */
  async reload(directory: Directory): Promise<Fingerprint[]> {
    const page = await directory.page(null, MAX_DIRECTORY_PAGE);
    this.clear();
    return this.#take(page);
  }

  /** Reads the next page, if there is one. */
  async more(directory: Directory): Promise<Fingerprint[]> {
    if (this.#next === null) return [];
    return this.#take(await directory.page(this.#next, MAX_DIRECTORY_PAGE));
  }

  clear(): void {
    this.#people.clear();
    this.#next = null;
  }

  #take(page: { users: readonly Presence[]; next: string | null }): Fingerprint[] {
    for (const presence of page.users) this.#people.set(presence.identity, presence);
    this.#next = page.next;
    return page.users.map(({ identity }) => identity);
  }
}
