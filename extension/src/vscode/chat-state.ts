import type { Contact, Directory, PeerPushValue, Person, Snapshot, Status } from '../peer-api.ts';
import { namesakesAmong } from './namesakes.ts';
import { Signal } from './signal.ts';

const OFFLINE: Status = { kind: 'offline' };
const NOBODY: Directory = { people: [], more: false };

/**
 * What this window knows about the peer outside of conversations: the newest pushed values, kept whole.
 * Reads nothing and asks nobody; `peer-access.ts` feeds it and everything that a person sees listens to it.
 */
export class ChatState {
  /** The shown status changed. */
  readonly onStatus = new Signal<Status>();
  /** A contact is new or changed. */
  readonly onContact = new Signal<Contact>();
  /** Everything about contacts is to be read again. */
  readonly onContactsReset = new Signal<void>();
  readonly onDirectory = new Signal<Directory>();
  readonly onServerHere = new Signal<void>();
  /** Other chats are in view, or another one is the active editor. */
  readonly onChats = new Signal<void>();
  /** Something was begun to somebody and not sent, or is no more. */
  readonly onDrafts = new Signal<void>();

  #peerStatus: Status = OFFLINE;
  #attempt: Status | undefined;
  #silence: Status | undefined;
  #announced: Status = OFFLINE;
  #contacts = new Map<string, Contact>();
  /** As the peer said it, and without those who stand elsewhere. */
  #listed = NOBODY;
  #directory = NOBODY;
  #serverHere: string | undefined;
  #activeChat: string | undefined;
  #chatsInView: readonly string[] = [];
  #begun: ReadonlySet<string> = new Set();
  /** Undefined until it is asked for again. */
  #namesakes: ReadonlySet<string> | undefined;

