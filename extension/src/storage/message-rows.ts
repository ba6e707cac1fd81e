import * as z from 'zod/mini';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import { type Change, changeOf, referenceOf } from '@p2p-chat/protocol/kinds';
import { validate } from '@p2p-chat/protocol/text';
import {
  type ConversationSummary,
  FORGOTTEN_AT_ONCE,
  MAX_REACTIONS_READ,
  type MessageEnd,
  type StoredMessage,
} from '../core/storage-ports.ts';
import type { Database } from './database.ts';
import { Gone } from './gone.ts';
import { toCount, toMessage, toOrd, toText } from './rows.ts';
import { textIndex, type TextIndex, UNINDEXED_AT_ONCE } from './text-index.ts';

const markerRow = z.object({ up_to: z.number() });
const newestRow = z.object({ ord: z.number(), stored_at: z.number() });
const receivedRow = z.object({ messages: z.number(), bytes: z.number() });
const pendingRow = z.object({ ord: z.number(), id: z.string() });

/** The messages' columns that toMessage reads. */
const COLUMNS = 'ord, contact, mine, envelope, stored_at, state, refused, held';

/** Changes of one kind that one of the two people made to a message: some, of those that were not refused. */
const changesOf = (mine: 0 | 1, kind: Change['kind'], some: string): string =>
  `SELECT * FROM (SELECT ${COLUMNS} FROM messages WHERE contact = ?1 AND about = ?2 AND mine = ${mine}
     AND envelope ->> '$.kind' = '${kind}' AND state <> 'refused' ORDER BY ord ${some})`;

/** See HistoryStore. No one of the two can make so many changes that those of the other are not read. */
const CHANGES = ([0, 1] as const)
  .flatMap((mine) => [
    changesOf(mine, 'edit', 'DESC LIMIT 1'),
    changesOf(mine, 'delete', 'LIMIT 1'),
    changesOf(mine, 'reaction', `DESC LIMIT ${MAX_REACTIONS_READ}`),
  ])
  .join(' UNION ALL ')
  .concat(' ORDER BY ord');

/** The history's messages, and the index of what they say. Whoever changes something has a transaction open. */
export class MessageRows {
  readonly #db: Database;
  readonly #texts: TextIndex;
  readonly #gone: Gone;
  /**
   * How much is unread of each conversation between its marker and an order. What comes after that order is counted anew
   * each time, so that a count takes no longer the more is unread.
   */
  readonly #counted = new Map<
    string,
    { readonly from: number; readonly upTo: number; readonly unread: number }
  >();

  constructor(db: Database) {
    this.#db = db;
    this.#texts = textIndex(db);
    this.#gone = new Gone(db);
  }

  find(id: string, author: string): StoredMessage | null {
    return this.#one('author = ? AND id = ?', author, id);
  }

