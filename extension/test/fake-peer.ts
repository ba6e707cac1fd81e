import { createHash } from 'node:crypto';
import {
  type Contact,
  type ConversationPage,
  type Message,
  type Notice,
  type OnlineOptions,
  type OwnIdentity,
  type PeerClient,
  PeerError,
  type PeerMethod,
  type PeerParams,
  type PeerPush,
  type PeerPushValue,
  type PeerResult,
  type Person,
  type Snapshot,
  type Status,
} from '../src/peer-api.ts';
import type { Change } from '@p2p-chat/protocol/kinds';
import { safetyNumber } from '@p2p-chat/protocol/safety-number';

/**
 * A peer in memory behind the window's contract, for unit tests and for looking at the views without a network.
 * Its world is what a test puts into it; nothing happens by itself.
 */

/** A fingerprint for a made-up person. */
export function fakeId(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

export function fakePerson(name: string, changes: Partial<Person> = {}): Person {
  return { id: fakeId(name), name, presence: 'offline', lastSeen: null, ...changes };
}

export function fakeContact(name: string, changes: Partial<Contact> = {}): Contact {
  return {
    ...fakePerson(name),
    trust: 'unverified',
    standing: 'accepted',
    changedTo: null,
    unread: 0,
    linked: false,
    path: null,
    lastMessageAt: null,
    muted: false,
    pinned: false,
    statusText: '',
    ...changes,
  };
}

/** A message that nobody edited, deleted or reacted to, and that replies to none. */
export const AS_WRITTEN = {
  edited: false,
  deleted: false,
  reactions: [],
  replyTo: null,
} satisfies Partial<Message>;

type Handlers = { [M in PeerMethod]: (params: PeerParams<M>) => Promise<PeerResult<M>> };
/** The message after a change by this person. */
function changedBy(message: Message, change: Change): Message {
  if (change.kind === 'edit') return { ...message, text: change.text, edited: true };
  if (change.kind === 'delete') return { ...message, text: null, deleted: true };
  const others = message.reactions.filter(({ emoji }) => emoji !== change.emoji);
  const theirs = message.reactions.some(({ emoji, theirs: also }) => also && emoji === change.emoji);
  if (!change.on && !theirs) return { ...message, reactions: others };
  return { ...message, reactions: [...others, { emoji: change.emoji, mine: change.on, theirs }] };
}

type Listeners = { [P in PeerPush]: Set<(value: PeerPushValue<P>) => void> };

export class FakePeer implements PeerClient {
  snapshot: Snapshot | undefined;
  /** What was asked, oldest first. */
  readonly asked: { readonly method: PeerMethod; readonly params: unknown }[] = [];
  readonly contacts = new Map<string, Contact>();
  readonly messages: Message[] = [];
  statusText = '';
  readonly typedAddresses = new Map<string, PeerParams<'setAddress'>['endpoint']>();
  readonly notices: Notice[] = [];
  directory: { people: Person[]; more: boolean } = { people: [], more: false };
  readonly damagedFiles: string[] = [];
  status: Status = { kind: 'offline' };
  own: OwnIdentity = { identity: fakeId('me'), device: fakeId('my device'), account: null };
  /** Replaces what a request does. */
  readonly overrides: Partial<Handlers> = {};

  readonly #listeners: Listeners = {
    status: new Set(),
    contact: new Set(),
    contactReplaced: new Set(),
    contactRemoved: new Set(),
    directory: new Set(),
    damagedFiles: new Set(),
    messages: new Set(),
    notify: new Set(),
    notice: new Set(),
    typing: new Set(),
    forgotten: new Set(),
    log: new Set(),
  };
  readonly #connected = new Set<(snapshot: Snapshot) => void>();
  readonly #disconnected = new Set<() => void>();

  /** As the client does when it has reached a peer. */
  connect(): void {
    this.snapshot = this.#snapshotNow();
    for (const listener of this.#connected) listener(this.snapshot);
  }

  disconnect(): void {
    for (const listener of this.#disconnected) listener();
  }

  push<P extends PeerPush>(name: P, value: PeerPushValue<P>): void {
    for (const listener of this.#listeners[name]) listener(value);
  }

  setStatus(status: Status): void {
    this.status = status;
    this.push('status', status);
  }

  setContact(contact: Contact): void {
    this.contacts.set(contact.id, contact);
    this.push('contact', contact);
  }

  /** The contact goes on under another identity. */
  replaceContact(from: string, to: Contact): void {
    this.contacts.delete(from);
    this.contacts.set(to.id, to);
    this.push('contactReplaced', { from, to });
  }

  addMessage(message: Partial<Message> & { contact: string; id: string }): Message {
    const known = this.messages.find(({ id }) => id === message.id);
    if (known !== undefined) return known;
    const added: Message = {
      order: this.messages.length + 1,
      mine: false,
      kind: 'text',
      text: '',
      ...AS_WRITTEN,
      writtenAt: Date.now(),
      storedAt: Date.now(),
      state: message.mine === true ? 'sending' : 'received',
      held: false,
      refused: null,
      ...message,
    };
    this.messages.push(added);
    this.push('messages', [added]);
    return added;
  }

  onPush<P extends PeerPush>(push: P, listener: (value: PeerPushValue<P>) => void): () => void {
    this.#listeners[push].add(listener);
    return () => this.#listeners[push].delete(listener);
  }

  onConnected(listener: (snapshot: Snapshot) => void): () => void {
    this.#connected.add(listener);
    return () => this.#connected.delete(listener);
  }

  onDisconnected(listener: () => void): () => void {
    this.#disconnected.add(listener);
    return () => this.#disconnected.delete(listener);
  }

  async request<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<PeerResult<M>> {
    this.asked.push({ method, params });
    const handlers: Handlers = { ...this.#handlers, ...this.overrides };
    return handlers[method](params);
  }

  readonly #handlers: Handlers = {
    subscribe: () => Promise.resolve(this.#snapshotNow()),
    goOnline: (options: OnlineOptions) => {
      const { name, server, serverKey } = options;
      this.own = { ...this.own, account: { name, server, serverKey: serverKey?.key ?? null } };
      this.setStatus({
        kind: 'online',
        name,
        server,
        identity: this.own.identity,
        endpoints: [],
      });
      return Promise.resolve({ accountCreated: true });
    },
    goOffline: () => {
      this.setStatus({ kind: 'offline' });
      return Promise.resolve({});
    },
    openConversation: ({ contact, limit }) => Promise.resolve(this.#page(contact, limit)),
    closeConversation: () => Promise.resolve({}),
    loadOlder: ({ contact, before, limit }) => {
      const older = this.#of(contact).filter(({ order }) => order < before);
      return Promise.resolve({ messages: older.slice(-limit), hasOlder: older.length > limit });
    },
    search: ({ text, limit }) =>
      Promise.resolve({
        messages: this.messages.filter((message) => message.text?.includes(text) === true).slice(-limit),
      }),
    send: ({ id, contact, text }) =>
      Promise.resolve(this.addMessage({ id, contact, text, mine: true, state: 'sending' })),
    change: ({ change }) => {
      const index = this.messages.findIndex(({ id }) => id === change.message);
      const known = this.messages[index];
      if (known === undefined) return Promise.reject(new Error('no such message'));
      const changed = changedBy(known, change);
      this.messages[index] = changed;
      this.push('messages', [changed]);
      return Promise.resolve(changed);
    },
    clearHistory: ({ contact }) => {
      const left = this.messages.filter((message) => contact !== null && message.contact !== contact);
      this.messages.splice(0, this.messages.length, ...left);
      this.push('forgotten', { before: Number.MAX_SAFE_INTEGER, contact });
      return Promise.resolve({});
    },
    typing: () => Promise.resolve({}),
    deliveryReport: ({ contact }) => Promise.resolve(this.#report(contact)),
    tryNow: ({ contact }) => Promise.resolve({ ...this.#report(contact), trying: true }),
    markRead: ({ contact }) => {
      const known = this.contacts.get(contact);
      if (known !== undefined) this.setContact({ ...known, unread: 0 });
      return Promise.resolve({});
    },
    moreDirectory: () => Promise.resolve({}),
    addWorkspace: () => Promise.resolve({}),
    configure: () => Promise.resolve({}),
    ownIdentity: () => Promise.resolve(this.own),
    rename: ({ name }) => {
      if (this.own.account !== null) this.own = { ...this.own, account: { ...this.own.account, name } };
      return Promise.resolve({ name });
    },
    deleteAccount: () => {
      this.own = { ...this.own, account: null };
      this.setStatus({ kind: 'offline' });
      return Promise.resolve({});
    },
    addContact: ({ identity, name }) => {
      const added =
        this.contacts.get(identity) ??
        fakeContact(name, { id: identity, trust: 'invited', presence: 'unknown' });
      this.setContact(added);
      return Promise.resolve(added);
    },
    setStanding: ({ contact, standing }) =>
      this.#change(contact, { standing: standing === 'unblocked' ? 'accepted' : standing }),
    setMuted: ({ contact, muted }) => this.#change(contact, { muted }),
    setPinned: ({ contact, pinned }) => this.#change(contact, { pinned }),
    setStatusText: ({ text }) => {
      this.statusText = text;
      return Promise.resolve({});
    },
    ownStatusText: () => Promise.resolve({ text: this.statusText }),
    setAddress: ({ contact, endpoint }) => {
      this.typedAddresses.set(contact, endpoint);
      return Promise.resolve({});
    },
    typedAddress: ({ contact }) => Promise.resolve({ endpoint: this.typedAddresses.get(contact) ?? null }),
    removeContact: ({ contact }) => {
      if (this.contacts.delete(contact)) this.push('contactRemoved', { contact });
      return Promise.resolve({});
    },
    attend: () => Promise.resolve({}),
    safetyNumber: ({ contact }) => Promise.resolve(this.#numbers(contact)),
    setVerified: ({ contact, digits }) => {
      if (digits !== null && digits !== this.#numbers(contact).digits) {
        throw new PeerError('internal', 'These are the numbers of another identity.');
      }
      return this.#change(contact, { trust: digits === null ? 'unverified' : 'verified' });
    },
    acceptIdentity: ({ contact, identity }) => {
      const to: Contact = { ...this.#known(contact), id: identity, changedTo: null, trust: 'unverified' };
      this.replaceContact(contact, to);
      return Promise.resolve(to);
    },
    rejectIdentity: ({ contact }) => this.#change(contact, { changedTo: null }),
    restart: () => {
      this.status = { kind: 'offline' };
      // Answers, and is gone.
      setImmediate(() => {
        this.disconnect();
        this.connect();
      });
      return Promise.resolve({});
    },
  };

  #numbers(contact: string): PeerResult<'safetyNumber'> {
    const { id, changedTo } = this.#known(contact);
    const shared = (identity: string): string => safetyNumber(this.own.identity, identity);
    return {
      digits: shared(id),
      changed: changedTo === null ? null : { identity: changedTo, digits: shared(changedTo) },
    };
  }

  #report(contact: string): PeerResult<'deliveryReport'> {
    const { presence, lastSeen, linked, path } = this.#known(contact);
    return {
      waiting: this.#of(contact).filter(({ state }) => state === 'held' || state === 'sending').length,
      obstacle: this.status.kind === 'online' ? null : 'offline',
      linked,
      path,
      presence,
      lastSeen,
      trying: false,
      nextAt: null,
      triedAt: null,
      addresses: [],
      detours: [],
    };
  }

  #known(id: string): Contact {
    const contact = this.contacts.get(id);
    if (contact === undefined) throw new PeerError('unknown-contact', 'Nobody knows this person.');
    return contact;
  }

  #change(id: string, changes: Partial<Contact>): Promise<Contact> {
    const changed = { ...this.#known(id), ...changes };
    this.setContact(changed);
    return Promise.resolve(changed);
  }

  #page(id: string, limit: number): ConversationPage {
    const stranger = this.directory.people.find((person) => person.id === id);
    const contact = this.contacts.get(id) ?? (stranger && { ...fakeContact(stranger.name), ...stranger });
    if (contact === undefined) throw new PeerError('unknown-contact', 'Nobody knows this person.');
    if (!this.contacts.has(id)) this.setContact(contact);
    const all = this.#of(id);
    return {
      contact,
      messages: all.slice(-limit),
      notices: this.notices.filter((notice) => notice.contact === id),
      hasOlder: all.length > limit,
      readUpTo: all.at(-1)?.order ?? 0,
    };
  }

  #of(contact: string): Message[] {
    return this.messages.filter((message) => message.contact === contact);
  }

  #snapshotNow(): Snapshot {
    const { status, directory } = this;
    return { status, contacts: [...this.contacts.values()], directory, damagedFiles: [...this.damagedFiles] };
  }
}
