import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { LinkClose } from '@p2p-chat/protocol/link';
import { safetyNumber } from '@p2p-chat/protocol/safety-number';
import { statusText } from '@p2p-chat/protocol/status';
import type { Succession } from '@p2p-chat/protocol/succession';
import { Authoring } from './authoring.ts';
import type { Correspondence } from './correspondence.ts';
import type { DeliveryReport } from './delivery.ts';
import {
  ContactBlockedError,
  ContactStateError,
  EmptyTextError,
  MessageStateError,
  TextTooLongError,
  UnknownContactError,
} from './errors.ts';
import { IdentityChanges } from './identity-changes.ts';
import { Indexing } from './indexing.ts';
import { Newcomers } from './newcomers.ts';
import type { Channel, DialBackCall, Directory, StoredContact } from './ports.ts';
import { Retention } from './retention.ts';
import { Roster } from './roster.ts';
import { ServerWatch } from './server-watch.ts';
import type { Surroundings } from './surroundings.ts';
import type {
  ContactView,
  DirectoryView,
  MessageView,
  NoticeView,
  Preferences,
  SafetyNumbers,
} from './views.ts';
import { Ways } from './ways.ts';
import { Writer } from './writer.ts';

export {
  ContactBlockedError,
  ContactStateError,
  EmptyTextError,
  MessageStateError,
  TextTooLongError,
  UnknownContactError,
};

/** Of the history's settings. */
const STATUS_TEXT = 'status text';

const NO_CONTACT = 'This person is not in your contacts.';

/** A conversation as a window opens it. */
export interface OpenedConversation {
  contact: ContactView;
  messages: MessageView[];
  notices: NoticeView[];
  hasOlder: boolean;
  readUpTo: number;
}

