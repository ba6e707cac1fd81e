import type { Database } from './database.ts';

/** Half of the contact's fingerprint, and the random half of the message's id: neither what it said nor when. */
const KEY = (contact: string, id: string): string =>
  `unhex(substr(${contact}, 1, 16) || replace(substr(${id}, 20), '-', ''))`;

/**
 * Which received messages were here and are deleted, so that one that is sent again, out of an old backup, is not taken
 * for a new one. Whoever calls it has a transaction open.
 */
export class Gone {
  readonly #db: Database;
  /** Asked of each message that arrives; most people never delete one. */
  #isEmpty: boolean;

  constructor(db: Database) {
    this.#db = db;
    this.#isEmpty = db.get('SELECT 1 FROM gone LIMIT 1') === undefined;
  }

  has(contact: string, id: string): boolean {
    if (this.#isEmpty) return false;
    return this.#db.get(`SELECT 1 FROM gone WHERE key = ${KEY('?1', '?2')}`, contact, id) !== undefined;
  }

  /** These messages are about to be deleted. @param where of the table of messages */
  add(where: string, ...values: string[]): void {
    const added = this.#db.run(
      `INSERT OR IGNORE INTO gone SELECT ${KEY('contact', 'id')} FROM messages WHERE mine = 0 AND (${where})`,
      ...values,
    );
    if (added > 0) this.#isEmpty = false;
  }

  /** The messages of the one contact were those of another. */
  inherit(from: string, next: string): void {
    if (this.#isEmpty) return;
    this.#db.run(
      `UPDATE OR REPLACE gone SET key = CAST(unhex(substr(?2, 1, 16)) || substr(key, 9) AS BLOB)
       WHERE substr(key, 1, 8) = unhex(substr(?1, 1, 16))`,
      from,
      next,
    );
  }
}
