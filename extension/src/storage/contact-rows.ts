import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import {
  MAX_MISSING_NOTICES,
  MAX_STORED_NOTICES,
  MAX_SUCCESSORS,
  type StoredContact,
  type StoredNotice,
} from '../core/storage-ports.ts';
import type { Database } from './database.ts';
import { toContact, toNotice, toSuccessor } from './rows.ts';

/** The history's contacts, and who took whose place. Whoever changes several things has a transaction open. */
export class ContactRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(): StoredContact[] {
    return this.#db.all('SELECT * FROM contacts ORDER BY rowid').map(toContact);
  }

  save(contact: StoredContact): void {
    this.#db.run(
      `INSERT INTO contacts (identity, server, name, trust, standing, changed_to, rejected, endpoints, last_seen,
         read_up_to, they_read_up_to, former_servers, muted, pinned, status_text, nearby_key,
         typed_endpoint, before_block)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity) DO UPDATE SET server = excluded.server, name = excluded.name,
         trust = excluded.trust, standing = excluded.standing, changed_to = excluded.changed_to,
         rejected = excluded.rejected, endpoints = excluded.endpoints, last_seen = excluded.last_seen,
         read_up_to = excluded.read_up_to, they_read_up_to = excluded.they_read_up_to,
         former_servers = excluded.former_servers, muted = excluded.muted, pinned = excluded.pinned,
         status_text = excluded.status_text, nearby_key = excluded.nearby_key,
         typed_endpoint = excluded.typed_endpoint, before_block = excluded.before_block`,
      contact.identity,
      contact.server,
      contact.name,
      contact.trust,
      contact.standing,
      contact.changedTo,
      JSON.stringify(contact.rejected),
      JSON.stringify(contact.endpoints),
      contact.lastSeen,
      contact.readUpTo,
      contact.theyReadUpTo,
      JSON.stringify(contact.formerServers),
      Number(contact.muted),
      Number(contact.pinned),
      contact.statusText,
      contact.nearbyKey,
      contact.typedEndpoint === null ? null : JSON.stringify(contact.typedEndpoint),
      contact.beforeBlock,
    );
  }

  remove(identity: string): void {
    this.#db.run('DELETE FROM contacts WHERE identity = ?', identity);
  }

  successors(): { from: Fingerprint; to: Fingerprint }[] {
    return this.#db.all('SELECT identity, next FROM successors ORDER BY ord').map(toSuccessor);
  }

  /** An accepted contact took the place of `from`. */
  succeed(from: string, { identity, standing }: StoredContact): void {
    // Who is a contact in their own right again has no successor.
    this.#db.run('DELETE FROM successors WHERE identity IN (?, ?)', from, identity);
    if (standing !== 'accepted') return;
    this.#db.run('INSERT INTO successors (identity, next) VALUES (?, ?)', from, identity);
    this.#db.run(
      `DELETE FROM successors WHERE ord <= (SELECT ord FROM successors ORDER BY ord DESC LIMIT 1 OFFSET ?)`,
      MAX_SUCCESSORS,
    );
  }
}

/** The history's lines that are no messages. */
export class NoticeRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  of(contact: string): StoredNotice[] {
    return this.#db.all('SELECT * FROM notices WHERE contact = ? ORDER BY ord', contact).map(toNotice);
  }

  /** Within a transaction: the newest of either sort are kept, see HistoryStore. */
  add({ contact, kind, after, at, detail }: StoredNotice): void {
    this.#db.run(
      'INSERT INTO notices (contact, kind, after, at, detail) VALUES (?, ?, ?, ?, ?)',
      contact,
      kind,
      after,
      at,
      detail,
    );
    this.#db.run(
      `DELETE FROM notices WHERE contact = ?1 AND (kind = 'missing') = ?2 AND ord <= (
         SELECT ord FROM notices WHERE contact = ?1 AND (kind = 'missing') = ?2 ORDER BY ord DESC LIMIT 1 OFFSET ?3)`,
      contact,
      Number(kind === 'missing'),
      kind === 'missing' ? MAX_MISSING_NOTICES : MAX_STORED_NOTICES,
    );
  }

  remove(contact: string): void {
    this.#db.run('DELETE FROM notices WHERE contact = ?', contact);
  }

  /** Returns how many there were. */
  forget(before: number): number {
    return this.#db.run('DELETE FROM notices WHERE at < ?', before);
  }

  /** The lines of the one contact are those of another from now on. */
  inherit(from: string, next: string): void {
    this.#db.run('UPDATE notices SET contact = ?1 WHERE contact = ?2', next, from);
  }
}
