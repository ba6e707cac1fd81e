import { join } from 'node:path';
import * as z from 'zod';
import { validate } from '@p2p-chat/protocol/text';
import { cursor as cursorSchema, type Cursor } from '@p2p-chat/protocol/link';
import type { HistoryStore, StoredMessage } from '../core/ports.ts';
import { Database, type Migrations, type Row } from './database.ts';
import { toContact, toMessage } from './rows.ts';

const MIGRATIONS: Migrations = [
  `CREATE TABLE contacts (
     identity TEXT PRIMARY KEY, server TEXT NOT NULL, name TEXT NOT NULL, verified INTEGER NOT NULL,
     endpoints TEXT NOT NULL, last_seen INTEGER, read_up_to INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE messages (
     ord INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, author TEXT NOT NULL, contact TEXT NOT NULL,
     mine INTEGER NOT NULL, seq INTEGER NOT NULL, envelope TEXT NOT NULL, stored_at INTEGER NOT NULL,
     state TEXT NOT NULL, refused TEXT, held INTEGER NOT NULL, UNIQUE (author, id)
   ) STRICT;
   CREATE INDEX messages_of_contact ON messages (contact, ord);
   CREATE INDEX messages_received ON messages (contact, ord) WHERE mine = 0;
   CREATE INDEX messages_pending ON messages (contact, seq) WHERE state = 'pending';
   CREATE TABLE outbound (contact TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
   CREATE TABLE inbound (device TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
   CREATE TABLE retired_outbound (contact TEXT NOT NULL, epoch TEXT NOT NULL, PRIMARY KEY (contact, epoch)) STRICT;
   CREATE TABLE retired_inbound (device TEXT NOT NULL, epoch TEXT NOT NULL, PRIMARY KEY (device, epoch)) STRICT;
   CREATE TABLE workspaces (folder TEXT PRIMARY KEY) STRICT;
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
];

const summaryRow = z.object({ unread: z.number(), last: z.number().nullable() });
const textRow = z.object({ text: z.string() });

/** The messages' columns that toMessage reads. */
const COLUMNS = 'ord, contact, mine, envelope, stored_at, state, refused, held';

/**
 * Opens the history in a global storage folder.
 * @param setAside is told the path of a damaged file that was put out of the way
 * @throws {StorageError}
 */
export function openHistory(folder: string, setAside: (damaged: string) => void): HistoryStore {
  const db = Database.open(join(folder, 'chat.db'), MIGRATIONS, setAside);

  const find = (id: string, author: string): StoredMessage | null => {
    const row = db.get(`SELECT ${COLUMNS} FROM messages WHERE author = ? AND id = ?`, author, id);
    return row === undefined ? null : toMessage(row);
  };
  const position = (table: 'outbound' | 'inbound', column: 'contact' | 'device', key: string) => {
    const row = db.get(`SELECT epoch, next FROM ${table} WHERE ${column} = ?`, key);
    const retired = db.all(`SELECT epoch AS text FROM retired_${table} WHERE ${column} = ?`, key);
    return {
      cursor: row === undefined ? null : validate(cursorSchema, row),
      retired: retired.map(toText),
    };
  };
  const advance = (
    table: 'outbound' | 'inbound',
    column: 'contact' | 'device',
    key: string,
    cursor: Cursor,
  ): void => {
    db.run(
      `INSERT OR IGNORE INTO retired_${table} (${column}, epoch)
       SELECT ${column}, epoch FROM ${table} WHERE ${column} = ? AND epoch <> ?`,
      key,
      cursor.epoch,
    );
    db.run(
      `INSERT INTO ${table} (${column}, epoch, next) VALUES (?, ?, ?)
       ON CONFLICT (${column}) DO UPDATE SET epoch = excluded.epoch, next = excluded.next`,
      key,
      cursor.epoch,
      cursor.next,
    );
  };
  const insert = (message: Omit<StoredMessage, 'order'>): boolean =>
    db.run(
      `INSERT OR IGNORE INTO messages (id, author, contact, mine, seq, envelope, stored_at, state, refused, held)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)`,
      message.envelope.id,
      message.envelope.author,
      message.contact,
      Number(message.mine),
      message.envelope.seq,
      JSON.stringify(message.envelope),
      message.storedAt,
      message.state,
      Number(message.held),
    ) > 0;
  /** The stored rows of those messages that are in the table. */
  const stored = (messages: readonly { envelope: { id: string; author: string } }[]): StoredMessage[] =>
    messages.flatMap(({ envelope }) => find(envelope.id, envelope.author) ?? []);

  return {
    contacts: () => db.all('SELECT * FROM contacts').map(toContact),
    saveContact: (contact) =>
      void db.run(
        `INSERT INTO contacts (identity, server, name, verified, endpoints, last_seen, read_up_to)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (identity) DO UPDATE SET server = excluded.server, name = excluded.name,
           verified = excluded.verified, endpoints = excluded.endpoints, last_seen = excluded.last_seen,
           read_up_to = excluded.read_up_to`,
        contact.identity,
        contact.server,
        contact.name,
        Number(contact.verified),
        JSON.stringify(contact.endpoints),
        contact.lastSeen,
        contact.readUpTo,
      ),
    summary: (contact) => {
      const row = db.get(
        `SELECT
           (SELECT count(*) FROM messages WHERE contact = ?1 AND mine = 0
              AND ord > coalesce((SELECT read_up_to FROM contacts WHERE identity = ?1), 0)) AS unread,
           (SELECT stored_at FROM messages WHERE contact = ?1 ORDER BY ord DESC LIMIT 1) AS last`,
        contact,
      );
      const value = validate(summaryRow, row);
      return { unread: value.unread, lastMessageAt: value.last };
    },
    page: (contact, before, limit) => {
      const rows = db.all(
        `SELECT ${COLUMNS} FROM messages WHERE contact = ? AND ord < ? ORDER BY ord DESC LIMIT ?`,
        contact,
        before ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      );
      return { messages: rows.slice(0, limit).map(toMessage).reverse(), hasOlder: rows.length > limit };
    },
    find,
    undelivered: () =>
      db.all(`SELECT ${COLUMNS} FROM messages WHERE state = 'pending' ORDER BY contact, seq`).map(toMessage),
    outbound: (contact) => position('outbound', 'contact', contact),
    addOutgoing: (messages, counters) =>
      db.transaction(() => {
        for (const message of messages) {
          insert({ ...message, mine: true, state: 'pending', refused: null, held: false });
        }
        for (const { contact, cursor } of counters) advance('outbound', 'contact', contact, cursor);
        return stored(messages);
      }),
    renumber: (contact, cursor, envelopes) =>
      db.transaction(() => {
        for (const envelope of envelopes) {
          db.run(
            'UPDATE messages SET seq = ?, envelope = ? WHERE author = ? AND id = ?',
            envelope.seq,
            JSON.stringify(envelope),
            envelope.author,
            envelope.id,
          );
        }
        advance('outbound', 'contact', contact, cursor);
      }),
    inbound: (device) => position('inbound', 'device', device),
    receive: (contact, device, cursor, messages, now) =>
      db.transaction(() => {
        const added = messages.filter(({ envelope, held }) =>
          insert({
            envelope,
            contact,
            mine: false,
            storedAt: now,
            state: 'received',
            refused: null,
            held,
          }),
        );
        advance('inbound', 'device', device, cursor);
        return stored(added);
      }),
    settle: (author, ends) =>
      db.transaction(() => {
        const changed = ends.filter(
          ({ id, state, refused }) =>
            db.run(
              `UPDATE messages SET state = ?, refused = ? WHERE author = ? AND id = ? AND state = 'pending'`,
              state,
              refused,
              author,
              id,
            ) > 0,
        );
        return changed.flatMap(({ id }) => find(id, author) ?? []);
      }),
    workspaces: () => db.all('SELECT folder AS text FROM workspaces ORDER BY folder').map(toText),
    addWorkspace: (folder) => void db.run('INSERT OR IGNORE INTO workspaces (folder) VALUES (?)', folder),
    setting: (name) => {
      const row = db.get('SELECT value AS text FROM settings WHERE name = ?', name);
      return row === undefined ? null : toText(row);
    },
    setSetting: (name, value) =>
      void db.run(
        `INSERT INTO settings (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        name,
        value,
      ),
    close: () => db.close(),
  };
}

function toText(row: Row): string {
  return validate(textRow, row).text;
}
