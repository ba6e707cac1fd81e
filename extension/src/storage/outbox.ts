import { join } from 'node:path';
import * as z from 'zod';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { validate } from '@p2p-chat/protocol/text';
import type { OutboxStore } from '../core/ports.ts';
import { Database, type Migrations } from './database.ts';
import { toEnvelope } from './rows.ts';

const MIGRATIONS: Migrations = [
  `CREATE TABLE outbox (
     id TEXT PRIMARY KEY, contact TEXT NOT NULL, seq INTEGER NOT NULL, envelope TEXT NOT NULL
   ) STRICT;
   CREATE INDEX outbox_in_order ON outbox (contact, seq);`,
];

const entryRow = z.object({ contact: fingerprint, envelope: z.string() });

/**
 * Opens the outbox in a folder of workspace or global storage.
 * @param setAside is told the path of a damaged file that was put out of the way
 * @throws {StorageError}
 */
export function openOutbox(folder: string, setAside: (damaged: string) => void): OutboxStore {
  const db = Database.open(join(folder, 'outbox.db'), MIGRATIONS, setAside);
  return {
    all: () =>
      db.all('SELECT contact, envelope FROM outbox ORDER BY contact, seq').map((row) => {
        const value = validate(entryRow, row);
        return { contact: value.contact, envelope: toEnvelope(value.envelope) };
      }),
    add: (entries) =>
      db.transaction(() => {
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
    remove: (ids) =>
      db.transaction(() => {
        for (const id of ids) db.run('DELETE FROM outbox WHERE id = ?', id);
      }),
    close: () => db.close(),
  };
}
