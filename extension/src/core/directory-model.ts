import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_ACCOUNTS, MAX_DIRECTORY_PAGE } from '@p2p-chat/protocol/limits';
import { nameKey } from '@p2p-chat/protocol/names';
import type { Directory } from './net-ports.ts';
import type { DirectoryView } from './views.ts';

/** The users of the server as far as pages were loaded: a picture kept true by pushes. */
export class DirectoryModel {
  readonly #people = new Map<Fingerprint, { readonly presence: Presence; readonly key: string }>();
  readonly #shown: () => (identity: Fingerprint, key: string) => boolean;
  #next: string | null = null;

  /** @param shown gives, for one picture, whether somebody with this nameKey belongs in it */
  constructor(shown: () => (identity: Fingerprint, key: string) => boolean) {
    this.#shown = shown;
  }

  get view(): DirectoryView {
    const isShown = this.#shown();
    const people = [...this.#people.values()]
      .filter(({ presence, key }) => isShown(presence.identity, key))
      .map(({ presence }) => presence)
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
    return this.#people.get(identity)?.presence;
  }

  /** Whether the list shows somebody. */
  shows(identity: Fingerprint): boolean {
    const listed = this.#people.get(identity);
    return listed !== undefined && this.#shown()(identity, listed.key);
  }

  /** Takes news of somebody; those on pages not loaded yet stay away until then. */
  update(presence: Presence): boolean {
    if (!this.#people.has(presence.identity)) return false;
    this.#set(presence);
    return true;
  }

  /** Somebody new on the server. A server that makes up more than there may be is not believed. */
  add(presence: Presence): void {
    if (this.#people.size < MAX_ACCOUNTS) this.#set(presence);
  }

  /** An account is no more. */
  remove(identity: Fingerprint): boolean {
    return this.#people.delete(identity);
  }

  /** Reads the first page again, after a (re)connection. Returns whom it has. */
  async reload(directory: Directory): Promise<readonly Presence[]> {
    const page = await directory.page(null, MAX_DIRECTORY_PAGE);
    this.clear();
    return this.#take(page);
  }

  /** Reads the next page, if there is one. Returns whom it has. */
  async more(directory: Directory): Promise<readonly Presence[]> {
    if (this.#next === null) return [];
    return this.#take(await directory.page(this.#next, MAX_DIRECTORY_PAGE));
  }

  clear(): void {
    this.#people.clear();
    this.#next = null;
  }

  #set(presence: Presence): void {
    this.#people.set(presence.identity, { presence, key: nameKey(presence.name) });
  }

  #take(page: { users: readonly Presence[]; next: string | null }): readonly Presence[] {
    for (const presence of page.users) this.add(presence);
    this.#next = page.next;
    return page.users;
  }
}
