import * as z from 'zod/mini';
import { validate } from '@p2p-chat/protocol/text';
import { MAX_REQUEST_MESSAGES } from '@p2p-chat/protocol/limits';
import {
  INDEXED_AT_ONCE,
  INDEXED_BYTES_AT_ONCE,
  MAX_READ_UNINDEXED,
  MIN_INDEXED_QUERY,
  SEARCHED_WITHOUT_INDEX,
} from '../core/storage-ports.ts';
import { type Database, isIndexDamage } from './database.ts';
import { toCount, toOrd } from './rows.ts';

/**
 * Messages that leave the index one by one, each of which costs milliseconds: as many as a request may have. Of more it
 * is quicker to begin anew.
 */
export const UNINDEXED_AT_ONCE = MAX_REQUEST_MESSAGES;

/** The text of a row of `messages`; NULL where there is none, or none any longer. */
const TEXT = `CASE WHEN envelope ->> '$.kind' IN ('text', 'edit') THEN nullif(envelope ->> '$.body.text', '') END`;

const upToRow = z.object({ up_to: z.number() });
const sizeRow = z.object({ ord: z.number(), bytes: z.number() });
const textRow = z.object({ ord: z.number(), text: z.nullable(z.string()) });

/** The full-text index of the history. It has the messages up to an order; what is newer is read until `index`. */
export interface TextIndex {
  /** Whether it has nothing. */
  readonly isEmpty: boolean;
  /** Takes some messages in. Returns how many it looked at. */
  index(): number;
  /** To be called before those messages are deleted, within the same transaction. */
  leave(where: string, ...values: string[]): void;
  /** Begins anew, with nothing. */
  clear(): void;
  /** Orders of the newest messages that have this text, newest first. */
  search(text: string, contact: string | null, limit: number): number[];
}

export function textIndex(db: Database): TextIndex {
  const upTo = (): number => validate(upToRow, db.get('SELECT up_to FROM indexed')).up_to;
  const moveTo = (ord: number): void => void db.run('UPDATE indexed SET up_to = ?', ord);
  const clear = (): void => {
    db.run(`INSERT INTO texts (texts) VALUES ('delete-all')`);
    moveTo(0);
  };

  /** An index that is damaged begins anew: it keeps no message from being read, stored or forgotten. */
  const orAnew = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch (error) {
      if (!isIndexDamage(error)) throw error;
      clear();
      return otherwise;
    }
  };

  /** The order up to which a slice goes, and how many rows that is. */
  const slice = (from: number): { end: number; count: number } => {
    const rows = db
      .all(
        'SELECT ord, length(envelope) AS bytes FROM messages WHERE ord > ? ORDER BY ord LIMIT ?',
        from,
        INDEXED_AT_ONCE,
      )
      .map((row) => validate(sizeRow, row));
    let [end, count, bytes] = [from, 0, 0];
    for (const row of rows) {
      bytes += row.bytes;
      if (count > 0 && bytes > INDEXED_BYTES_AT_ONCE) break;
      end = row.ord;
      count += 1;
    }
    return { end, count };
  };

  /** FTS5 reads what it changes when it has to write, which is at a savepoint, or else too late: at the commit. */
  const flush = (): void => {
    db.run('SAVEPOINT indexed');
    db.run('RELEASE indexed');
  };

  // Every text is read by SQLite alone: what leaves the index has to be what came into it, byte for byte.
  const add = (from: number, end: number): void => {
    db.run(
      `INSERT INTO texts (rowid, text)
       SELECT ord, ${TEXT} FROM messages WHERE ord > ? AND ord <= ? AND ${TEXT} IS NOT NULL`,
      from,
      end,
    );
    moveTo(end);
  };
  const remove = (where: string, values: string[]): void => {
    const rows = `ord <= (SELECT up_to FROM indexed) AND (${where})`;
    const count = toCount(
      db.get(
        `SELECT count(*) AS count FROM (SELECT 1 FROM messages WHERE ${rows} LIMIT ?)`,
        ...values,
        UNINDEXED_AT_ONCE + 1,
      ),
    );
    if (count > UNINDEXED_AT_ONCE) clear();
    else if (count > 0) {
      db.run(
        `INSERT INTO texts (texts, rowid, text)
         SELECT 'delete', ord, ${TEXT} FROM messages WHERE ${rows} AND ${TEXT} IS NOT NULL`,
        ...values,
      );
      flush();
    }
  };

  /** Reads the newest messages after an order, at most so many. */
  const scan = (text: string, contact: string | null, limit: number, after: number, most: number) => {
    const wanted = text.toLowerCase();
    return db
      .all(
        `SELECT ord, ${TEXT} AS text FROM messages WHERE ord > ? ${contact === null ? '' : 'AND contact = ?'}
         ORDER BY ord DESC LIMIT ?`,
        after,
        ...(contact === null ? [] : [contact]),
        most,
      )
      .map((row) => validate(textRow, row))
      .filter((row) => row.text?.toLowerCase().includes(wanted) === true)
      .slice(0, limit)
      .map(({ ord }) => ord);
  };

  const lookUp = (text: string, contact: string | null, limit: number): number[] =>
    db
      .all(
        contact === null
          ? 'SELECT rowid AS ord FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT ?'
          : `SELECT texts.rowid AS ord FROM texts JOIN messages ON messages.ord = texts.rowid
             WHERE texts MATCH ? AND messages.contact = ? ORDER BY texts.rowid DESC LIMIT ?`,
        phrase(text),
        ...(contact === null ? [] : [contact]),
        limit,
      )
      .map(toOrd);

  return {
    get isEmpty() {
      return upTo() === 0;
    },
    index: () => {
      const from = upTo();
      const { end, count } = slice(from);
      // What it loses with the machine is read again.
      if (count > 0) db.unsyncedTransaction(() => orAnew(() => add(from, end), undefined));
      return count;
    },
    leave: (where, ...values) => orAnew(() => remove(where, values), undefined),
    clear,
    search: (text, contact, limit) => {
      if (text === '') return [];
      const isShort = Array.from(text).length < MIN_INDEXED_QUERY;
      if (isShort) return scan(text, contact, limit, 0, SEARCHED_WITHOUT_INDEX);
      const newer = scan(text, contact, limit, upTo(), MAX_READ_UNINDEXED);
      return [...newer, ...orAnew(() => lookUp(text, contact, limit - newer.length), [])];
    },
  };
}

/** The text as one string of the query language, in which nothing but the quotation mark means anything. */
function phrase(text: string): string {
  // SQLite ends a query at the first NUL, which no message has in a place that anybody sees.
  return `"${text.replaceAll('\0', ' ').replaceAll('"', '""')}"`;
}