/** All of one person's conversations. */
export class Chat {
  readonly #around: Surroundings;
  readonly #server: ServerWatch;
  readonly #roster: Roster;
  readonly #changes: IdentityChanges;
  readonly #newcomers: Newcomers;
  readonly #writer: Writer;
  readonly #authoring: Authoring;
  readonly #retention: Retention;
  readonly #indexing: Indexing;
  #acceptMessagesFrom: Preferences['acceptMessagesFrom'] = 'everyone';
  /** Not before the person's wish is known. */
  #tells: Pick<Preferences, 'sendReadReceipts' | 'sendTypingIndicator'> = {
    sendReadReceipts: false,
    sendTypingIndicator: false,
  };
  #statusText: string;

  /** Reads the stores and makes them agree. @throws {StorageError} */
  constructor(surroundings: Omit<Surroundings, 'ways'>) {
    const { identity, clock, log, outboxes, dialer } = surroundings;
    this.#indexing = new Indexing(surroundings);
    const directory = (): Directory | null => this.#server.current?.session ?? null;
    const ways = new Ways({ clock, log, dialer, directory });
    const around = { ...surroundings, ways, events: this.#indexing.after(surroundings.events) };
    this.#around = around;
    const writer = new Writer(around);
    this.#writer = writer;
    this.#authoring = new Authoring({ around, writer, find: (identity) => this.#find(identity) });
    const server = new ServerWatch({
      identity,
      clock,
      log,
      roster: () => this.#roster,
      changes: () => this.#changes,
      shown: (directory) => around.events.directory(directory),
    });
    this.#server = server;
    this.#statusText = statusText.safeParse(around.history.setting(STATUS_TEXT)).data ?? '';
    this.#roster = new Roster(around, {
      changed: () => server.announce(),
      kept: (of) => server.kept(of),
      left: (gone) => server.left(gone),
      follow: (chain) => void this.#changes.follow(chain),
      heard: (of) => this.#changes.heard(of),
      tellsRead: () => this.#tells.sendReadReceipts,
      tellsTyping: () => this.#tells.sendTypingIndicator,
      statusText: () => this.#statusText,
      flush: () => this.#writer.flush(),
    });
    const roster = this.#roster;
    this.#changes = new IdentityChanges({
      identity,
      clock,
      log,
      roster,
      lookUp: (about) => server.lookUp(about),
      changed: () => server.announce(),
    });
    this.#newcomers = new Newcomers({
      identity,
      clock,
      log,
      roster,
      changes: this.#changes,
      directory: () => server.current,
      takesStrangers: () => this.#acceptMessagesFrom === 'everyone',
    });
    this.#retention = new Retention(around, (before) => {
      for (const contact of roster.contacts) contact.forgotten(before);
      around.events.forgotten(before, null);
    });
    roster.restore(outboxes.reconcile(around, clock.now()));
    this.#indexing.wake();
  }

  get contacts(): ContactView[] {
    return this.#roster.views;
  }

  get directory(): DirectoryView {
    return this.#server.view;
  }

  /** What the person wants; at any time, and the same again too. */
  configure({ acceptMessagesFrom, keepHistoryDays, ...tells }: Preferences): void {
    this.#acceptMessagesFrom = acceptMessagesFrom;
    this.#tells = tells;
    if (acceptMessagesFrom === 'contacts') {
      for (const each of this.#roster.all) {
        if (each.contact.standing !== 'accepted') each.close(LinkClose.unavailable, 'unavailable');
      }
    }
    this.#retention.keep(keepHistoryDays);
  }

  /** What this person says of themselves; empty for nothing. */
  get statusText(): string {
    return this.#statusText;
  }

  /** Accepted contacts hear it, now or once they are there. @throws {StorageError} and then they hear nothing */
  setStatusText(text: string): void {
    this.#around.history.setSetting(STATUS_TEXT, text);
    this.#statusText = text;
    for (const correspondence of this.#roster.all) correspondence.statusTextChanged();
  }

  /** This device listens: links may be made. The directory comes and goes by `directoryConnected`. */
  goOnline(session: Directory, server: string): void {
    this.#server.begin(session, server);
    this.#roster.setOnline(true);
  }

  goOffline(): void {
    this.#server.end();
    this.#roster.setOnline(false);
  }

  /** This person has another name now. Contacts hear it in the next hello: links begin anew. */
  renamed(): void {
    for (const correspondence of this.#roster.all) correspondence.close(LinkClose.goingAway, 'renamed');
  }

  /** The session with the discovery server is open: everything known of it is read anew. */
  directoryConnected(): Promise<void> {
    return this.#server.connected();
  }

  /** The session with the discovery server is gone: nobody knows who is online. */
  directoryDisconnected(): void {
    for (const correspondence of this.#roster.all) correspondence.setPresence(null, '');
  }

  presence(presence: Presence): void {
    this.#server.presence(presence);
  }

  /** Somebody new on the server. */
  account(presence: Presence): void {
    this.#server.account(presence);
  }

  /** A watched identity was replaced, as the server says. */
  succession(chain: readonly Succession[]): void {
    this.#server.succession(chain);
  }

  /** An account is no more. A contact stays one. */
  removed(identity: Fingerprint): void {
    this.#server.removed(identity);
  }

  /** Somebody, as the server says, cannot reach this device and asks to be dialled: a contact is, at a bounded pace. */
  dialBack({ identity, endpoints }: DialBackCall): void {
    this.#roster.get(identity)?.dialBack(endpoints);
  }

  /** This device has other addresses: what did not work before is worth a try. */
  networkChanged(): void {
    for (const correspondence of this.#roster.all) correspondence.networkChanged();
  }

  /** @throws {DirectoryUnavailable} */
  moreDirectory(): Promise<void> {
    return this.#server.more();
  }

  /** The newest messages of all conversations that say this now, newest first. @throws {StorageError} */
  search(text: string, limit: number): MessageView[] {
    const found = this.#around.history.search(text, { contact: null, limit });
    const views = found.flatMap((message) => this.#roster.get(message.contact)?.views.all([message]) ?? []);
    const wanted = text.toLowerCase();
    // What an edit says stands where the message does, and what it replaced is said no longer.
    const byOrder = new Map(views.map((view) => [view.order, view]));
    return [...byOrder.values()]
      .filter((view) => view.text?.toLowerCase().includes(wanted) === true)
      .sort((a, b) => b.order - a.order);
  }

  /** Whether this person wants to hear from somebody: an accepted contact. */
  isContact(identity: Fingerprint): boolean {
    const known = this.#roster.get(identity);
    return known?.isKept === true && known.contact.standing === 'accepted';
  }

  /** A device dialled this one. See Newcomers. @throws {StorageError} */
  accept(channel: Channel): Promise<void> {
    return this.#newcomers.accept(channel);
  }

  /**
   * Shows a conversation in a window. Whoever wrote nothing yet, or was ignored, becomes a contact by it; whoever waits
   * for an answer does not.
   * @param byPerson whether the person asked for it now: nobody who was ignored is accepted without
   * @throws {UnknownContactError | StorageError}
   */
  open(identity: Fingerprint, window: object, limit: number, byPerson: boolean): OpenedConversation {
    const correspondence = this.#find(identity);
    const isIgnored = correspondence.contact.standing === 'ignored';
    if (isIgnored && !byPerson) throw new UnknownContactError(NO_CONTACT);
    if (!correspondence.isKept || isIgnored) correspondence.welcome();
    correspondence.open(window);
    const page = this.older(identity, null, limit);
    return {
      ...page,
      contact: correspondence.view,
      notices: correspondence.notices,
      readUpTo: correspondence.contact.readUpTo,
    };
  }

  older(
    identity: Fingerprint,
    before: number | null,
    limit: number,
  ): { messages: MessageView[]; hasOlder: boolean } {
    const correspondence = this.#find(identity);
    const { messages, hasOlder } = this.#around.history.page(correspondence.identity, before, limit);
    return { messages: correspondence.views.all(messages), hasOlder };
  }

  /** Why what waits for a contact is not delivered. @throws {UnknownContactError} */
  deliveryReport(identity: Fingerprint): DeliveryReport {
    return this.#contact(identity).report;
  }

  /** Dials a contact at once, if a link is wanted; what failed before counts no longer. @throws {UnknownContactError} */
  tryNow(identity: Fingerprint): DeliveryReport {
    const correspondence = this.#contact(identity);
    correspondence.tryNow();
    return correspondence.report;
  }

  /** Without `identity`, everything that this window has open. */
  close(window: object, identity?: Fingerprint): void {
    if (identity !== undefined) this.#roster.get(this.#roster.today(identity))?.closeIn(window);
    else for (const correspondence of this.#roster.all) correspondence.closeIn(window);
  }

  /** @throws {UnknownContactError | StorageError} */
  markRead(identity: Fingerprint, upTo: number): void {
    this.#find(identity).markRead(upTo);
  }

  /** This person is writing to somebody just now; what cannot be said is not worth an error. */
  writing(identity: Fingerprint): void {
    this.#roster.get(this.#roster.today(identity))?.writing();
  }

  /** See Authoring. */
  write(...message: Parameters<Authoring['write']>): Promise<MessageView> {
    return this.#authoring.write(...message);
  }

  /** See Authoring. */
  change(...change: Parameters<Authoring['change']>): Promise<MessageView> {
    return this.#authoring.change(...change);
  }

  /**
   * Pins an identity that an invite brought, before any server is asked. Whoever is a contact already stays what they
   * are, but for being vouched for now; an invite does not lift a block. A contact who has that name at that server
   * may be the same person from before: the person decides, and until then the invited identity is nobody of its own.
   * @returns the contact, or the one of that name who is to be decided about
   * @throws {UnknownContactError} for this person's own
   * @throws {StorageError}
   */
  addContact({
    identity,
    name,
    server,
  }: {
    identity: Fingerprint;
    name: string;
    server: string;
  }): ContactView {
    if (identity === this.#around.identity) throw new UnknownContactError('This invite is your own.');
    const known = this.#roster.get(identity);
    const holder = this.#changes.invited(identity, name, server);
    if (holder !== null && known?.contact.standing !== 'accepted') return holder.view;
    const added = known ?? this.#meet({ identity, name, server, trust: 'invited' });
    const { trust, standing } = added.contact;
    added.change({
      trust: trust === 'unverified' ? 'invited' : trust,
      standing: standing === 'blocked' ? standing : 'accepted',
    });
    added.keep();
    return added.view;
  }

  /**
   * Answers a request, blocks or unblocks. Blocking closes the links; ignoring forgets what a request brought.
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} to ignore somebody who is no request, or to accept somebody who is blocked
   */
  setStanding(
    identity: Fingerprint,
    standing: 'accepted' | 'ignored' | 'blocked' | 'unblocked',
  ): ContactView {
    const correspondence = this.#find(identity);
    const { standing: before, name } = correspondence.contact;
    if (standing === 'unblocked') {
      if (before === 'blocked') correspondence.change({ standing: 'accepted' });
    } else if (standing === 'accepted' && before === 'blocked') {
      throw new ContactStateError(`You blocked ${name}. Unblock them first.`);
    } else if (standing === 'ignored' && before !== 'ignored') {
      if (!correspondence.isKept || before !== 'request') {
        throw new ContactStateError('Only a request can be ignored. You can block this contact.');
      }
      this.#roster.ignore(correspondence);
    } else {
      correspondence.change({ standing });
      correspondence.keep();
    }
    return correspondence.view;
  }

  /** Whether what a contact writes notifies this person. @throws {UnknownContactError | StorageError} */
  setMuted(identity: Fingerprint, muted: boolean): ContactView {
    const correspondence = this.#contact(identity);
    correspondence.change({ muted });
    return correspondence.view;
  }

  /** Whether a contact stands before the others. @throws {UnknownContactError | StorageError} */
  setPinned(identity: Fingerprint, pinned: boolean): ContactView {
    const correspondence = this.#contact(identity);
    correspondence.change({ pinned });
    return correspondence.view;
  }

  /**
   * Deletes what was said with a contact, or (null) with everybody who is one; what waits to be delivered stays.
   * @throws {UnknownContactError | StorageError}
   */
  clearHistory(identity: Fingerprint | null): void {
    const { history, events } = this.#around;
    for (const contact of identity === null ? this.#roster.contacts : [this.#contact(identity)]) {
      history.clear(contact.identity);
      contact.cleared();
      events.forgotten(Number.MAX_SAFE_INTEGER, contact.identity);
    }
  }

  /**
   * Forgets a contact with everything that was said; what waits for them is never sent. Whoever writes again after it is
   * a request. Repeated it changes nothing.
   * @throws {StorageError} and then they are a contact still
   */
  removeContact(identity: Fingerprint): void {
    const known = this.#roster.get(this.#roster.today(identity));
    if (known?.isKept === true) this.#roster.remove(known);
  }

  /**
   * 60 digits, the same on both sides; besides, those shared with the identity that the contact changed to, if any.
   * @throws {UnknownContactError}
   */
  safetyNumber(identity: Fingerprint): SafetyNumbers {
    const { identity: pinned, changedTo } = this.#contact(identity).contact;
    const shared = (other: Fingerprint): string => safetyNumber(this.#around.identity, other);
    const changed = changedTo === null ? null : { identity: changedTo, digits: shared(changedTo) };
    return { digits: shared(pinned), changed };
  }

  /**
   * The two people compared these digits, or (null) want to anew. They count for exactly this identity.
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} when the contact has another identity now, or the digits are not shared with it
   */
  setVerified(identity: Fingerprint, digits: string | null): ContactView {
    const correspondence = this.#contact(identity);
    const isPresent = correspondence.identity === identity;
    if (!isPresent || (digits !== null && digits !== safetyNumber(this.#around.identity, identity))) {
      throw new ContactStateError(`${correspondence.contact.name} has another identity now: compare again.`);
    }
    correspondence.change({ trust: digits === null ? 'unverified' : 'verified' });
    return correspondence.view;
  }

  /**
   * The contact is `next` from now on; what was held goes to it. Repeated it changes nothing.
   * @returns who it is now
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} when `next` is not what the contact changed to
   */
  acceptIdentity(identity: Fingerprint, next: Fingerprint): ContactView {
    const correspondence = this.#contact(identity);
    if (correspondence.identity === next) return correspondence.view;
    return this.#changes.accept(correspondence, next).view;
  }

  /**
   * The pinned identity goes on counting, and what was held goes to it.
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} when `next` is not what the contact changed to
   */
  rejectIdentity(identity: Fingerprint, next: Fingerprint): ContactView {
    const correspondence = this.#contact(identity);
    this.#changes.reject(correspondence, next);
    return correspondence.view;
  }

  /** A window has this workspace open: what lies in its outbox is delivered from now on. @throws {StorageError} */
  addWorkspace(folder: string): void {
    const { outboxes, clock } = this.#around;
    this.#roster.restore(outboxes.addWorkspace(folder, this.#around, clock.now()));
  }

  stop(): void {
    this.#writer.stop();
    this.#retention.stop();
    this.#changes.stop();
    this.#server.stop();
    this.#roster.stop();
    this.#indexing.stop();
  }

  #contact(identity: Fingerprint): Correspondence {
    const known = this.#roster.get(this.#roster.today(identity));
    if (known?.isKept === true) return known;
    throw new UnknownContactError(NO_CONTACT);
  }

  #find(identity: Fingerprint): Correspondence {
    const known = this.#roster.get(this.#roster.today(identity));
    if (known !== undefined && (known.isKept || !this.#changes.isDisputed(known.identity))) return known;
    const listed = this.#server.find(identity);
    if (listed === null) {
      throw new UnknownContactError('This person is not in your contacts or on your discovery server.');
    }
    const { presence, server } = listed;
    return this.#meet({ identity, name: presence.name, server, trust: 'unverified' }, presence);
  }

  #meet(
    who: Pick<StoredContact, 'identity' | 'name' | 'server' | 'trust'>,
    presence: Presence | null = null,
  ): Correspondence {
    const { endpoints = [], lastSeen = null } = presence ?? {};
    const anew = {
      formerServers: [],
      standing: 'accepted',
      changedTo: null,
      rejected: [],
      readUpTo: 0,
      theyReadUpTo: 0,
      muted: false,
      pinned: false,
      statusText: '',
    } as const;
    return this.#roster.meet({ ...who, ...anew, endpoints, lastSeen }, presence);
  }
}
