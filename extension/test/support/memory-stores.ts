import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Cursor } from '@p2p-chat/protocol/link';
import type { HistoryStore, OutboxStore, StoredContact, StoredMessage } from '../../src/core/ports.ts';

interface Position {
  cursor: Cursor | null;
  retired: string[];
}

/** The history's twin in memory: the same contract without a disk. */
export function memoryHistory(): HistoryStore {
  const contacts = new Map<Fingerprint, StoredContact>();
  const positions = new Map<string, Position>();
  const workspaces = new Set<string>();
  const settings = new Map<string, string>();
  let messages: StoredMessage[] = [];
  let order = 0;

  const of = (contact: Fingerprint): StoredMessage[] => messages.filter((m) => m.contact === contact);
  const find = (id: string, author: Fingerprint): StoredMessage | null =>
    messages.find(({ envelope }) => envelope.id === id && envelope.author === author) ?? null;
  const position = (key: string): Position => positions.get(key) ?? { cursor: null, retired: [] };
  const advance = (key: string, cursor: Cursor): void => {
    const { cursor: before, retired } = position(key);
    const ended = before !== null && before.epoch !== cursor.epoch ? [before.epoch] : [];
    positions.set(key, { cursor, retired: [...new Set([...retired, ...ended])] });
  };
  const insert = (message: Omit<StoredMessage, 'order'>): boolean => {
    if (find(message.envelope.id, message.envelope.author) !== null) return false;
    order += 1;
    messages.push({ ...message, order });
    return true;
  };
  const replace = (id: string, author: Fingerprint, change: Partial<StoredMessage>): void => {
    messages = messages.map((m) =>
      m.envelope.id === id && m.envelope.author === author ? { ...m, ...change } : m,
    );
  };
  const stored = (wanted: readonly { envelope: { id: string; author: string } }[]): StoredMessage[] =>
    wanted.flatMap(({ envelope }) => find(envelope.id, envelope.author) ?? []);

  return {
    contacts: () => [...contacts.values()],
    saveContact: (contact) => void contacts.set(contact.identity, contact),
    summary: (contact) => {
      const readUpTo = contacts.get(contact)?.readUpTo ?? 0;
      return {
        unread: of(contact).filter((m) => !m.mine && m.order > readUpTo).length,
        lastMessageAt: of(contact).at(-1)?.storedAt ?? null,
      };
    },
    page: (contact, before, limit) => {
      const earlier = of(contact).filter((m) => before === null || m.order < before);
      return { messages: earlier.slice(-limit), hasOlder: earlier.length > limit };
    },
    find,
    undelivered: () =>
      messages
        .filter(({ state }) => state === 'pending')
        .sort((a, b) => a.contact.localeCompare(b.contact) || a.envelope.seq - b.envelope.seq),
    outbound: (contact) => position(`out ${contact}`),
    addOutgoing: (added, counters) => {
      for (const m of added) insert({ ...m, mine: true, state: 'pending', refused: null, held: false });
      for (const { contact, cursor } of counters) advance(`out ${contact}`, cursor);
      return stored(added);
    },
    renumber: (contact, cursor, envelopes) => {
      for (const envelope of envelopes) replace(envelope.id, envelope.author, { envelope });
      advance(`out ${contact}`, cursor);
    },
    inbound: (device) => position(`in ${device}`),
    receive: (contact, device, cursor, arrived, now) => {
      const added = arrived.filter(({ envelope, held }) =>
        insert({ envelope, contact, mine: false, storedAt: now, state: 'received', refused: null, held }),
      );
      advance(`in ${device}`, cursor);
      return stored(added);
    },
    settle: (author, ends) => {
      const pending = ends.filter(({ id }) => find(id, author)?.state === 'pending');
      for (const { id, state, refused } of pending) replace(id, author, { state, refused });
      return pending.flatMap(({ id }) => find(id, author) ?? []);
    },
    workspaces: () => [...workspaces].sort(),
    addWorkspace: (folder) => void workspaces.add(folder),
    setting: (name) => settings.get(name) ?? null,
    setSetting: (name, value) => void settings.set(name, value),
    close: () => undefined,
  };
}

/** The outbox's twin in memory. */
export function memoryOutbox(): OutboxStore {
  let entries: ReturnType<OutboxStore['all']> = [];
  return {
    all: () =>
      entries.toSorted((a, b) => a.contact.localeCompare(b.contact) || a.envelope.seq - b.envelope.seq),
    add: (added) => {
      const known = new Set(entries.map(({ envelope }) => envelope.id));
      entries = [...entries, ...added.filter(({ envelope }) => !known.has(envelope.id))];
    },
    update: (envelopes) => {
      const byId = new Map(envelopes.map((envelope) => [envelope.id, envelope]));
      entries = entries.map((entry) => ({
        ...entry,
        envelope: byId.get(entry.envelope.id) ?? entry.envelope,
      }));
    },
    remove: (ids) => {
      entries = entries.filter(({ envelope }) => !ids.includes(envelope.id));
    },
    close: () => undefined,
  };
}
