import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';
import { LinkClose, TAKES_NEARBY, TAKES_STATUS, type HelloFrame } from '@p2p-chat/protocol/link';
import { unnamed } from '@p2p-chat/protocol/names';
import { Connection } from './connection.ts';
import { ContactRecord } from './contact-record.ts';
import type { DeliveryReport } from './delivery.ts';
import { Inbox } from './inbox.ts';
import { Naming } from './naming.ts';
import { Notices } from './notices.ts';
import type { Others } from './others.ts';
import { Outgoing } from './outgoing.ts';
import type { Pending } from './pending-queue.ts';
import type { StoredContact, StoredMessage } from './storage-ports.ts';
import { ReadReceipts } from './read-receipts.ts';
import { gateFor } from './request-gate.ts';
import { ShownContact } from './shown-contact.ts';
import { SharedState } from './shared-state.ts';
import type { Surroundings } from './surroundings.ts';
import { Typing } from './typing.ts';
import type { MessageView } from './views.ts';

/**
 * Everything between this person and one other: what is stored of them, what waits for them, what they write and what
 * the two let each other know.
 */
export class Correspondence {
  /** Whether the other is there, and the one link with them. */
  readonly connection: Connection;
  /** How the other looks, and what was said. */
  readonly shown: ShownContact;
  readonly notices: Notices;
  /** What the other is called. */
  readonly naming: Naming;
  readonly #others: Others;
  readonly #record: ContactRecord;
  readonly #outgoing: Outgoing;
  readonly #inbox: Inbox;
  readonly #readReceipts: ReadReceipts;
  readonly #typing: Typing;
  /** What they say of themselves. */
  readonly #statusTexts: SharedState;
  /** What they recognise each other by in local networks. */
  readonly #nearbyKeys: SharedState;
  /** Windows that have the conversation open. */
  readonly #openIn = new Set<object>();

