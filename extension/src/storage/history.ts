import { join } from 'node:path';
import * as z from 'zod';
import { messageId } from '@p2p-chat/protocol/envelope';
import { changeOf } from '@p2p-chat/protocol/kinds';
import { validate } from '@p2p-chat/protocol/text';
import { MAX_KEPT_REFUSALS } from '@p2p-chat/protocol/limits';
import { cursor as cursorSchema, type Cursor } from '@p2p-chat/protocol/link';
import {
  type ConversationSummary,
  FORGOTTEN_AT_ONCE,
  type HistoryStore,
  MAX_CHANGES_READ,
  MAX_CONTACT_DEVICES,
  MAX_RETIRED_EPOCHS,
  MAX_STORED_NOTICES,
  MAX_SUCCESSORS,
  type StoredContact,
  type StoredMessage,
  type StoredNotice,
} from '../core/storage-ports.ts';
import { Database, type Row, type TellPath } from './database.ts';
import { HISTORY_MIGRATIONS } from './history-schema.ts';
import { HISTORY_ROWS, toContact, toMessage, toNotice, toOrd, toRefused, toSuccessor } from './rows.ts';
import { textIndex, UNINDEXED_AT_ONCE } from './text-index.ts';

const markerRow = z.object({ up_to: z.number() });
const newestRow = z.object({ ord: z.number(), stored_at: z.number() });
const receivedRow = z.object({ messages: z.number(), bytes: z.number() });
const pendingRow = z.object({ ord: z.number(), id: z.string() });
const countRow = z.object({ count: z.number() });
const textRow = z.object({ text: z.string() });
const lastRow = z.object({ last: z.nullable(messageId) });

/** The messages' columns that toMessage reads. */
const COLUMNS = 'ord, contact, mine, envelope, stored_at, state, refused, held';

/**
 * Opens the history in a global storage folder.
 * @param setAside is told the path of a damaged file that was put out of the way
 * @param found is told of damage in the file while it is in use; it is put out of the way when it is opened next
 * @throws {StorageError}
 */
