import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import type { Directory } from './net-ports.ts';

/**
 * Whom this device watches on a discovery server, of which there may be MAX_WATCHES: contacts first, and of the others
 * whom the directory lists, those who came first in what is left. So whoever makes many accounts takes no contact's
 * place, and none of somebody who was listed before.
 */
export class WatchList {
  readonly #session: Pick<Directory, 'watch' | 'unwatch'>;
  readonly #contacts = new Set<Fingerprint>();
  /** Oldest first. */
  readonly #listed = new Set<Fingerprint>();

  constructor(session: Pick<Directory, 'watch' | 'unwatch'>) {
    this.#session = session;
  }

  /** These are the contacts from now on, those who matter most first. The oldest of the others make room for them. */
  setContacts(identities: readonly Fingerprint[]): void {
    const wanted = new Set(identities.slice(0, MAX_WATCHES));
    for (const identity of this.#contacts) {
      if (wanted.has(identity)) continue;
      this.#contacts.delete(identity);
      this.#listed.add(identity);
    }
    const added = [...wanted].filter((identity) => !this.#contacts.has(identity));
    const news = added.filter((identity) => !this.#listed.delete(identity));
    for (const identity of added) this.#contacts.add(identity);
    const surplus = this.#contacts.size + this.#listed.size - MAX_WATCHES;
    this.#unwatch([...this.#listed].slice(0, Math.max(0, surplus)));
    if (news.length > 0) this.#session.watch(news);
  }

  /** The directory lists these. */
  addListed(identities: readonly Fingerprint[]): void {
    const room = MAX_WATCHES - this.#contacts.size - this.#listed.size;
    const news = [...new Set(identities)]
      .filter((identity) => !this.#contacts.has(identity) && !this.#listed.has(identity))
      .slice(0, room);
    for (const identity of news) this.#listed.add(identity);
    if (news.length > 0) this.#session.watch(news);
  }

  /** The session was made anew: everything watched is to be told anew. */
  renew(): void {
    const all = [...this.#contacts, ...this.#listed];
    if (all.length > 0) this.#session.watch(all);
  }

  /** Nobody wants to know of this one any longer. */
  drop(identity: Fingerprint): void {
    if (this.#contacts.has(identity) || this.#listed.has(identity)) this.#unwatch([identity]);
  }

  #unwatch(identities: readonly Fingerprint[]): void {
    for (const identity of identities) {
      this.#contacts.delete(identity);
      this.#listed.delete(identity);
    }
    if (identities.length > 0) this.#session.unwatch(identities);
  }
}
