import type { Endpoint } from '@p2p-chat/protocol/discovery';
import { MAX_ENDPOINTS } from '@p2p-chat/protocol/limits';
import { nameKey, unnamed } from '@p2p-chat/protocol/names';
import type { Log } from './ports.ts';
import { isSame } from './same-endpoint.ts';
import {
  type HistoryStore,
  MAX_FORMER_SERVERS,
  type StoredContact,
  StorageError,
  type UnblockedStanding,
} from './storage-ports.ts';

/** How a contact stands, or would without the block: a block never makes anybody more than they were. */
export function standingUnblocked({ standing, beforeBlock }: StoredContact): UnblockedStanding {
  return standing === 'blocked' ? (beforeBlock ?? 'request') : standing;
}

/** What is stored of one person, or would be if they were a contact. */
export class ContactRecord {
  readonly #history: HistoryStore;
  readonly #log: Log;
  #value: StoredContact;
  #kept: boolean;
  #nameKey: string;

  /** @param kept whether the contact is stored: a stranger who only connected is not */
  constructor(parts: { history: HistoryStore; log: Log }, value: StoredContact, kept: boolean) {
    this.#history = parts.history;
    this.#log = parts.log;
    this.#value = value;
    this.#kept = kept;
    this.#nameKey = nameKey(value.name);
  }

  get value(): StoredContact {
    return this.#value;
  }

  get isKept(): boolean {
    return this.#kept;
  }

  /** See nameKey. */
  get nameKey(): string {
    return this.#nameKey;
  }

  /** Whether anything may be sent: only to somebody accepted, and while nobody else has their name. */
  get maySend(): boolean {
    return this.#value.standing === 'accepted' && this.#value.changedTo === null;
  }

  /**
   * Makes this person a contact for good. Returns whether they were none.
   * @throws {StorageError}
   */
  keep(): boolean {
    if (this.#kept) return false;
    this.#history.saveContact(this.#value);
    this.#kept = true;
    return true;
  }

  /** Whether anything would be different. */
  differs(change: Partial<StoredContact>): boolean {
    // Written to for each message: only what may differ is compared.
    const before: Partial<Record<string, unknown>> = { ...this.#value };
    return Object.entries(change).some(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
    );
  }

  /**
   * Returns whether anything is different now.
   * @throws {StorageError} and then nothing is
   */
  change(change: Partial<StoredContact>): boolean {
    if (!this.differs(change)) return false;
    const value = { ...this.#value, ...change };
    if (this.#kept) this.#history.saveContact(value);
    this.#take(value);
    return true;
  }

  /** The same for what can be found out anew: a disk that does not take it is logged. */
  note(change: Partial<StoredContact>): boolean {
    try {
      return this.change(change);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#log('error', `A contact could not be stored: ${error.message}`);
      this.#take({ ...this.#value, ...change });
      return true;
    }
  }

  /**
   * The contact's name is what the directory says and the contact itself says too; for one whom no directory had
   * named, the directory's word is as good as at any first contact.
   * @returns the name before, if there is another now
   */
  takeName(listed: string, said: string | null): string | null {
    const { identity, name } = this.#value;
    if (listed !== said && name !== unnamed(identity)) return null;
    // Whoever has the old name now does not have the contact's.
    this.note({ name: listed, changedTo: null, rejected: [] });
    return name;
  }

  /** The contact was met at the server of this origin. */
  metAt(server: string): Pick<StoredContact, 'server' | 'formerServers'> {
    const { server: before, formerServers } = this.#value;
    if (server === before) return { server, formerServers };
    const former = [before, ...formerServers].filter((each) => each !== server);
    return { server, formerServers: former.slice(0, MAX_FORMER_SERVERS) };
  }

  /** The contact was reached here: worth trying when nobody can be asked. */
  reachedAt(endpoint: Endpoint): void {
    const { endpoints } = this.#value;
    if (endpoints.some((known) => isSame(known, endpoint))) return;
    this.note({ endpoints: [endpoint, ...endpoints].slice(0, MAX_ENDPOINTS) });
  }

  #take(value: StoredContact): void {
    this.#value = value;
    this.#nameKey = nameKey(value.name);
  }
}