  /**
   * The status to show: the peer's, but while the peer is offline what this window is trying or has failed to do,
   * since a peer that is only just starting cannot say so. A peer that stands still says nothing that counts.
   */
  get status(): Status {
    if (this.#silence !== undefined) return this.#silence;
    return this.#peerStatus.kind === 'offline' ? (this.#attempt ?? OFFLINE) : this.#peerStatus;
  }

  /** The status that the peer itself said last. */
  get peerStatus(): Status {
    return this.#peerStatus;
  }

  /** The address of the discovery server that this window runs; undefined while it runs none. */
  get serverHere(): string | undefined {
    return this.#serverHere;
  }

  /** With whom the chat is that is the active editor; undefined while that is anything else. */
  get activeChat(): Contact | undefined {
    return this.#activeChat === undefined ? undefined : this.#contacts.get(this.#activeChat);
  }

  /** With whom the chat is that alone is in view: VS Code does not say in which of several a command was chosen. */
  get onlyChat(): Contact | undefined {
    const [only, ...others] = this.#chatsInView;
    return only === undefined || others.length > 0 ? undefined : this.#contacts.get(only);
  }

  /** Whether something was begun to this contact, whose chat is not in view. */
  hasDraft(id: string): boolean {
    return this.#begun.has(id) && !this.#chatsInView.includes(id);
  }

  /** Contacts by id, in no particular order. */
  get contacts(): ReadonlyMap<string, Contact> {
    return this.#contacts;
  }

  /** People on the server who are no contacts, nor ask to be, nor are blocked, and whether the server knows more of them. */
  get directory(): Directory {
    return this.#directory;
  }

  /** People whom this person talks to. */
  get accepted(): Contact[] {
    return this.#standing('accepted');
  }

  /** People who wrote and wait for an answer. */
  get requests(): Contact[] {
    return this.#standing('request');
  }

  get blocked(): Contact[] {
    return this.#standing('blocked');
  }

  /** Ids of whoever shares a name with somebody else that this window knows of. */
  get namesakes(): ReadonlySet<string> {
    return (this.#namesakes ??= namesakesAmong([...this.#contacts.values(), ...this.#directory.people]));
  }

  /** Names of everybody whom this person talks to or could, contacts first; nobody whom no server names. */
  get names(): string[] {
    const names = [...this.accepted, ...this.#directory.people].map(({ name }) => name);
    return [...new Set(names)].filter((name) => !name.startsWith('#'));
  }

  /** Unread messages of people whom this person talks to, but for those who are muted. */
  get unread(): number {
    return this.accepted.reduce((sum, { unread, muted }) => sum + (muted ? 0 : unread), 0);
  }

  /** A contact or directory entry by its id. */
  person(id: string): Person | undefined {
    return this.#contacts.get(id) ?? this.#directory.people.find((person) => person.id === id);
  }

  /** Replaces everything: this window is connected to a peer that it did not know. */
  reset(snapshot: Snapshot): void {
    this.#namesakes = undefined;
    this.#contacts = new Map(snapshot.contacts.map((contact) => [contact.id, contact]));
    this.#listed = snapshot.directory;
    this.#directory = this.#strangers();
    this.#setPeerStatus(snapshot.status);
    this.onContactsReset.fire();
    this.onDirectory.fire(this.#directory);
  }

  setStatus(status: Status): void {
    this.#setPeerStatus(status);
  }

  setContact(contact: Contact): void {
    const known = this.#contacts.get(contact.id);
    this.#contacts.set(contact.id, contact);
    if (known?.name !== contact.name) this.#namesakes = undefined;
    this.onContact.fire(contact);
    if (known?.standing !== contact.standing) this.#listAnew();
  }

  /** A contact goes on under another identity. */
  replaceContact({ from, to }: PeerPushValue<'contactReplaced'>): void {
    this.#contacts.delete(from);
    this.#contacts.set(to.id, to);
    this.#namesakes = undefined;
    this.onContactsReset.fire();
    this.#listAnew();
  }

  removeContact(id: string): void {
    if (!this.#contacts.delete(id)) return;
    this.#namesakes = undefined;
    this.onContactsReset.fire();
    this.#listAnew();
  }

  setDirectory(directory: Directory): void {
    this.#listed = directory;
    this.#listAnew();
  }

  /** What this window is doing (`connecting`) or could not do (`problem`); `undefined` when neither. */
  setAttempt(attempt: Status | undefined): void {
    this.#attempt = attempt;
    this.#announceStatus();
  }

  setChats(inView: readonly string[], active: string | undefined): void {
    if (active === this.#activeChat && inView.join() === this.#chatsInView.join()) return;
    this.#activeChat = active;
    this.#chatsInView = inView;
    this.onChats.fire();
  }

  /** @param begun ids of those to whom something was begun */
  setDrafts(begun: ReadonlySet<string>): void {
    this.#begun = begun;
    this.onDrafts.fire();
  }

  setServerHere(url: string | undefined): void {
    this.#serverHere = url;
    this.onServerHere.fire();
  }

  /** The peer stands still, and what to show of that; `undefined` once it does not. */
  setSilence(silence: Status | undefined): void {
    this.#silence = silence;
    this.#announceStatus();
  }

  #setPeerStatus(status: Status): void {
    this.#peerStatus = status.kind === 'offline' ? OFFLINE : status;
    if (status.kind !== 'offline') this.#attempt = undefined;
    this.#announceStatus();
  }

  #announceStatus(): void {
    const { status } = this;
    if (status === this.#announced) return;
    this.#announced = status;
    this.onStatus.fire(status);
  }

  #standing(standing: Contact['standing']): Contact[] {
    return [...this.#contacts.values()].filter((contact) => contact.standing === standing);
  }

  #listAnew(): void {
    this.#directory = this.#strangers();
    this.#namesakes = undefined;
    this.onDirectory.fire(this.#directory);
  }

  /** Whoever was ignored is as unknown as before. */
  #strangers(): Directory {
    const isStranger = ({ id }: Person): boolean =>
      (this.#contacts.get(id)?.standing ?? 'ignored') === 'ignored';
    return { ...this.#listed, people: this.#listed.people.filter(isStranger) };
  }
}