export function openHistory(
  folder: string,
  setAside: TellPath,
  found: TellPath = () => undefined,
): HistoryStore {
  const db = Database.open(
    join(folder, 'chat.db'),
    { migrations: HISTORY_MIGRATIONS, rows: HISTORY_ROWS },
    setAside,
    found,
  );
  const texts = textIndex(db);

  const save = (contact: StoredContact): void =>
    void db.run(
      `INSERT INTO contacts (identity, server, name, trust, standing, changed_to, rejected, endpoints, last_seen,
         read_up_to, they_read_up_to, former_servers, muted, pinned, status_text)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity) DO UPDATE SET server = excluded.server, name = excluded.name,
         trust = excluded.trust, standing = excluded.standing, changed_to = excluded.changed_to,
         rejected = excluded.rejected, endpoints = excluded.endpoints, last_seen = excluded.last_seen,
         read_up_to = excluded.read_up_to, they_read_up_to = excluded.they_read_up_to,
         former_servers = excluded.former_servers, muted = excluded.muted, pinned = excluded.pinned,
         status_text = excluded.status_text`,
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
    );
  /**
   * How much is unread of each conversation between its marker and an order. What comes after that order is counted anew
   * each time, so that a count takes no longer the more is unread.
   */
  const counted = new Map<
    string,
    { readonly from: number; readonly upTo: number; readonly unread: number }
  >();
  /** The only way for messages to be deleted: what they say goes with them. */
  const removeMessages = (where: string, ...values: string[]): number => {
    counted.clear();
    texts.leave(where, ...values);
    return db.run(`DELETE FROM messages WHERE ${where}`, ...values);
  };
  const removeConversation = (contact: string): void => {
    removeMessages('contact = ?', contact);
    db.run('DELETE FROM notices WHERE contact = ?', contact);
  };
  const remove = (contact: string): void => {
    removeConversation(contact);
    db.run('DELETE FROM contacts WHERE identity = ?', contact);
  };
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
      `DELETE FROM retired_${table} WHERE ${column} = ?1 AND rowid NOT IN
         (SELECT rowid FROM retired_${table} WHERE ${column} = ?1 ORDER BY rowid DESC LIMIT ${MAX_RETIRED_EPOCHS})`,
      key,
    );
    db.run(
      `INSERT INTO ${table} (${column}, epoch, next) VALUES (?, ?, ?)
       ON CONFLICT (${column}) DO UPDATE SET epoch = excluded.epoch, next = excluded.next`,
      key,
      cursor.epoch,
      cursor.next,
    );
  };
  /** The oldest of too many devices of a contact go, but never `kept`. */
  const trimDevices = (contact: string, kept: string | null): void => {
    const gone = db.all(
      `SELECT device AS text FROM inbound WHERE contact = ? AND device IS NOT ?
       ORDER BY rowid DESC LIMIT -1 OFFSET ?`,
      contact,
      kept,
      kept === null ? MAX_CONTACT_DEVICES : MAX_CONTACT_DEVICES - 1,
    );
    for (const old of gone.map(toText)) {
      for (const table of ['inbound', 'retired_inbound', 'refusals']) {
        db.run(`DELETE FROM ${table} WHERE device = ?`, old);
      }
    }
  };
  /** A device with a counter is this contact's; the oldest of too many goes. */
  const own = (contact: string, device: string): void => {
    const isNew = db.run(
      'UPDATE inbound SET contact = ?1 WHERE device = ?2 AND contact IS NOT ?1',
      contact,
      device,
    );
    if (isNew > 0) trimDevices(contact, device);
  };
  /** The message as it is stored now; null when it was there already. What was just written need not be read. */
  const insert = (message: Omit<StoredMessage, 'order'>): StoredMessage | null => {
    const order = db.insert(
      `INSERT OR IGNORE INTO messages
         (id, author, contact, mine, seq, envelope, stored_at, state, refused, held, about)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)`,
      message.envelope.id,
      message.envelope.author,
      message.contact,
      Number(message.mine),
      message.envelope.seq,
      JSON.stringify(message.envelope),
      message.storedAt,
      message.state,
      Number(message.held),
      changeOf(message.envelope)?.message ?? null,
    );
    return order === null ? null : { ...message, order };
  };
  /** What was said by messages that these delete, and by their edits, is on the disk no longer. */
  const erase = (messages: readonly StoredMessage[]): void => {
    const deletions = messages.filter(({ envelope }) => envelope.kind === 'delete');
    const gone = deletions.flatMap(({ envelope, contact, mine }) => {
      const id = changeOf(envelope)?.message ?? null;
      // Those of an earlier identity, too: one reads a whole conversation for it, and nobody else can have that done.
      const own = mine ? 'contact = ?2 AND mine = 1' : 'author = ?2';
      return db.all(
        `SELECT ord FROM messages WHERE id = ?1 AND ${own} AND state <> 'pending'
         UNION ALL SELECT ord FROM messages WHERE contact = ?2 AND about = ?1 AND mine = ?3
           AND envelope ->> '$.kind' = 'edit' AND state <> 'pending'`,
        id,
        contact,
        Number(mine),
      );
    });
    if (gone.length === 0) return;
    const orders = JSON.stringify(gone.map(toOrd));
    const said = `ord IN (SELECT value FROM json_each(?)) AND json_type(envelope, '$.body.text') = 'text'`;
    texts.leave(said, orders);
    db.run(`UPDATE messages SET envelope = json_set(envelope, '$.body.text', '') WHERE ${said}`, orders);
  };
  const summary = (contact: string): ConversationSummary => {
    const marker = db.get('SELECT read_up_to AS up_to FROM contacts WHERE identity = ?', contact);
    const from = marker === undefined ? 0 : validate(markerRow, marker).up_to;
    const row = db.get(
      'SELECT ord, stored_at FROM messages WHERE contact = ? AND about IS NULL ORDER BY ord DESC LIMIT 1',
      contact,
    );
    if (row === undefined) return { unread: 0, lastMessageAt: null };
    const newest = validate(newestRow, row);
    const known = counted.get(contact);
    const before = known?.from === from ? known : { upTo: from, unread: 0 };
    const { count } = validate(
      countRow,
      db.get(
        'SELECT count(*) AS count FROM messages WHERE contact = ? AND about IS NULL AND mine = 0 AND ord > ?',
        contact,
        before.upTo,
      ),
    );
    const unread = before.unread + count;
    counted.set(contact, { from, upTo: newest.ord, unread });
    return { unread, lastMessageAt: newest.stored_at };
  };
  const addNotice = ({ contact, kind, after, at, detail }: StoredNotice): void => {
    db.run(
      'INSERT INTO notices (contact, kind, after, at, detail) VALUES (?, ?, ?, ?, ?)',
      contact,
      kind,
      after,
      at,
      detail,
    );
    db.run(
      `DELETE FROM notices WHERE contact = ?1 AND ord <= (
         SELECT ord FROM notices WHERE contact = ?1 ORDER BY ord DESC LIMIT 1 OFFSET ?2)`,
      contact,
      MAX_STORED_NOTICES,
    );
  };
  const succeed = (from: string, { identity, standing }: StoredContact): void => {
    // Who is a contact in their own right again has no successor.
    db.run('DELETE FROM successors WHERE identity IN (?, ?)', from, identity);
    if (standing !== 'accepted') return;
    db.run('INSERT INTO successors (identity, next) VALUES (?, ?)', from, identity);
    db.run(
      `DELETE FROM successors WHERE ord <= (SELECT ord FROM successors ORDER BY ord DESC LIMIT 1 OFFSET ?)`,
      MAX_SUCCESSORS,
    );
  };
  const at = (ord: number): StoredMessage | null => {
    const row = db.get(`SELECT ${COLUMNS} FROM messages WHERE ord = ?`, ord);
    return row === undefined ? null : toMessage(row);
  };
  const forget = (before: number): number => {
    const old = db
      .all(
        `SELECT ord FROM messages WHERE state <> 'pending' AND stored_at < ? LIMIT ?`,
        before,
        FORGOTTEN_AT_ONCE + 1,
      )
      .map(toOrd);
    if (old.length > FORGOTTEN_AT_ONCE && !texts.isEmpty) texts.clear();
    const gone = old.slice(0, texts.isEmpty ? FORGOTTEN_AT_ONCE : UNINDEXED_AT_ONCE);
    const messages = removeMessages('ord IN (SELECT value FROM json_each(?))', JSON.stringify(gone));
    return messages + db.run('DELETE FROM notices WHERE at < ?', before);
  };
  return db.guarded<HistoryStore>({
    contacts: () => db.all('SELECT * FROM contacts ORDER BY rowid').map(toContact),
    saveContact: save,
    replaceContact: (from, next, notice, forgotten, between) =>
      db.transaction(() => {
        counted.clear();
        for (const contact of forgotten) removeConversation(contact);
        // A message that came under both identities is there already: the repetition goes.
        db.run(
          `UPDATE OR IGNORE messages SET author = ?1, envelope = json_set(envelope, '$.author', ?1)
           WHERE contact = ?2 AND mine = 0`,
          next.identity,
          from,
        );
        removeMessages('contact = ? AND mine = 0 AND author <> ?', from, next.identity);
        db.run('UPDATE messages SET contact = ?1 WHERE contact = ?2', next.identity, from);
        db.run('UPDATE notices SET contact = ?1 WHERE contact = ?2', next.identity, from);
        db.run('UPDATE inbound SET contact = ?1 WHERE contact = ?2', next.identity, from);
        trimDevices(next.identity, null);
        addNotice(notice);
        db.run('DELETE FROM contacts WHERE identity = ?', from);
        save(next);
        for (const old of [...between, from]) succeed(old, next);
        const found = summary(next.identity);
        // It may not come to be.
        counted.clear();
        return found;
      }),
    successors: () => db.all('SELECT identity, next FROM successors ORDER BY ord').map(toSuccessor),
    removeContact: (contact) => db.transaction(() => remove(contact)),
    forgetMessages: (contact) =>
      db.transaction(() => {
        remove(contact.identity);
        save(contact);
      }),
    clear: (contact) =>
      db.transaction(() => {
        removeMessages(`contact = ? AND state <> 'pending'`, contact);
        db.run('DELETE FROM notices WHERE contact = ?', contact);
      }),
    devices: (contact) =>
      validate(countRow, db.get('SELECT count(*) AS count FROM inbound WHERE contact = ?', contact)).count,
    received: (contact) =>
      validate(
        receivedRow,
        db.get(
          `SELECT count(*) AS messages, coalesce(sum(length(CAST(json_extract(envelope,
             CASE json_extract(envelope, '$.kind') WHEN 'text' THEN '$.body.text' ELSE '$.body' END
           ) AS BLOB))), 0) AS bytes FROM messages WHERE contact = ? AND mine = 0`,
          contact,
        ),
      ),
    notices: (contact) =>
      db.all('SELECT * FROM notices WHERE contact = ? ORDER BY ord', contact).map(toNotice),
    addNotice: (notice) => db.transaction(() => addNotice(notice)),
    forget: (before) => db.transaction(() => forget(before)),
    index: () => texts.index(),
    search: (text, { contact, limit }) => texts.search(text, contact, limit).flatMap((ord) => at(ord) ?? []),
    summary,
    page: (contact, before, limit) => {
      const rows = db.all(
        `SELECT ${COLUMNS} FROM messages WHERE contact = ? AND about IS NULL AND ord < ?
         ORDER BY ord DESC LIMIT ?`,
        contact,
        before ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      );
      return { messages: rows.slice(0, limit).map(toMessage).reverse(), hasOlder: rows.length > limit };
    },
    newestReceived: (contact, upTo) => {
      const row = db.get(
        `SELECT ${COLUMNS} FROM messages WHERE contact = ? AND about IS NULL AND mine = 0 AND ord <= ?
         ORDER BY ord DESC LIMIT 1`,
        contact,
        upTo,
      );
      return row === undefined ? null : toMessage(row);
    },
    find,
    changes: (contact, ids) =>
      db
        .all(
          `SELECT value AS text FROM json_each(?)
           WHERE EXISTS (SELECT 1 FROM messages WHERE contact = ? AND about = value)`,
          JSON.stringify(ids),
          contact,
        )
        .flatMap((row) =>
          db
            .all(
              `SELECT ${COLUMNS} FROM messages WHERE contact = ? AND about = ? ORDER BY ord DESC LIMIT ?`,
              contact,
              toText(row),
              MAX_CHANGES_READ,
            )
            .map(toMessage)
            .reverse(),
        ),
    undelivered: () =>
      db.all(`SELECT ${COLUMNS} FROM messages WHERE state = 'pending' ORDER BY contact, seq`).map(toMessage),
    outbound: (contact) => position('outbound', 'contact', contact),
    addOutgoing: (messages, counters) =>
      // Outboxes have them, with their numbers.
      db.unsyncedTransaction(() => {
        const stored = messages.flatMap(({ envelope, contact, storedAt }) => {
          const message = { envelope, contact, storedAt, mine: true, refused: null, held: false } as const;
          return insert({ ...message, state: 'pending' }) ?? find(envelope.id, envelope.author) ?? [];
        });
        for (const { contact, cursor } of newest(counters)) advance('outbound', 'contact', contact, cursor);
        return stored;
      }),
    renumber: (contact, cursor, envelopes) =>
      db.transaction(() => {
        const pending = db
          .all(`SELECT ord, id FROM messages WHERE contact = ? AND state = 'pending'`, contact)
          .map((row) => validate(pendingRow, row));
        const orders = new Map(pending.map(({ id, ord }) => [id, ord]));
        for (const envelope of envelopes) {
          db.run(
            'UPDATE messages SET author = ?, seq = ?, envelope = ? WHERE ord = ?',
            envelope.author,
            envelope.seq,
            JSON.stringify(envelope),
            orders.get(envelope.id) ?? null,
          );
        }
        advance('outbound', 'contact', contact, cursor);
      }),
    inbound: (device) => {
      const { cursor, retired } = position('inbound', 'device', device);
      const row = db.get('SELECT last FROM inbound WHERE device = ?', device);
      const last = row === undefined ? null : validate(lastRow, row).last;
      return {
        cursor: cursor === null || last === null ? cursor : { ...cursor, last },
        retired,
        refused: db
          .all('SELECT seq, reason FROM refusals WHERE device = ? ORDER BY seq', device)
          .map(toRefused),
      };
    },
    receive: (contact, device, cursor, messages, refused, now) =>
      db.transaction(() => {
        const added = messages.flatMap(
          ({ envelope, held }) =>
            insert({
              envelope,
              contact,
              mine: false,
              storedAt: now,
              state: 'received',
              refused: null,
              held,
            }) ?? [],
        );
        db.run(
          `DELETE FROM refusals WHERE device = ?1
             AND NOT EXISTS (SELECT 1 FROM inbound WHERE device = ?1 AND epoch = ?2)`,
          device,
          cursor.epoch,
        );
        advance('inbound', 'device', device, cursor);
        db.run('UPDATE inbound SET last = ? WHERE device = ?', cursor.last ?? null, device);
        own(contact, device);
        for (const { seq, reason } of refused) {
          db.run(
            'INSERT OR REPLACE INTO refusals (device, seq, reason) VALUES (?, ?, ?)',
            device,
            seq,
            reason,
          );
        }
        if (refused.length > 0) {
          db.run(
            `DELETE FROM refusals WHERE device = ?1 AND seq <= (
               SELECT seq FROM refusals WHERE device = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
            device,
            MAX_KEPT_REFUSALS,
          );
        }
        erase(added);
        return added;
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
        erase(changed.flatMap(({ id, state }) => (state === 'delivered' ? (find(id, author) ?? []) : [])));
        return new Set(changed.map(({ id }) => id));
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
  });
}

/** Of several counters of one contact the last: the others would be written to be overwritten. */
function newest<C extends { contact: string; cursor: Cursor }>(counters: readonly C[]): C[] {
  return [
    ...new Map(counters.map((counter) => [`${counter.contact} ${counter.cursor.epoch}`, counter])).values(),
  ];
}

function toText(row: Row): string {
  return validate(textRow, row).text;
}