  /** @param kept see ContactRecord */
  constructor(around: Surroundings, contact: StoredContact, kept: boolean, others: Others) {
    const { clock, history, log, events } = around;
    const { identity } = contact;
    const authors = [around.identity, ...around.formerIdentities];
    const conversation = directConversation(around.identity, identity);
    const record = new ContactRecord(around, contact, kept);
    this.#others = others;
    this.#record = record;
    this.#outgoing = new Outgoing(around, identity, conversation);
    this.notices = new Notices(around, identity, (notice) => events.notice(notice));
    this.#readReceipts = new ReadReceipts({
      history,
      authors,
      contact: () => record.value,
      tells: () => others.tellsRead(),
    });
    this.#typing = new Typing({
      clock,
      contact: () => record.value,
      tells: () => others.tellsTyping(),
      heard: (from) => events.typing(from),
    });
    this.#statusTexts = new SharedState({
      clock,
      takes: TAKES_STATUS,
      own: () => others.statusText(),
      send: (link, text) => link.sendStatus(text),
      isShared: () => record.maySend,
      keep: (statusText) => {
        if (record.note({ statusText })) this.shown.announce();
      },
      isNewAtStart: false,
    });
    this.#nearbyKeys = new SharedState({
      clock,
      takes: TAKES_NEARBY,
      own: () => others.nearbyKey(),
      send: (link, key) => link.sendNearby(key),
      isShared: () => record.isKept && record.maySend,
      keep: (nearbyKey) => void record.note({ nearbyKey }),
      // Somebody nearby may have missed it.
      isNewAtStart: true,
    });
    this.#inbox = new Inbox(identity, history, clock, log, {
      gate: (device) => {
        if (!record.isKept && !others.hasRoomForRequest()) return null;
        return gateFor(record.value, device, history);
      },
      isHere: (change) => this.shown.messages.changedBy(change, false) !== null,
      beforeFirst: () => this.keep(),
      stored: (messages) => {
        this.#typing.arrived();
        this.shown.arrived(messages);
      },
      missing: (count) => {
        // Of anybody else, what was refused or repeated is not counted here: it only seems to be missing.
        return record.value.standing === 'accepted' ? this.notices.missing(count) : null;
      },
      told: (line) => this.notices.stored(line),
    });
    this.naming = new Naming({
      record,
      listed: () => this.connection.listed?.name,
      isFree: (name) => others.isNameFree(name, identity),
      renamed: (before) => this.#renamed(before),
    });
    const { strangersLog } = others;
    const isWanted = (): boolean => this.#wantsLink;
    const connected = { around, record, conversation, strangersLog, isWanted };
    this.connection = new Connection(connected, {
      greeted: ({ successions }) => {
        if (successions !== undefined) others.follow(successions);
      },
      linked: (_link, hello) => this.#linked(hello),
      begun: (link, cursor) => this.#inbox.begin(link, cursor),
      messages: (link, deliveries) => this.#inbox.take(link, deliveries),
      receipt: (receipt) => {
        this.#settled(this.#outgoing.receipt(receipt));
        this.#send();
      },
      read: (id) => this.#readByContact(id),
      typing: () => this.#typing.heard(),
      status: (text) => this.#statusTexts.heard(text),
      nearby: (key) => this.#nearbyKeys.heard(key),
      released: () => {
        this.#inbox.drop();
        this.#outgoing.rewind();
      },
      changed: () => this.shown.changed(),
      idle: () => {
        if (!record.isKept) others.idle(this);
      },
    });
    this.shown = new ShownContact({
      around,
      authors,
      record,
      connection: this.connection,
      outgoing: this.#outgoing,
      notices: this.notices,
      isOfInterest: () => this.#isOfInterest,
    });
  }

  get contact(): StoredContact {
    return this.#record.value;
  }

  get identity(): Fingerprint {
    return this.contact.identity;
  }

  /** Whether this is a contact, of whatever standing: a stranger who only connected is none. */
  get isKept(): boolean {
    return this.#record.isKept;
  }

  /** See nameKey of the protocol. */
  get nameKey(): string {
    return this.#record.nameKey;
  }

  /** Why what waits is not delivered. */
  get report(): DeliveryReport {
    return this.connection.report(this.#outgoing.entries.length);
  }

  /** What is not acknowledged, and where the conversation is shown: for whoever takes this contact's place. */
  get legacy(): { entries: readonly Pending[]; windows: ReadonlySet<object>; presence: Presence | null } {
    return { entries: this.#outgoing.entries, windows: this.#openIn, presence: this.connection.listed };
  }

  /** Whether something waits, or somebody looks. */
  get #isOfInterest(): boolean {
    return this.#record.maySend && (!this.#outgoing.isEmpty || this.#openIn.size > 0);
  }

  /** Whether a link is wanted. Nobody else is ever dialled. */
  get #wantsLink(): boolean {
    const hasStatus = this.#statusTexts.hasNews && this.connection.presence === 'online';
    const isUnrecognised = this.connection.isNearby && this.#nearbyKeys.hasNews;
    const isAsked = this.#isOfInterest || this.naming.isAsked;
    return isAsked || hasStatus || isUnrecognised || this.#readReceipts.hasNews;
  }

  /** Makes this person a contact for good. @throws {StorageError} */
  keep(): void {
    if (!this.#record.keep()) return;
    this.shown.announce();
    this.#others.kept(this);
  }

  /** Makes this person an accepted contact. @throws {StorageError} */
  welcome(): void {
    this.change({ standing: 'accepted' });
    this.keep();
  }

  /** Stores what is different now, and does what follows from it. @throws {StorageError} */
  change(change: Partial<StoredContact>): void {
    const { standing: before } = this.contact;
    if (!this.#record.change(change)) return;
    const { standing } = this.contact;
    if (before === 'accepted' && standing !== 'accepted') this.#others.estranged(this.identity);
    if (standing === 'blocked') this.connection.close(LinkClose.unavailable, 'unavailable');
    this.#tellStates();
    this.connection.reconsider();
    this.#send();
    this.connection.changed();
    this.shown.announce();
    this.#others.changed();
  }

  /**
   * Messages of an earlier run, or of an earlier identity, that are still to be delivered.
   * @throws {StorageError} and then they are numbered with the next link
   */
  restore(entries: readonly Pending[]): void {
    try {
      this.#outgoing.restore(entries);
    } finally {
      this.connection.reconsider();
    }
    this.#send();
  }

  /** A new link is wanted, in whose hello the contact says what it is called. */
  askName(): void {
    if (!this.naming.ask()) return;
    this.connection.close(LinkClose.goingAway, 'asking for the name');
    this.connection.reconsider();
  }

  /** See Outgoing. */
  compose(...parts: Parameters<Outgoing['compose']>): Envelope {
    return this.#outgoing.compose(...parts);
  }

  /** Takes messages that both stores have, and sends them when it can. */
  enqueue(entries: readonly Pending[]): (MessageView | null)[] {
    for (const { message } of entries) this.notices.messageAt(message.order);
    this.#outgoing.push(entries);
    this.#typing.wrote();
    this.connection.reconsider();
    for (const entry of entries) entry.held = this.shown.waits;
    this.#send();
    this.shown.announce();
    return this.shown.messages.each(entries.map(({ message }) => message));
  }

  /** A window shows the conversation: with somebody accepted, a link is wanted. */
  open(window: object): void {
    this.#openIn.add(window);
    this.connection.reconsider();
    this.shown.noteAway();
  }

  closeIn(window: object): void {
    if (this.#openIn.delete(window)) this.connection.reconsider();
  }

  /** @throws {StorageError} when the marker could not be stored: it is to be set again */
  markRead(upTo: number): void {
    if (upTo <= this.contact.readUpTo || !this.#record.change({ readUpTo: upTo })) return;
    this.shown.announce();
    this.#readReceipts.readOn();
    this.#tellStates();
    this.connection.reconsider();
  }

  /** This person says something else of themselves now: an accepted contact hears it, once they are there. */
  statusTextChanged(): void {
    this.#statusTexts.changed();
    this.#tellStates();
    this.connection.reconsider();
  }

  /** This person is recognised in local networks by something else now: accepted contacts hear it. */
  nearbyKeyChanged(): void {
    this.#nearbyKeys.changed();
    this.#tellStates();
  }

  /** Where this person says that the contact can be reached; null: nowhere else than is known. @throws {StorageError} */
  setAddress(typedEndpoint: StoredContact['typedEndpoint']): void {
    if (!this.#record.change({ typedEndpoint })) return;
    this.connection.addressTyped();
  }

  /** This person is writing to the contact just now. */
  writing(): void {
    this.connection.onLink((link) => this.#typing.tell(link));
  }

  /** What was stored of the conversation is gone, but for what waits; the contact stays. */
  cleared(): void {
    this.notices.clear();
    this.shown.announce();
  }

  /** What was stored before is gone. */
  forgotten(before: number): void {
    this.notices.forget(before);
    this.shown.announce();
  }

  /** News of the discovery server at this origin; null when it cannot be asked any longer. */
  setPresence(presence: Presence | null, server: string): void {
    this.connection.takeNews(presence, server);
    this.naming.told();
    this.connection.reconsider();
    this.connection.changed();
  }

  /** Ends everything, with a link for the reason given. */
  stop(code: number = LinkClose.goingAway, reason = 'going offline'): void {
    this.shown.stop();
    this.connection.stop(code, reason);
    this.#statusTexts.stop();
    this.#nearbyKeys.stop();
  }

  #linked(hello: HelloFrame): void {
    this.naming.heard(hello.name ?? null);
    this.#others.heard(this);
    this.#settled(this.#outgoing.catchUp(hello.received, hello.refused ?? []));
    // Before whatever else is said: what waits is what the link is for.
    this.#send();
    this.#tellStates();
    this.notices.connected();
    this.connection.reconsider();
    this.connection.changed();
  }

  #renamed(before: string): void {
    if (this.isKept && before !== unnamed(this.identity)) this.notices.record('renamed', before);
    this.#send();
    this.shown.announce();
    this.#others.heard(this);
    this.#others.changed();
  }

  #settled(messages: StoredMessage[]): void {
    if (messages.length === 0) return;
    this.shown.show(messages);
    this.connection.reconsider();
  }

  /** What is told anew on each link: how far this person has read, and what they say of themselves. */
  #tellStates(): void {
    this.connection.onLink((link) => {
      this.#readReceipts.tell(link);
      this.#statusTexts.tell(link);
      this.#nearbyKeys.tell(link);
    });
  }

  #readByContact(id: string): void {
    const before = this.contact.theyReadUpTo;
    const upTo = this.#readReceipts.heard(id);
    if (upTo === null) return;
    this.#record.note({ theyReadUpTo: upTo });
    this.shown.readBetween(before, upTo);
  }

  #send(): void {
    if (this.#record.maySend) this.connection.onLink((link) => this.#outgoing.sendOn(link));
  }
}
