import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Link } from './link.ts';
import type { HistoryStore, StoredContact } from './storage-ports.ts';

export interface ReadReceiptParts {
  readonly history: HistoryStore;
  /** This person's identity, and those that it followed on. */
  readonly authors: readonly Fingerprint[];
  readonly contact: () => StoredContact;
  /** Whether this person lets contacts know. */
  readonly tells: () => boolean;
}

/** What two people let each other know of how far they have read: a state, told anew on each link, never held. */
export class ReadReceipts {
  readonly #parts: ReadReceiptParts;
  #hasNews = false;
  #told: { readonly link: Link; readonly id: string } | null = null;

  constructor(parts: ReadReceiptParts) {
    this.#parts = parts;
  }

  /** Whether a link is wanted to let the contact know. */
  get hasNews(): boolean {
    return this.#hasNews && this.#mayTell;
  }

  /** This person has read on. */
  readOn(): void {
    this.#hasNews = true;
  }

  /** Lets the contact know on this link, unless it was told there. @throws {StorageError} */
  tell(link: Link): void {
    if (!this.#mayTell) return;
    const { identity, readUpTo } = this.#parts.contact();
    const id = this.#parts.history.newestReceived(identity, readUpTo)?.envelope.id;
    this.#hasNews = false;
    if (id === undefined || (this.#told?.link === link && this.#told.id === id)) return;
    this.#told = { link, id };
    link.sendRead(id);
  }

  /**
   * The contact says which message is the newest that they have read.
   * @returns its order, where it is one that this person wrote to them and is newer than what was known; else null
   * @throws {StorageError}
   */
  heard(id: string): number | null {
    const { authors, history } = this.#parts;
    const { identity, theyReadUpTo } = this.#parts.contact();
    for (const author of authors) {
      const message = history.find(id, author);
      if (message?.contact === identity && message.order > theyReadUpTo) return message.order;
    }
    return null;
  }

  get #mayTell(): boolean {
    return this.#parts.tells() && this.#parts.contact().standing === 'accepted';
  }
}
