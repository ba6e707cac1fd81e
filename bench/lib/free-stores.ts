import type { Cursor, ReceivedCursor } from '@p2p-chat/protocol/link';
import type { HistoryStore, OutboxStore, StoredMessage } from '../../extension/src/core/storage-ports.ts';
import { type PeerParts, realParts } from '../../extension/src/peer/parts.ts';

/**
 * A peer whose messages are stored by a word in memory, without a disk, a row or an index: what it does then in a second is
 * the most that any store could let it do. Contacts and settings lie in a history as always.
 */
export const freeStores: PeerParts = {
  ...realParts,
  openHistory: (...where) => freeHistory(realParts.openHistory(...where)),
  openOutbox: () => freeOutbox(),
};

function freeHistory(rest: HistoryStore): HistoryStore {
  const messages = new Map<string, StoredMessage>();
  const newest = new Map<string, StoredMessage>();
  const outbound = new Map<string, Cursor>();
  const inbound = new Map<string, ReceivedCursor>();
  let order = 0;
  const add = (message: Omit<StoredMessage, 'order'>): StoredMessage => {
    order += 1;
    const stored = { ...message, order };
    messages.set(message.envelope.id, stored);
    newest.set(message.contact, stored);
    return stored;
  };
  return {
    ...rest,
    summary: (contact) => ({ unread: 0, lastMessageAt: newest.get(contact)?.storedAt ?? null }),
    page: (contact) => {
      const last = newest.get(contact);
      return { messages: last === undefined ? [] : [last], hasOlder: false };
    },
    find: (id) => messages.get(id) ?? null,
    changes: () => [],
    index: () => 0,
    undelivered: () => [],
    outbound: (contact) => ({ cursor: outbound.get(contact) ?? null, retired: [] }),
    inbound: (device) => ({ cursor: inbound.get(device) ?? null, retired: [], refused: [] }),
    addOutgoing: (written, counters) => {
      for (const { contact, cursor } of counters) outbound.set(contact, cursor);
      return written.map((message) =>
        add({ ...message, mine: true, state: 'pending', refused: null, held: false }),
      );
    },
    receive: (contact, device, cursor, arrived, _refused, storedAt) => {
      inbound.set(device, cursor);
      return arrived
        .filter(({ envelope }) => !messages.has(envelope.id))
        .map((message) =>
          add({ ...message, contact, mine: false, storedAt, state: 'received', refused: null }),
        );
    },
    settle: (_author, ends) => {
      const ended = ends.filter(({ id }) => messages.get(id)?.state === 'pending');
      for (const { id, ...end } of ended) {
        const message = messages.get(id);
        if (message !== undefined) messages.set(id, { ...message, ...end });
      }
      return new Set(ended.map(({ id }) => id));
    },
  };
}

function freeOutbox(): OutboxStore {
  const ids = new Set<string>();
  return {
    all: () => [],
    add: (entries, gone = []) => {
      for (const id of gone) ids.delete(id);
      for (const { envelope } of entries) ids.add(envelope.id);
    },
    update: () => undefined,
    remove: (gone) => {
      for (const id of gone) ids.delete(id);
    },
    close: () => undefined,
  };
}
