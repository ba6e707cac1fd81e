import { join } from 'node:path';
import * as z from 'zod/mini';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { validate } from '@p2p-chat/protocol/text';
import type { OutboxStore } from '../core/storage-ports.ts';
import { Database, type Migrations, type Row, type TellPath } from './database.ts';
import { toEnvelope } from './rows.ts';

/** The outbox's file, step by step. A step that was ever released is never changed. */
export const OUTBOX_MIGRATIONS: Migrations = [
  `CREATE TABLE outbox (
     id TEXT PRIMARY KEY, contact TEXT NOT NULL, seq INTEGER NOT NULL, envelope TEXT NOT NULL
   ) STRICT;
   CREATE INDEX outbox_in_order ON outbox (contact, seq);`,
  // All of it is read at once, at a start, and sorted then.
  'DROP INDEX outbox_in_order;',
];

const entryRow = z.object({ contact: fingerprint, envelope: z.string() });

function toEntry(row: Row): ReturnType<OutboxStore['all']>[number] {
  const value = validate(entryRow, row);
  return { contact: value.contact, envelope: toEnvelope(value.envelope) };
}

/**
 * Opens the outbox in a folder of workspace or global storage.
 * @param setAside is told the path of a damaged file that was put out of the way
 * @param found is told of damage in the file while it is in use; it is put out of the way when it is opened next
 * @throws {StorageError}
 */
export function openOutbox(
  folder: string,
  setAside: TellPath,
  found: TellPath = () => undefined,
): OutboxStore {
  const db = Database.open(
    join(folder, 'outbox.db'),
    {
      migrations: OUTBOX_MIGRATIONS,
      rows: [{ sql: 'SELECT contact, envelope FROM outbox', read: toEntry }],
    },
    setAside,
    found,
  );
  const remove = (ids: readonly string[]): void => {
    for (const id of ids) db.run('DELETE FROM outbox WHERE id = ?', id);
  };
  return db.guarded<OutboxStore>({
    all: () => db.all('SELECT contact, envelope FROM outbox ORDER BY contact, seq').map(toEntry),
    add: (entries, gone = []) =>
      db.transaction(() => {
        remove(gone);
        for (const { contact, envelope } of entries) {
          db.run(
            'INSERT OR IGNORE INTO outbox (id, contact, seq, envelope) VALUES (?, ?, ?, ?)',
            envelope.id,
            contact,
            envelope.seq,
            JSON.stringify(envelope),
          );
        }
      }),
    update: (entries) =>
      db.transaction(() => {
        for (const { contact, envelope } of entries) {
          db.run(
            'UPDATE outbox SET contact = ?, seq = ?, envelope = ? WHERE id = ?',
            contact,
            envelope.seq,
            JSON.stringify(envelope),
            envelope.id,
          );
        }
      }),
    remove: (ids, synced) => {
      if (synced === 'now') db.transaction(() => remove(ids));
      else db.unsyncedTransaction(() => remove(ids));
    },
    close: () => db.close(),
  });
}