  page(
    contact: string,
    before: number | null,
    limit: number,
  ): { messages: StoredMessage[]; hasOlder: boolean } {
    const rows = this.#db.all(
      `SELECT ${COLUMNS} FROM messages WHERE contact = ? AND about IS NULL AND ord < ?
       ORDER BY ord DESC LIMIT ?`,
      contact,
      before ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    );
    return { messages: rows.slice(0, limit).map(toMessage).reverse(), hasOlder: rows.length > limit };
  }

  newestReceived(contact: string, upTo: number): StoredMessage | null {
    return this.#one(
      'contact = ? AND about IS NULL AND mine = 0 AND ord <= ? ORDER BY ord DESC LIMIT 1',
      contact,
      upTo,
    );
  }

  changes(contact: string, ids: readonly string[]): StoredMessage[] {
    return this.#db
      .all(
        `SELECT value AS text FROM json_each(?)
         WHERE EXISTS (SELECT 1 FROM messages WHERE contact = ? AND about = value)`,
        JSON.stringify(ids),
        contact,
      )
      .flatMap((row) => this.#db.all(CHANGES, contact, toText(row)).map(toMessage));
  }

  undelivered(): StoredMessage[] {
    return this.#db
      .all(`SELECT ${COLUMNS} FROM messages WHERE state = 'pending' ORDER BY contact, seq`)
      .map(toMessage);
  }

  received(contact: string): { messages: number; bytes: number } {
    return validate(
      receivedRow,
      this.#db.get(
        `SELECT count(*) AS messages, coalesce(sum(length(CAST(json_extract(envelope,
           CASE json_extract(envelope, '$.kind') WHEN 'text' THEN '$.body.text' ELSE '$.body' END
         ) AS BLOB))), 0) AS bytes FROM messages WHERE contact = ? AND mine = 0`,
        contact,
      ),
    );
  }

  summary(contact: string): ConversationSummary {
    const marker = this.#db.get('SELECT read_up_to AS up_to FROM contacts WHERE identity = ?', contact);
    const from = marker === undefined ? 0 : validate(markerRow, marker).up_to;
    const row = this.#db.get(
      'SELECT ord, stored_at FROM messages WHERE contact = ? AND about IS NULL ORDER BY ord DESC LIMIT 1',
      contact,
    );
    if (row === undefined) return { unread: 0, lastMessageAt: null };
    const newest = validate(newestRow, row);
    const known = this.#counted.get(contact);
    const before = known?.from === from ? known : { upTo: from, unread: 0 };
    const count = toCount(
      this.#db.get(
        'SELECT count(*) AS count FROM messages WHERE contact = ? AND about IS NULL AND mine = 0 AND ord > ?',
        contact,
        before.upTo,
      ),
    );
    const unread = before.unread + count;
    this.#counted.set(contact, { from, upTo: newest.ord, unread });
    return { unread, lastMessageAt: newest.stored_at };
  }

  /** What was counted may not come to be: it is counted anew. */
  countAnew(): void {
    this.#counted.clear();
  }

  /** Whether this was received once and is deleted. */
  isGone(contact: string, id: string): boolean {
    return this.#gone.has(contact, id);
  }

  /** The message as it is stored now; null when it was there already. What was just written need not be read. */
  insert(message: Omit<StoredMessage, 'order'>): StoredMessage | null {
    const order = this.#db.insert(
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
  }

  /** Gives the pending messages of a contact these envelopes, by their ids. */
  renumber(contact: string, envelopes: readonly Envelope[]): void {
    const pending = this.#db
      .all(`SELECT ord, id FROM messages WHERE contact = ? AND state = 'pending'`, contact)
      .map((row) => validate(pendingRow, row));
    const orders = new Map(pending.map(({ id, ord }) => [id, ord]));
    for (const envelope of envelopes) {
      this.#db.run(
        'UPDATE messages SET author = ?, seq = ?, envelope = ? WHERE ord = ?',
        envelope.author,
        envelope.seq,
        JSON.stringify(envelope),
        orders.get(envelope.id) ?? null,
      );
    }
  }

  /** See HistoryStore. */
  settle(author: string, ends: readonly MessageEnd[]): ReadonlySet<string> {
    const changed = ends.filter(
      ({ id, state, refused }) =>
        this.#db.run(
          `UPDATE messages SET state = ?, refused = ? WHERE author = ? AND id = ? AND state = 'pending'`,
          state,
          refused,
          author,
          id,
        ) > 0,
    );
    const settled = new Set(changed.map(({ id }) => id));
    const changing = changed.filter(({ isChange }) => isChange).map(({ id }) => id);
    if (changing.length === 0) return settled;
    const changes = this.#db
      .all(
        `SELECT ${COLUMNS} FROM messages
         WHERE author = ? AND id IN (SELECT value FROM json_each(?)) AND about IS NOT NULL ORDER BY ord`,
        author,
        JSON.stringify(changing),
      )
      .map(toMessage);
    this.erase(changes.filter(({ state }) => state === 'delivered'));
    const gone = changes.filter((message) => this.#isOfNone(message)).map(({ order }) => order);
    if (gone.length > 0) this.#remove(`ord IN (SELECT value FROM json_each(?))`, JSON.stringify(gone));
    return settled;
  }

  /** What was said by messages that these delete, and by their edits, is on the disk no longer. */
  erase(messages: readonly StoredMessage[]): void {
    const deletions = messages.filter(({ envelope }) => envelope.kind === 'delete');
    const gone = deletions.flatMap(({ envelope, contact, mine }) => {
      const id = changeOf(envelope)?.message ?? null;
      // Those of an earlier identity, too: one reads a whole conversation for it, and nobody else can have that done.
      const own = mine ? 'contact = ?2 AND mine = 1' : 'author = ?2';
      return this.#db.all(
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
    this.#texts.leave(said, orders);
    this.#db.run(
      `UPDATE messages SET envelope = json_set(envelope, '$.body.text', '') WHERE ${said}`,
      orders,
    );
  }

  /** Removes all of a contact's, or those that are acknowledged. */
  clear(contact: string, which: 'all' | 'settled'): void {
    this.#remove(which === 'all' ? 'contact = ?' : `contact = ? AND state <> 'pending'`, contact);
  }

  /**
   * Removes what was stored before, but for what is not acknowledged: some at once. Returns how many. What changes such
   * a message goes first, whenever it came: a message is never left without it.
   */
  forget(before: number): number {
    const old = this.#db
      .all(
        `SELECT ord FROM messages WHERE state <> 'pending' AND stored_at < ? LIMIT ?`,
        before,
        FORGOTTEN_AT_ONCE + 1,
      )
      .map(toOrd);
    if (old.length > FORGOTTEN_AT_ONCE && !this.#texts.isEmpty) this.#texts.clear();
    const changes = this.#db
      .all(
        `SELECT changes.ord AS ord FROM json_each(?) AS old JOIN messages AS message ON message.ord = old.value
         JOIN messages AS changes ON changes.contact = message.contact AND changes.about = message.id
         WHERE changes.state <> 'pending' LIMIT ?`,
        JSON.stringify(old),
        FORGOTTEN_AT_ONCE,
      )
      .map(toOrd);
    const most = this.#texts.isEmpty ? FORGOTTEN_AT_ONCE : UNINDEXED_AT_ONCE;
    const gone = [...new Set([...changes, ...old])].slice(0, most);
    return this.#remove('ord IN (SELECT value FROM json_each(?))', JSON.stringify(gone));
  }

  /** The messages of the one contact are those of another from now on, who counts as the author of what they wrote. */
  inherit(from: string, next: string): void {
    this.countAnew();
    // A message that came under both identities is there already: the repetition goes.
    this.#db.run(
      `UPDATE OR IGNORE messages SET author = ?1, envelope = json_set(envelope, '$.author', ?1)
       WHERE contact = ?2 AND mine = 0`,
      next,
      from,
    );
    this.#remove('contact = ? AND mine = 0 AND author <> ?', from, next);
    this.#db.run('UPDATE messages SET contact = ?1 WHERE contact = ?2', next, from);
    this.#gone.inherit(from, next);
  }

  /** See HistoryStore; it opens a transaction itself. */
  index(): number {
    return this.#texts.index();
  }

  search(text: string, contact: string | null, limit: number): StoredMessage[] {
    return this.#texts.search(text, contact, limit).flatMap((ord) => this.#one('ord = ?', ord) ?? []);
  }

  #one(where: string, ...values: (string | number)[]): StoredMessage | null {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM messages WHERE ${where}`, ...values);
    return row === undefined ? null : toMessage(row);
  }

  /** Whether this changes a message of the conversation that is not here any longer. */
  #isOfNone({ envelope, contact, mine }: StoredMessage): boolean {
    const change = changeOf(envelope);
    if (change === null) return false;
    const isMine = (referenceOf(change).by === 'sender') === mine;
    if (this.find(change.message, isMine ? envelope.author : contact) !== null) return false;
    // One of an earlier identity of this person's: a whole conversation is read for it, and only for what they write.
    return !isMine || this.#one('contact = ? AND mine = 1 AND id = ?', contact, change.message) === null;
  }

  /** The only way for messages to be deleted: what they say goes with them. */
  #remove(where: string, ...values: string[]): number {
    this.countAnew();
    this.#texts.leave(where, ...values);
    this.#gone.add(where, ...values);
    return this.#db.run(`DELETE FROM messages WHERE ${where}`, ...values);
  }
}
