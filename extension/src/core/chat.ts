import type { Endpoint, Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { LinkClose } from '@p2p-chat/protocol/link';
import { statusText } from '@p2p-chat/protocol/status';
import type { Succession } from '@p2p-chat/protocol/succession';
import { Authoring } from './authoring.ts';
import { ContactDecisions } from './contact-decisions.ts';
import type { DeliveryReport } from './delivery.ts';
import { Nearby } from './nearby.ts';
import { OwnNearbyKey } from './own-nearby-key.ts';
import { IdentityChanges } from './identity-changes.ts';
import { Indexing } from './indexing.ts';
import { Newcomers } from './newcomers.ts';
import { noContact, People } from './people.ts';
import type { Channel, DialBackCall, Directory } from './net-ports.ts';
import { Retention } from './retention.ts';
import { Roster } from './roster.ts';
import { isSame } from './same-endpoint.ts';
import { ServerWatch } from './server-watch.ts';
import type { Surroundings } from './surroundings.ts';
import type { ContactView, DirectoryView, MessageView, NoticeView, Preferences } from './views.ts';
import { Ways } from './ways.ts';
import { Writer } from './writer.ts';

/** Of the history's settings. */
const STATUS_TEXT = 'status text';

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
  /** What this person decides about others. */
  readonly decisions: ContactDecisions;
  readonly #around: Surroundings;
  readonly #server: ServerWatch;
  readonly #roster: Roster;
  readonly #changes: IdentityChanges;
  readonly #people: People;
  readonly #newcomers: Newcomers;
  readonly #writer: Writer;
  readonly #authoring: Authoring;
  readonly #retention: Retention;
  readonly #indexing: Indexing;
  readonly #nearby: Nearby;
  #acceptMessagesFrom: Preferences['acceptMessagesFrom'] = 'everyone';
  /** Not before the person's wish is known. */
  #tells: Pick<Preferences, 'sendReadReceipts' | 'sendTypingIndicator'> = {
    sendReadReceipts: false,
    sendTypingIndicator: false,
  };
  #statusText: string;

  /** Reads the stores and makes them agree. @throws {StorageError} */
  constructor(surroundings: Omit<Surroundings, 'ways'>) {
    const { identity, clock, random, log, history, outboxes, dialer, localNetworks } = surroundings;
    const nearbyKey = new OwnNearbyKey({ history, identity, random, log });
    this.#indexing = new Indexing(surroundings);
    const directory = (): Directory | null => this.#server.current?.session ?? null;
    const ways = new Ways({ clock, log, dialer, directory });
    const around = { ...surroundings, ways, events: this.#indexing.after(surroundings.events) };
    this.#around = around;
    const writer = new Writer(around);
    this.#writer = writer;
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
      nearbyKey: () => nearbyKey.value,
      estranged: (from) => this.#estranged(nearbyKey, from),
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
    const changes = this.#changes;
    const people = new People({ roster, server, changes });
    this.#people = people;
    this.#authoring = new Authoring({ around, writer, people });
    this.decisions = new ContactDecisions({ around, roster, changes, people });
    this.#newcomers = new Newcomers({
      identity,
      clock,
      log,
      roster,
      changes,
      directory: () => server.current,
      takesStrangers: () => this.#acceptMessagesFrom === 'everyone',
    });
    this.#nearby = new Nearby({
      clock,
      random,
      networks: localNetworks,
      ownKey: () => nearbyKey.value,
      contacts: () => roster.recognisable,
      found: (contact, endpoints) => roster.get(contact)?.connection.setNearby(endpoints),
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
  configure({ acceptMessagesFrom, keepHistoryDays, localDiscovery, ...tells }: Preferences): void {
    this.#acceptMessagesFrom = acceptMessagesFrom;
    this.#tells = tells;
    if (acceptMessagesFrom === 'contacts') {
      for (const each of this.#roster.all) {
        if (each.contact.standing !== 'accepted') each.connection.close(LinkClose.unavailable, 'unavailable');
      }
    }
    this.#nearby.allow(localDiscovery);
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

  /**
   * This device listens, at these endpoints whenever they are asked for: links may be made. The directory comes and goes
   * by `directoryConnected`.
   */
  goOnline(session: Directory, server: string, endpoints: () => readonly Endpoint[]): void {
    this.#server.begin(session, server);
    this.#roster.setOnline(true);
    this.#nearby.begin(endpoints);
  }

  /** Ends once local networks heard it. */
  goOffline(): Promise<void> {
    this.#server.end();
    this.#roster.setOnline(false);
    return this.#nearby.end();
  }

  /** This person has another name now. Contacts hear it in the next hello: links begin anew. */
  renamed(): void {
    for (const correspondence of this.#roster.all)
      correspondence.connection.close(LinkClose.goingAway, 'renamed');
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
    this.#roster.get(identity)?.connection.dialBack(endpoints);
  }

  /** This device has other addresses: what did not work before is worth a try. */
  networkChanged(): void {
    this.#nearby.networkChanged();
    for (const correspondence of this.#roster.all) correspondence.connection.networkChanged();
  }

  /** @throws {DirectoryUnavailable} */
  moreDirectory(): Promise<void> {
    return this.#server.more();
  }

  /** The newest messages that say this now, of one contact or of all, newest first. @throws {StorageError} */
  search(text: string, limit: number, contact: Fingerprint | null = null): MessageView[] {
    const found = this.#around.history.search(text, { contact, limit });
    const views = found.flatMap(
      (message) => this.#roster.get(message.contact)?.shown.messages.all([message]) ?? [],
    );
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

  /** Whether this person typed this address, for whichever contact. */
  isTyped(endpoint: Endpoint): boolean {
    return this.#roster.all.some(
      ({ contact: { typedEndpoint: typed } }) => typed !== null && isSame(typed, endpoint),
    );
  }

  /** A device dialled this one. See Newcomers. @throws {StorageError} */
  accept(channel: Channel): Promise<void> {
    return this.#newcomers.accept(channel);
  }

  /**
   * Shows a conversation in a window. Whoever wrote nothing yet, or was ignored, becomes a contact by it; whoever waits
   * for an answer does not.
   * @param byPerson whether the person asked for it now: nobody who was ignored or removed is accepted without
   * @throws {UnknownContactError | StorageError}
   */
  open(identity: Fingerprint, window: object, limit: number, byPerson: boolean): OpenedConversation {
    const correspondence = byPerson ? this.#people.find(identity) : this.#people.contact(identity);
    const isIgnored = correspondence.contact.standing === 'ignored';
    if (isIgnored && !byPerson) throw noContact();
    if (!correspondence.isKept || isIgnored) correspondence.welcome();
    correspondence.open(window);
    const page = this.older(identity, null, limit);
    return {
      ...page,
      contact: correspondence.shown.view,
      notices: correspondence.notices.all,
      readUpTo: correspondence.contact.readUpTo,
    };
  }

  older(
    identity: Fingerprint,
    before: number | null,
    limit: number,
  ): { messages: MessageView[]; hasOlder: boolean } {
    const correspondence = this.#people.find(identity);
    const { messages, hasOlder } = this.#around.history.page(correspondence.identity, before, limit);
    return { messages: correspondence.shown.messages.all(messages), hasOlder };
  }

  /** Why what waits for a contact is not delivered. @throws {UnknownContactError} */
  deliveryReport(identity: Fingerprint): DeliveryReport {
    return this.#people.contact(identity).report;
  }

  /** Dials a contact at once, if a link is wanted; what failed before counts no longer. @throws {UnknownContactError} */
  tryNow(identity: Fingerprint): DeliveryReport {
    const correspondence = this.#people.contact(identity);
    correspondence.connection.tryNow();
    return correspondence.report;
  }

  /** Without `identity`, everything that this window has open. */
  close(window: object, identity?: Fingerprint): void {
    if (identity !== undefined) this.#roster.get(this.#roster.today(identity))?.closeIn(window);
    else for (const correspondence of this.#roster.all) correspondence.closeIn(window);
  }

  /** @throws {UnknownContactError | StorageError} */
  markRead(identity: Fingerprint, upTo: number): void {
    this.#people.find(identity).markRead(upTo);
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

  /** A window has this workspace open: what lies in its outbox is delivered from now on. @throws {StorageError} */
  addWorkspace(folder: string): void {
    const { outboxes, clock } = this.#around;
    this.#roster.restore(outboxes.addWorkspace(folder, this.#around, clock.now()));
  }

  /** Somebody is accepted no longer: what they recognised this person by until now is another from now on. */
  #estranged(key: OwnNearbyKey, from: Fingerprint): void {
    key.replace();
    this.#nearby.forget(from);
    this.#nearby.keyChanged();
    for (const correspondence of this.#roster.all) correspondence.nearbyKeyChanged();
  }

  stop(): void {
    this.#writer.stop();
    this.#retention.stop();
    this.#changes.stop();
    this.#server.stop();
    this.#roster.stop();
    void this.#nearby.end();
    this.#indexing.stop();
  }
}
