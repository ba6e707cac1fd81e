import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { changeOf, referenceOf } from '@p2p-chat/protocol/kinds';
import { MAX_KEPT_REFUSALS } from '@p2p-chat/protocol/limits';
import type { Cursor, ReceivedCursor, RefusedMessage } from '@p2p-chat/protocol/link';
import { utf8Length } from '@p2p-chat/protocol/text';
import {
  type ConversationSummary,
  FORGOTTEN_AT_ONCE,
  type HistoryStore,
  INDEXED_AT_ONCE,
  MAX_CONTACT_DEVICES,
  MAX_REACTIONS_READ,
  MAX_RETIRED_EPOCHS,
  MAX_MISSING_NOTICES,
  MAX_STORED_NOTICES,
  MAX_SUCCESSORS,
  MIN_INDEXED_QUERY,
  type OutboxStore,
  SEARCHED_WITHOUT_INDEX,
  type StoredContact,
  type StoredMessage,
  type StoredNotice,
} from '../../src/core/storage-ports.ts';

interface Position {
  cursor: Cursor | null;
  retired: string[];
}

/** The history's twin in memory: the same contract without a disk. */
export function memoryHistory(): HistoryStore {
  const contacts = new Map<Fingerprint, StoredContact>();
  const refusals = new Map<Fingerprint, RefusedMessage[]>();
  let notices: StoredNotice[] = [];
  const positions = new Map<string, Position>();
  const lasts = new Map<Fingerprint, ReceivedCursor['last']>();
  /** Whose a device is, in the order in which they were first seen. */
  const owners = new Map<Fingerprint, Fingerprint>();
  const successors = new Map<Fingerprint, Fingerprint>();
  const workspaces = new Set<string>();
  const settings = new Map<string, string>();
  let messages: StoredMessage[] = [];
  /** Orders of what changes another message, with the id of that one: also once what they say is erased. */
  const abouts = new Map<number, string>();
  let order = 0;
  let indexedUpTo = 0;

  const of = (contact: Fingerprint): StoredMessage[] => messages.filter((m) => m.contact === contact);
  const find = (id: string, author: Fingerprint): StoredMessage | null =>
    messages.find(({ envelope }) => envelope.id === id && envelope.author === author) ?? null;
  /** Received messages that were here: whose they were, and their ids. */
  const gone = new Map<Fingerprint, Set<string>>();
  const goneOf = (contact: Fingerprint): Set<string> => {
    const known = gone.get(contact) ?? new Set();
    gone.set(contact, known);
    return known;
  };
  const drop = (isDropped: (message: StoredMessage) => boolean): void => {
    for (const m of messages) if (!m.mine && isDropped(m)) goneOf(m.contact).add(m.envelope.id);
    messages = messages.filter((m) => !isDropped(m));
  };
  const removeConversation = (contact: Fingerprint): void => {
    drop((m) => m.contact === contact);
    notices = notices.filter((notice) => notice.contact !== contact);
  };
  const remove = (contact: Fingerprint): void => {
    removeConversation(contact);
    contacts.delete(contact);
  };
  const devicesOf = (contact: Fingerprint): Fingerprint[] =>
    [...owners].filter(([, owner]) => owner === contact).map(([device]) => device);
  const own = (contact: Fingerprint, device: Fingerprint): void => {
    if (owners.get(device) === contact) return;
    owners.set(device, contact);
    trimDevices(contact, device);
  };
  const trimDevices = (contact: Fingerprint, kept: Fingerprint | null): void => {
    const room = MAX_CONTACT_DEVICES - (kept === null ? 0 : 1);
    const others = devicesOf(contact).filter((other) => other !== kept);
    for (const gone of others.slice(0, Math.max(0, others.length - room))) {
      owners.delete(gone);
      refusals.delete(gone);
      positions.delete(`in ${gone}`);
      lasts.delete(gone);
    }
  };
  const position = (key: string): Position => positions.get(key) ?? { cursor: null, retired: [] };
  const advance = (key: string, cursor: Cursor): void => {
    const { cursor: before, retired } = position(key);
    const ended = before !== null && before.epoch !== cursor.epoch ? [before.epoch] : [];
    positions.set(key, { cursor, retired: [...new Set([...retired, ...ended])].slice(-MAX_RETIRED_EPOCHS) });
  };
  const insert = (message: Omit<StoredMessage, 'order'>): boolean => {
    if (find(message.envelope.id, message.envelope.author) !== null) return false;
    order += 1;
    const about = changeOf(message.envelope)?.message;
    if (about !== undefined) abouts.set(order, about);
    messages.push({ ...message, order });
    return true;
  };
  const replace = (id: string, author: Fingerprint, change: Partial<StoredMessage>): void => {
    messages = messages.map((m) =>
      m.envelope.id === id && m.envelope.author === author ? { ...m, ...change } : m,
    );
  };
  /** Those that stand in the conversation themselves. */
  const standing = (contact: Fingerprint): StoredMessage[] => of(contact).filter((m) => !abouts.has(m.order));
  const erase = (deletions: readonly StoredMessage[]): void => {
    for (const { contact, mine, envelope } of deletions) {
      const deleted = changeOf(envelope);
      if (deleted?.kind !== 'delete') continue;
      messages = messages.map((m) => {
        const edits = changeOf(m.envelope);
        const isIt = m.envelope.id === deleted.message;
        const isItsEdit = edits?.kind === 'edit' && edits.message === deleted.message;
        if (m.contact !== contact || m.mine !== mine || m.state === 'pending' || !(isIt || isItsEdit))
          return m;
        if (typeof m.envelope.body['text'] !== 'string') return m;
        return { ...m, envelope: { ...m.envelope, body: { ...m.envelope.body, text: '' } } };
      });
    }
  };
  /** Whether this changes a message that is not here. */
  const isOfNone = ({ contact, mine, envelope }: StoredMessage): boolean => {
    const change = changeOf(envelope);
    if (change === null) return false;
    const isMine = (referenceOf(change).by === 'sender') === mine;
    return !of(contact).some((each) => each.mine === isMine && each.envelope.id === change.message);
  };
  const summary = (contact: Fingerprint): ConversationSummary => {
    const readUpTo = contacts.get(contact)?.readUpTo ?? 0;
    return {
      unread: standing(contact).filter((m) => !m.mine && m.order > readUpTo).length,
      lastMessageAt: standing(contact).at(-1)?.storedAt ?? null,
    };
  };
  const addNotice = (notice: StoredNotice): void => {
    const isMissing = notice.kind === 'missing';
    const alike = notices.filter(
      ({ contact, kind }) => contact === notice.contact && (kind === 'missing') === isMissing,
    );
    const most = isMissing ? MAX_MISSING_NOTICES : MAX_STORED_NOTICES;
    const gone = new Set(alike.slice(0, Math.max(0, alike.length + 1 - most)));
    notices = [...notices.filter((each) => !gone.has(each)), notice];
  };
  const stored = (wanted: readonly { envelope: { id: string; author: string } }[]): StoredMessage[] =>
    wanted.flatMap(({ envelope }) => find(envelope.id, envelope.author) ?? []);

  return {
    contacts: () => [...contacts.values()],
    saveContact: (contact) => void contacts.set(contact.identity, contact),
    replaceContact: (from, next, notice, forgotten, between) => {
      const { identity } = next;
      for (const contact of forgotten) removeConversation(contact);
      const known = new Set(messages.filter((m) => m.envelope.author === identity).map((m) => m.envelope.id));
      messages = messages
        .filter((m) => m.contact !== from || m.mine || !known.has(m.envelope.id))
        .map((m) => {
          if (m.contact !== from) return m;
          return {
            ...m,
            contact: identity,
            envelope: m.mine ? m.envelope : { ...m.envelope, author: identity },
          };
        });
      for (const id of goneOf(from)) goneOf(identity).add(id);
      gone.delete(from);
      notices = notices.map((each) => (each.contact === from ? { ...each, contact: identity } : each));
      for (const [device, owner] of owners) if (owner === from) owners.set(device, identity);
      trimDevices(identity, null);
      addNotice(notice);
      contacts.delete(from);
      contacts.set(identity, next);
      successors.delete(identity);
      for (const old of [...between, from]) {
        successors.delete(old);
        if (next.standing === 'accepted') successors.set(old, identity);
      }
      for (const oldest of [...successors.keys()].slice(0, -MAX_SUCCESSORS)) successors.delete(oldest);
      return summary(identity);
    },
    successors: () => [...successors].map(([from, to]) => ({ from, to })),
    removeContact: remove,
    forgetMessages: (contact) => {
      remove(contact.identity);
      contacts.set(contact.identity, contact);
    },
    clear: (contact) => {
      drop((m) => m.contact === contact && m.state !== 'pending');
      notices = notices.filter((notice) => notice.contact !== contact);
    },
    devices: (contact) => devicesOf(contact).length,
    received: (contact) => {
      const theirs = of(contact).filter((m) => !m.mine);
      const bytes = ({ envelope: { kind, body } }: StoredMessage): number =>
        utf8Length(kind === 'text' && typeof body['text'] === 'string' ? body['text'] : JSON.stringify(body));
      return { messages: theirs.length, bytes: theirs.reduce((sum, message) => sum + bytes(message), 0) };
    },
    notices: (contact) => notices.filter((notice) => notice.contact === contact),
    addNotice,
    forget: (before) => {
      const old = messages.filter((m) => m.state !== 'pending' && m.storedAt < before);
      const changed = old.flatMap(({ contact, envelope: { id } }) =>
        of(contact).filter((m) => abouts.get(m.order) === id && m.state !== 'pending'),
      );
      const forgotten = new Set([...changed, ...old].slice(0, FORGOTTEN_AT_ONCE));
      const kept = notices.filter(({ at }) => at >= before);
      const count = forgotten.size + notices.length - kept.length;
      drop((m) => forgotten.has(m));
      notices = kept;
      return count;
    },
    summary,
    page: (contact, before, limit) => {
      const earlier = standing(contact).filter((m) => before === null || m.order < before);
      return { messages: earlier.slice(-limit), hasOlder: earlier.length > limit };
    },
    newestReceived: (contact, upTo) =>
      standing(contact).findLast(({ mine, order: at }) => !mine && at <= upTo) ?? null,
    find,
    changes: (contact, ids) =>
      [...new Set(ids)].flatMap((id) => {
        const all = of(contact).filter((m) => abouts.get(m.order) === id && m.state !== 'refused');
        const by = (mine: boolean, kind: string) =>
          all.filter((m) => m.mine === mine && m.envelope.kind === kind);
        return [true, false]
          .flatMap((mine) => [
            ...by(mine, 'edit').slice(-1),
            ...by(mine, 'delete').slice(0, 1),
            ...by(mine, 'reaction').slice(-MAX_REACTIONS_READ),
          ])
          .sort((a, b) => a.order - b.order);
      }),
    index: () => {
      const slice = messages.filter((m) => m.order > indexedUpTo).slice(0, INDEXED_AT_ONCE);
      indexedUpTo = slice.at(-1)?.order ?? indexedUpTo;
      return slice.length;
    },
    search: (text, { contact, limit }) => {
      const isShort = Array.from(text).length < MIN_INDEXED_QUERY;
      const candidates = contact === null ? messages : of(contact);
      return candidates
        .slice(isShort ? -SEARCHED_WITHOUT_INDEX : 0)
        .filter(({ envelope: { kind, body } }) => {
          const said =
            (kind === 'text' || kind === 'edit') && typeof body['text'] === 'string' ? body['text'] : '';
          return text !== '' && said.toLowerCase().includes(text.toLowerCase());
        })
        .slice(-limit)
        .reverse();
    },
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
      const byId = new Map(envelopes.map((envelope) => [envelope.id, envelope]));
      messages = messages.map((m) =>
        m.state === 'pending' ? { ...m, envelope: byId.get(m.envelope.id) ?? m.envelope } : m,
      );
      advance(`out ${contact}`, cursor);
    },
    inbound: (device) => {
      const { cursor, retired } = position(`in ${device}`);
      const last = lasts.get(device);
      return {
        cursor: cursor === null || last === undefined ? cursor : { ...cursor, last },
        retired,
        refused: refusals.get(device) ?? [],
      };
    },
    receive: (contact, device, cursor, arrived, refused, now, line = null) => {
      const added = arrived.filter(
        ({ envelope, held }) =>
          !goneOf(contact).has(envelope.id) &&
          insert({ envelope, contact, mine: false, storedAt: now, state: 'received', refused: null, held }),
      );
      const before =
        position(`in ${device}`).cursor?.epoch === cursor.epoch ? refusals.get(device) : undefined;
      const bySeq = new Map([...(before ?? []), ...refused].map((refusal) => [refusal.seq, refusal]));
      refusals.set(device, [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-MAX_KEPT_REFUSALS));
      advance(`in ${device}`, { epoch: cursor.epoch, next: cursor.next });
      lasts.set(device, cursor.last);
      own(contact, device);
      if (line !== null) addNotice(line);
      const news = stored(added);
      erase(news);
      return news;
    },
    settle: (author, ends) => {
      const pending = ends.filter(({ id }) => find(id, author)?.state === 'pending');
      for (const { id, state, refused } of pending) replace(id, author, { state, refused });
      const settled = pending.flatMap(({ id }) => find(id, author) ?? []);
      erase(settled.filter(({ state }) => state === 'delivered'));
      const gone = new Set(settled.filter(isOfNone).map((m) => m.order));
      messages = messages.filter((m) => !gone.has(m.order));
      return new Set(pending.map(({ id }) => id));
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
    add: (added, gone = []) => {
      const known = new Set(entries.map(({ envelope }) => envelope.id));
      const kept = entries.filter(({ envelope }) => !gone.includes(envelope.id));
      entries = [...kept, ...added.filter(({ envelope }) => !known.has(envelope.id))];
    },
    update: (changed) => {
      const byId = new Map(changed.map((entry) => [entry.envelope.id, entry]));
      entries = entries.map((entry) => {
        const { contact, envelope } = byId.get(entry.envelope.id) ?? entry;
        return { contact, envelope };
      });
    },
    remove: (ids) => {
      entries = entries.filter(({ envelope }) => !ids.includes(envelope.id));
    },
    close: () => undefined,
  };
}
