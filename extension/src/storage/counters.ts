import * as z from 'zod/mini';
import { messageId } from '@p2p-chat/protocol/envelope';
import { MAX_KEPT_REFUSALS } from '@p2p-chat/protocol/limits';
import {
  cursor as cursorSchema,
  type Cursor,
  type ReceivedCursor,
  type RefusedMessage,
} from '@p2p-chat/protocol/link';
import { validate } from '@p2p-chat/protocol/text';
import { type InboundPosition, MAX_CONTACT_DEVICES, MAX_RETIRED_EPOCHS } from '../core/storage-ports.ts';
import type { Database } from './database.ts';
import { toCount, toRefused, toText } from './rows.ts';

const lastRow = z.object({ last: z.nullable(messageId) });

/**
 * The history's counters: how far messages are numbered for each contact, and how far they were taken from each of the
 * contacts' devices, with what was refused of those. Whoever calls it has a transaction open.
 */
export class Counters {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** How many devices of this contact have a counter here. */
  devices(contact: string): number {
    return toCount(this.#db.get('SELECT count(*) AS count FROM inbound WHERE contact = ?', contact));
  }

  outbound(contact: string): { cursor: Cursor | null; retired: string[] } {
    return this.#position('outbound', 'contact', contact);
  }

  /** The next message for this contact gets this number. */
  advance(contact: string, cursor: Cursor): void {
    this.#advance('outbound', 'contact', contact, cursor);
  }

  inbound(device: string): InboundPosition {
    const { cursor, retired } = this.#position('inbound', 'device', device);
    const row = this.#db.get('SELECT last FROM inbound WHERE device = ?', device);
    const last = row === undefined ? null : validate(lastRow, row).last;
    return {
      cursor: cursor === null || last === null ? cursor : { ...cursor, last },
      retired,
      refused: this.#db
        .all('SELECT seq, reason FROM refusals WHERE device = ? ORDER BY seq', device)
        .map(toRefused),
    };
  }

  /** What a device of this contact sent was taken so far, but for what was refused. */
  take(contact: string, device: string, cursor: ReceivedCursor, refused: readonly RefusedMessage[]): void {
    // Nothing but an epoch that begins, or a device that is another's, has more to it.
    const goesOn = this.#db.run(
      'UPDATE inbound SET next = ?, last = ? WHERE device = ? AND epoch = ? AND contact IS ?',
      cursor.next,
      cursor.last ?? null,
      device,
      cursor.epoch,
      contact,
    );
    if (goesOn === 0) this.#begin(contact, device, cursor);
    for (const { seq, reason } of refused) {
      this.#db.run(
        'INSERT OR REPLACE INTO refusals (device, seq, reason) VALUES (?, ?, ?)',
        device,
        seq,
        reason,
      );
    }
    if (refused.length === 0) return;
    this.#db.run(
      `DELETE FROM refusals WHERE device = ?1 AND seq <= (
         SELECT seq FROM refusals WHERE device = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
      device,
      MAX_KEPT_REFUSALS,
    );
  }

  #begin(contact: string, device: string, cursor: ReceivedCursor): void {
    this.#db.run(
      `DELETE FROM refusals WHERE device = ?1
         AND NOT EXISTS (SELECT 1 FROM inbound WHERE device = ?1 AND epoch = ?2)`,
      device,
      cursor.epoch,
    );
    this.#advance('inbound', 'device', device, cursor);
    this.#db.run('UPDATE inbound SET last = ? WHERE device = ?', cursor.last ?? null, device);
    this.#own(contact, device);
  }

  /** The devices of the one contact are those of another from now on. */
  inherit(from: string, next: string): void {
    this.#db.run('UPDATE inbound SET contact = ?1 WHERE contact = ?2', next, from);
    this.#trimDevices(next, null);
  }

  #position(table: 'outbound' | 'inbound', column: 'contact' | 'device', key: string) {
    const row = this.#db.get(`SELECT epoch, next FROM ${table} WHERE ${column} = ?`, key);
    const retired = this.#db.all(`SELECT epoch AS text FROM retired_${table} WHERE ${column} = ?`, key);
    return {
      cursor: row === undefined ? null : validate(cursorSchema, row),
      retired: retired.map(toText),
    };
  }

  #advance(
    table: 'outbound' | 'inbound',
    column: 'contact' | 'device',
    key: string,
    { epoch, next }: Cursor,
  ): void {
    const goesOn = this.#db.run(
      `UPDATE ${table} SET next = ? WHERE ${column} = ? AND epoch = ?`,
      next,
      key,
      epoch,
    );
    if (goesOn > 0) return;
    this.#db.run(
      `INSERT OR IGNORE INTO retired_${table} (${column}, epoch)
       SELECT ${column}, epoch FROM ${table} WHERE ${column} = ? AND epoch <> ?`,
      key,
      epoch,
    );
    this.#db.run(
      `DELETE FROM retired_${table} WHERE ${column} = ?1 AND rowid NOT IN
         (SELECT rowid FROM retired_${table} WHERE ${column} = ?1 ORDER BY rowid DESC LIMIT ${MAX_RETIRED_EPOCHS})`,
      key,
    );
    this.#db.run(
      `INSERT INTO ${table} (${column}, epoch, next) VALUES (?, ?, ?)
       ON CONFLICT (${column}) DO UPDATE SET epoch = excluded.epoch, next = excluded.next`,
      key,
      epoch,
      next,
    );
  }

  /** A device with a counter is this contact's; the oldest of too many goes. */
  #own(contact: string, device: string): void {
    const isNew = this.#db.run(
      'UPDATE inbound SET contact = ?1 WHERE device = ?2 AND contact IS NOT ?1',
      contact,
      device,
    );
    if (isNew > 0) this.#trimDevices(contact, device);
  }

  /** The oldest of too many devices of a contact go, but never `kept`. */
  #trimDevices(contact: string, kept: string | null): void {
    const gone = this.#db.all(
      `SELECT device AS text FROM inbound WHERE contact = ? AND device IS NOT ?
       ORDER BY rowid DESC LIMIT -1 OFFSET ?`,
      contact,
      kept,
      kept === null ? MAX_CONTACT_DEVICES : MAX_CONTACT_DEVICES - 1,
    );
    for (const old of gone.map(toText)) {
      for (const table of ['inbound', 'retired_inbound', 'refusals']) {
        this.#db.run(`DELETE FROM ${table} WHERE device = ?`, old);
      }
    }
  }
}
