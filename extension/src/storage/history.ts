import { join } from 'node:path';
import type { Cursor } from '@p2p-chat/protocol/link';
import type { HistoryStore } from '../core/storage-ports.ts';
import { ContactRows, NoticeRows } from './contact-rows.ts';
import { Counters } from './counters.ts';
import { Database, type TellPath } from './database.ts';
import { HISTORY_MIGRATIONS } from './history-schema.ts';
import { MessageRows } from './message-rows.ts';
import { HISTORY_ROWS, toText } from './rows.ts';
import { readDamaged } from './damage.ts';

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
  const damaged: string[] = [];
  const db = Database.open(
    join(folder, 'chat.db'),
    { migrations: HISTORY_MIGRATIONS, rows: HISTORY_ROWS },
    (path) => {
      damaged.push(path);
      setAside(path);
    },
    found,
  );
  const addWorkspace = (workspace: string): void =>
    void db.run('INSERT OR IGNORE INTO workspaces (folder) VALUES (?)', workspace);
  // What waits in a workspace that is closed would wait for it to be opened.
  for (const workspace of damaged.flatMap((path) => workspacesIn(path))) addWorkspace(workspace);
  const contacts = new ContactRows(db);
  const notices = new NoticeRows(db);
  const messages = new MessageRows(db);
  const counters = new Counters(db);

  const removeConversation = (contact: string): void => {
    messages.clear(contact, 'all');
    notices.remove(contact);
  };
  const remove = (contact: string): void => {
    removeConversation(contact);
    contacts.remove(contact);
  };

  return db.guarded<HistoryStore>({
    contacts: () => contacts.all(),
    saveContact: (contact) => contacts.save(contact),
    replaceContact: (from, next, notice, forgotten, between) =>
      db.transaction(() => {
        for (const contact of forgotten) removeConversation(contact);
        messages.inherit(from, next.identity);
        notices.inherit(from, next.identity);
        counters.inherit(from, next.identity);
        notices.add(notice);
        contacts.remove(from);
        contacts.save(next);
        for (const old of [...between, from]) contacts.succeed(old, next);
        const found = messages.summary(next.identity);
        messages.countAnew();
        return found;
      }),
    successors: () => contacts.successors(),
    removeContact: (contact) => db.transaction(() => remove(contact)),
    forgetMessages: (contact) =>
      db.transaction(() => {
        remove(contact.identity);
        contacts.save(contact);
      }),
    clear: (contact) =>
      db.transaction(() => {
        messages.clear(contact, 'settled');
        notices.remove(contact);
      }),
    devices: (contact) => counters.devices(contact),
    received: (contact) => messages.received(contact),
    notices: (contact) => notices.of(contact),
    addNotice: (notice) => db.transaction(() => notices.add(notice)),
    forget: (before) => db.transaction(() => messages.forget(before) + notices.forget(before)),
    index: () => messages.index(),
    search: (text, { contact, limit }) => messages.search(text, contact, limit),
    summary: (contact) => messages.summary(contact),
    page: (contact, before, limit) => messages.page(contact, before, limit),
    newestReceived: (contact, upTo) => messages.newestReceived(contact, upTo),
    find: (id, author) => messages.find(id, author),
    changes: (contact, ids) => messages.changes(contact, ids),
    undelivered: () => messages.undelivered(),
    outbound: (contact) => counters.outbound(contact),
    addOutgoing: (written, moved) =>
      // Outboxes have them, with their numbers.
      db.unsyncedTransaction(() => {
        const stored = written.flatMap(({ envelope, contact, storedAt }) => {
          const message = { envelope, contact, storedAt, mine: true, refused: null, held: false } as const;
          return (
            messages.insert({ ...message, state: 'pending' }) ??
            messages.find(envelope.id, envelope.author) ??
            []
          );
        });
        for (const { contact, cursor } of newest(moved)) counters.advance(contact, cursor);
        return stored;
      }),
    renumber: (contact, cursor, envelopes) =>
      db.transaction(() => {
        messages.renumber(contact, envelopes);
        counters.advance(contact, cursor);
      }),
    inbound: (device) => counters.inbound(device),
    receive: (contact, device, cursor, incoming, refused, now, line = null) =>
      db.transaction(() => {
        const added = incoming.flatMap(({ envelope, held }) => {
          if (messages.isGone(contact, envelope.id)) return [];
          const message = { envelope, contact, storedAt: now, mine: false, refused: null, held } as const;
          return messages.insert({ ...message, state: 'received' }) ?? [];
        });
        counters.take(contact, device, cursor, refused);
        if (line !== null) notices.add(line);
        messages.erase(added);
        return added;
      }),
    settle: (author, ends) => db.transaction(() => messages.settle(author, ends)),
    workspaces: () => db.all('SELECT folder AS text FROM workspaces ORDER BY folder').map(toText),
    addWorkspace,
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

/** The folders that a damaged history names, as far as they can be read. */
function workspacesIn(path: string): string[] {
  return readDamaged(path, (file) => file.prepare('SELECT folder AS text FROM workspaces').all().map(toText));
}

/** Of several counters of one contact the last: the others would be written to be overwritten. */
function newest<C extends { contact: string; cursor: Cursor }>(counters: readonly C[]): C[] {
  return [
    ...new Map(counters.map((counter) => [`${counter.contact} ${counter.cursor.epoch}`, counter])).values(),
  ];
}
