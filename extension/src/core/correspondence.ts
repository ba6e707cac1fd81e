import type { Endpoint, Presence } from '@p2p-chat/protocol/discovery';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';
import { LinkClose, type HelloFrame } from '@p2p-chat/protocol/link';
import { nameKey, unnamed } from '@p2p-chat/protocol/names';
import { Caller } from './caller.ts';
import { ContactRecord } from './contact-record.ts';
import { Delivery, type DeliveryReport } from './delivery.ts';
import { DirectTries } from './direct-tries.ts';
import { greetingFor } from './greeting.ts';
import { Inbox } from './inbox.ts';
import type { Link } from './link.ts';
import { LinkSeat } from './link-seat.ts';
import { MessageViews } from './message-views.ts';
import { News } from './news.ts';
import { Notices } from './notices.ts';
import type { Others } from './others.ts';
import { Outgoing } from './outgoing.ts';
import type { Pending } from './pending-queue.ts';
import type {
  Cancel,
  Channel,
  ConversationSummary,
  LinkPath,
  StoredContact,
  StoredMessage,
  StoredNotice,
} from './ports.ts';
import { StorageError } from './ports.ts';
import { ReadReceipts } from './read-receipts.ts';
import { gateFor } from './request-gate.ts';
import { StatusTexts } from './status-texts.ts';
import type { Surroundings } from './surroundings.ts';
import { Typing } from './typing.ts';
import type { ContactView, MessageView, NoticeView, PresenceState } from './views.ts';
import { Whereabouts } from './whereabouts.ts';

/** At most so many messages are shown anew when the contact comes, goes or reads on: what a panel may show. */
const REFRESHED_MESSAGES = 200;

/** Everything between this person and one other: what waits, the one link, and whether the other is there. */
export class Correspondence {
  readonly #around: Surroundings;
  readonly #others: Others;
  readonly #conversation: string;
  readonly #record: ContactRecord;
  readonly #outgoing: Outgoing;
  readonly #inbox: Inbox;
  readonly #caller: Caller;
  readonly #directTries: DirectTries;
  readonly #delivery: Delivery;
  readonly #notices: Notices;
  readonly #seat: LinkSeat;
  readonly #whereabouts: Whereabouts;
  readonly #readReceipts: ReadReceipts;
  readonly #typing: Typing;
  readonly #statusTexts: StatusTexts;
  readonly #news: News;
  /** How the conversation's messages look now. */
  readonly views: MessageViews;
  /** Windows that have the conversation open. */
  readonly #openIn = new Set<object>();
  /** What the contact said it is called. */
  #saidName: string | null = null;
  /** Whether a hello is wanted for what the contact says it is called. */
  #asksName = false;
  #waited = true;
  #refresh: Cancel | null = null;
  #isRetired = false;

  /** @param kept see ContactRecord */
  constructor(around: Surroundings, contact: StoredContact, kept: boolean, others: Others) {
    const { identity } = contact;
    this.#around = around;
    this.#others = others;
    this.#conversation = directConversation(around.identity, identity);
    this.#record = new ContactRecord(around, contact, kept);
    this.#outgoing = new Outgoing(around, identity, this.#conversation);
    this.views = new MessageViews({
      history: around.history,
      log: around.log,
      contact: () => this.contact,
      waits: () => this.#waits,
      authors: () => this.#authors,
    });
    this.#whereabouts = new Whereabouts(around.clock);
    this.#news = new News({
      clock: around.clock,
      record: this.#record,
      whereabouts: this.#whereabouts,
      caller: () => ({
        again: (isRare) => {
          this.#caller.again(isRare);
          this.#directTries.again();
        },
      }),
      followed: () => this.#changed(),
    });
    this.#notices = new Notices(around, identity, (notice) => around.events.notice(notice));
    this.#readReceipts = new ReadReceipts({
      history: around.history,
      authors: this.#authors,
      contact: () => this.contact,
      tells: () => others.tellsRead(),
    });
    this.#typing = new Typing({
      clock: around.clock,
      contact: () => this.contact,
      tells: () => others.tellsTyping(),
      heard: (from) => around.events.typing(from),
    });
    this.#statusTexts = new StatusTexts({
      clock: around.clock,
      own: () => others.statusText(),
      isShared: () => this.#record.maySend,
      keep: (statusText) => {
        if (this.#record.note({ statusText })) this.#announce();
      },
    });
    this.#inbox = new Inbox(identity, around.history, around.clock, around.log, {
      gate: (device) => {
        if (!this.isKept && !others.hasRoomForRequest()) return null;
        return gateFor(this.contact, device, around.history);
      },
      beforeFirst: () => this.keep(),
      stored: (messages) => {
        this.#arrived(messages);
      },
      missing: (count) => {
        // Of anybody else, what was refused or repeated is not counted here: it only seems to be missing.
        if (this.contact.standing === 'accepted') this.#notices.missing(count);
      },
    });
    this.#delivery = new Delivery(around.clock);
    const endpoints = (): Endpoint[] => [
      ...(this.#whereabouts.presence?.endpoints ?? []),
      ...this.contact.endpoints,
    ];
    this.#caller = new Caller(around, identity, {
      rounds: this.#delivery.rounds,
      endpoints,
      isThere: () => this.#whereabouts.state === 'online',
      reached: (channel) => this.#reached(channel),
      changed: () => this.#changed(),
    });
    this.#directTries = new DirectTries(around, identity, {
      endpoints,
      mayDial: () => this.isKept && this.#record.maySend && this.#whereabouts.isOnline,
      isRelayed: () => this.#seat.link?.channel.path === 'relayed',
      reached: (channel) => void this.#seat.guard(channel, () => this.accept(channel)),
    });
    this.#seat = new LinkSeat(around, {
      greeted: (link, hello) => this.#greeted(link, hello),
      linked: (link, hello) => this.#linked(link, hello),
      begun: (link, cursor) => this.#inbox.begin(link, cursor),
      messages: (link, deliveries) => this.#inbox.take(link, deliveries),
      receipt: (receipt) => {
        this.#settled(this.#outgoing.receipt(receipt));
        this.#send();
      },
      read: (id) => this.#readByContact(id),
      typing: () => this.#typing.heard(),
      status: (text) => this.#statusTexts.heard(text),
      released: () => {
        this.#inbox.drop();
        this.#outgoing.rewind();
      },
      unanswered: (link, code) => this.#unanswered(link, code),
      lost: (link, ms, code, reason) => this.#lost(link, ms, code, reason),
      ended: () => {
        if (!this.isKept && !this.#isRetired && this.#seat.isEmpty) others.idle(this);
      },
    });
  }

  /** Who this person is and was. */
  get #authors(): Fingerprint[] {
    return [this.#around.identity, ...this.#around.formerIdentities];
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

  get notices(): NoticeView[] {
    return this.#notices.all;
  }

  /** What the tree shows. */
  get view(): ContactView {
    return this.viewWith(this.#around.history.summary(this.identity));
  }

  /** The same, with what the history said already. */
  viewWith(summary: ConversationSummary): ContactView {
    const presence = this.#presence;
    const lastSeen = this.#whereabouts.lastSeen ?? this.contact.lastSeen;
    const { identity: id, name, trust, standing, changedTo, muted, pinned } = this.contact;
    const statusText = standing === 'accepted' ? this.contact.statusText : '';
    const who = { id, name, trust, standing, changedTo, presence, lastSeen, muted, pinned, statusText };
    return { ...who, linked: this.#seat.link !== null, path: this.#path, ...summary };
  }

  /** Why what waits is not delivered. */
  get report(): DeliveryReport {
    const { contact } = this;
    return this.#delivery.report({
      contact,
      isOnline: this.#whereabouts.isOnline,
      isLinked: this.#seat.link !== null,
      path: this.#path,
      presence: this.#presence,
      lastSeen: this.#whereabouts.lastSeen ?? contact.lastSeen,
      waiting: this.#outgoing.entries.length,
      isTrying: this.#caller.isTrying,
      nextAt: this.#caller.nextAt,
    });
  }

  /** What is not acknowledged, and where the conversation is shown: for whoever takes this contact's place. */
  get legacy(): { entries: readonly Pending[]; windows: ReadonlySet<object>; presence: Presence | null } {
    const { presence } = this.#whereabouts;
    return { entries: this.#outgoing.entries, windows: this.#openIn, presence };
  }

  /** Whether the server knows the contact, as far as it told. */
  get isListed(): boolean {
    return this.#whereabouts.presence !== null;
  }

  /** Whether the server calls the contact by a name that is not the one here. */
  get isListedOtherwise(): boolean {
    const listed = this.#whereabouts.presence?.name;
    return listed !== undefined && nameKey(listed) !== this.nameKey;
  }

  get #path(): LinkPath | null {
    return this.#seat.link?.channel.path ?? null;
  }

  get #presence(): PresenceState {
    return this.#seat.link === null ? this.#whereabouts.state : 'online';
  }

  get #isAway(): boolean {
    return this.#seat.link === null && this.#whereabouts.isAway(this.#caller.isHopeful);
  }

  /** Whether what is written now has to wait. */
  get #waits(): boolean {
    return !this.#record.maySend || this.#isAway;
  }

  /** Whether something waits, or somebody looks. */
  get #isOfInterest(): boolean {
    return this.#record.maySend && (!this.#outgoing.isEmpty || this.#openIn.size > 0);
  }

  /** Whether a link is wanted. Nobody else is ever dialled. */
  get #wantsLink(): boolean {
    const hasQuestion = this.#asksName && this.contact.standing === 'accepted';
    const hasStatus = this.#statusTexts.hasNews && this.#whereabouts.state === 'online';
    return this.#isOfInterest || hasQuestion || hasStatus || this.#readReceipts.hasNews;
  }

  /** Makes this person a contact for good. @throws {StorageError} */
  keep(): void {
    if (!this.#record.keep()) return;
    this.#announce();
    this.#others.kept(this);
  }

  /** Makes this person an accepted contact. @throws {StorageError} */
  welcome(): void {
    this.change({ standing: 'accepted' });
    this.keep();
  }

  /** Stores what is different now, and does what follows from it. @throws {StorageError} */
  change(change: Partial<StoredContact>): void {
    if (!this.#record.change(change)) return;
    if (this.contact.standing === 'blocked') this.close(LinkClose.unavailable, 'unavailable');
    this.#tellStates();
    this.#reconsider();
    this.#send();
    this.#changed();
    this.#announce();
    this.#others.changed();
  }

  /** A line that is kept. */
  note(kind: StoredNotice['kind'], detail?: string): void {
    this.#notices.record(kind, detail);
  }

  /** A line for this conversation once it goes on from another one; not stored yet. */
  lineAfter(from: Correspondence, kind: StoredNotice['kind'], detail: string): StoredNotice {
    const after = Math.max(this.#notices.lastOrder, from.#notices.lastOrder);
    return { ...this.#notices.line(kind, detail), after };
  }

  /** The conversation goes on from another one, with this line, which is stored already. */
  inherit(from: Correspondence, newest: StoredNotice): void {
    this.#notices.inherit(from.#notices, newest);
  }

  /**
   * Messages of an earlier run, or of an earlier identity, that are still to be delivered.
   * @throws {StorageError} and then they are numbered with the next link
   */
  restore(entries: readonly Pending[]): void {
    try {
      this.#outgoing.restore(entries);
    } finally {
      this.#reconsider();
    }
    this.#send();
  }

  /** A new link is wanted, in whose hello the contact says what it is called. */
  askName(): void {
    if (this.#asksName) return;
    this.#asksName = true;
    this.close(LinkClose.goingAway, 'asking for the name');
    this.#reconsider();
  }

  /** See Outgoing. */
  compose(...parts: Parameters<Outgoing['compose']>): Envelope {
    return this.#outgoing.compose(...parts);
  }

  /** Takes messages that both stores have, and sends them when it can. */
  enqueue(entries: readonly Pending[]): (MessageView | null)[] {
    for (const { message } of entries) this.#notices.messageAt(message.order);
    this.#outgoing.push(entries);
    this.#typing.wrote();
    this.#reconsider();
    for (const entry of entries) entry.held = this.#waits;
    this.#send();
    this.#announce();
    return this.views.each(entries.map(({ message }) => message));
  }

  /** A window shows the conversation: with somebody accepted, a link is wanted. */
  open(window: object): void {
    this.#openIn.add(window);
    this.#reconsider();
    this.#noteAway();
  }

  closeIn(window: object): void {
    if (this.#openIn.delete(window)) this.#reconsider();
  }

  /** @throws {StorageError} when the marker could not be stored: it is to be set again */
  markRead(upTo: number): void {
    if (upTo <= this.contact.readUpTo || !this.#record.change({ readUpTo: upTo })) return;
    this.#announce();
    this.#readReceipts.readOn();
    this.#tellStates();
    this.#reconsider();
  }

  /** This person says something else of themselves now: an accepted contact hears it, once they are there. */
  statusTextChanged(): void {
    this.#statusTexts.changed();
    this.#tellStates();
    this.#reconsider();
  }

  /** This person is writing to the contact just now. */
  writing(): void {
    if (this.#seat.link !== null) this.#typing.tell(this.#seat.link);
  }

  /** Everything that was stored of the conversation is gone. */
  clear(): void {
    this.#notices.clear();
  }

  /** The same, but for what waits; the contact stays. */
  cleared(): void {
    this.clear();
    this.#announce();
  }

  /** What was stored before is gone. */
  forgotten(before: number): void {
    this.#notices.forget(before);
    this.#announce();
  }

  /** This device listens and may dial, or no longer. */
  setOnline(online: boolean): void {
    if (this.#whereabouts.isOnline === online) return;
    this.#whereabouts.setOnline(online);
    if (!online) this.close(LinkClose.goingAway, 'going offline');
    if (!online) this.#directTries.stop();
    this.#reconsider();
    this.#changed();
  }

  /** News of the discovery server at this origin; null when it cannot be asked any longer. */
  setPresence(presence: Presence | null, server: string): void {
    this.#news.take(presence, server);
    this.#takeName();
    // Its own word would end the question who has its name.
    if (this.contact.changedTo !== null && this.isListedOtherwise) this.#asksName = true;
    this.#reconsider();
    this.#changed();
  }

  /** The person wants the contact to be tried at once, if at all. */
  tryNow(): void {
    this.#caller.now();
    this.#changed();
  }

  /** The contact cannot reach this device, and asks to be dialled. */
  dialBack(endpoints: readonly Endpoint[]): void {
    this.#directTries.asked(endpoints);
  }

  /** This device has other addresses. */
  networkChanged(): void {
    this.#caller.again(true);
    this.#directTries.again();
  }

  /** A channel to this contact's device, dialled by either side. @throws {StorageError} */
  accept(channel: Channel): void {
    if (!this.#whereabouts.isOnline) {
      channel.close(LinkClose.goingAway, 'offline');
      return;
    }
    const greeting = greetingFor(this.#around, channel.device);
    this.#seat.take(channel, this.#conversation, greeting);
  }

  /** Closes the link, and such as begin. */
  close(code: number, reason: string): void {
    this.#seat.close(code, reason);
    this.#changed();
  }

  /** Ends everything; what still happens on links that close is nobody's business any longer. */
  stop(code: number = LinkClose.goingAway, reason = 'going offline'): void {
    this.#isRetired = true;
    this.close(code, reason);
    this.setOnline(false);
    this.#caller.stop();
    this.#directTries.stop();
    this.#news.stop();
    this.#statusTexts.stop();
    this.#refresh?.();
    this.#refresh = () => undefined;
  }

  /** The caller's channel: one that cannot be taken is a failed attempt. */
  #reached(channel: Channel): void {
    if (!this.#seat.guard(channel, () => this.accept(channel))) this.#caller.failed();
  }

  #greeted(link: Link, hello: HelloFrame): boolean {
    if (link.channel.dialled) this.#caller.succeeded();
    if (hello.successions !== undefined) this.#others.follow(hello.successions);
    // Who the other was until now may have been a contact: then this link belongs to nobody, and comes anew.
    if (this.#isRetired) link.close(LinkClose.replaced, 'an identity was replaced');
    else if (!this.#whereabouts.isOnline) link.close(LinkClose.goingAway, 'offline');
    else return true;
    return false;
  }

  #linked(link: Link, hello: HelloFrame): void {
    const how = link.channel.dialled ? 'dialled' : 'was dialled';
    const way = link.channel.path === 'relayed' ? ' through the relay' : '';
    this.#log(`Linked with ${this.contact.name} (${how}${way})`);
    this.#directTries.linkChanged();
    this.#whereabouts.linked();
    this.#delivery.linked();
    if (link.channel.endpoint !== null) this.#record.reachedAt(link.channel.endpoint);
    this.#saidName = hello.name ?? null;
    this.#asksName = false;
    this.#takeName();
    this.#others.heard(this);
    this.#settled(this.#outgoing.catchUp(hello.received, hello.refused ?? []));
    this.#tellStates();
    this.#notices.connected();
    this.#reconsider();
    this.#changed();
    this.#send();
  }

  /** Whoever is not accepted may come as often as they like. */
  #log(text: string): void {
    const isAccepted = this.contact.standing === 'accepted';
    (isAccepted ? this.#around.log : this.#others.strangersLog)('info', text);
  }

  #unanswered(link: Link, code: number): void {
    if (!link.channel.dialled) return;
    if (code === LinkClose.unavailable) this.#turnedAway(link);
    this.#caller.failed();
  }

  #lost(link: Link, ms: number, code: number, reason: string): void {
    const why = reason === '' ? 'by the other end or the network' : reason;
    // A log is read by the person too: being turned away is to look like being left.
    const shown = code === LinkClose.unavailable ? LinkClose.goingAway : code;
    this.#log(`Link with ${this.contact.name} closed: ${shown} ${why}`);
    this.#whereabouts.hope();
    this.#caller.lost(ms, code === LinkClose.goingAway || code === LinkClose.unavailable);
    if (code === LinkClose.unavailable) this.#turnedAway(link);
    this.#reconsider();
    this.#changed();
  }

  /** The contact wants nothing of this device; from here that is to look like being away, down to when it is tried. */
  #turnedAway(link: Link): void {
    if (this.#whereabouts.turnedAway(link.channel.device)) {
      this.#record.note({ lastSeen: this.#around.clock.now() });
    }
    this.#delivery.turnedAway(this.contact.endpoints);
    this.#changed();
  }

  /** See ContactRecord. */
  #takeName(): void {
    const listed = this.#whereabouts.presence?.name;
    if (listed === undefined || listed === this.contact.name) return;
    if (!this.#others.isNameFree(listed, this.identity)) return;
    const before = this.#record.takeName(listed, this.#saidName);
    if (before === null) return;
    if (this.isKept && before !== unnamed(this.identity)) this.note('renamed', before);
    this.#asksName = false;
    this.#send();
    this.#announce();
    this.#others.heard(this);
    this.#others.changed();
  }

  #settled(messages: StoredMessage[]): void {
    if (messages.length === 0) return;
    this.#show(messages);
    this.#reconsider();
  }

  #arrived(messages: readonly StoredMessage[]): void {
    this.#typing.arrived();
    for (const { order } of messages) this.#notices.messageAt(order);
    const views = this.views.all(messages);
    if (views.length > 0) this.#around.events.messages(views);
    // A change is shown as the message that it changes, which arrived before.
    const orders = new Set(messages.map(({ order }) => order));
    const arrived = views.filter(({ order, deleted }) => orders.has(order) && !deleted);
    if (arrived.length > 0) this.#around.events.arrived(arrived);
    this.#announce();
  }

  /** These look different now. */
  #show(messages: readonly StoredMessage[]): void {
    const views = this.views.all(messages);
    if (views.length > 0) this.#around.events.messages(views);
  }

  /** What is told anew on each link: how far this person has read, and what they say of themselves. */
  #tellStates(): void {
    const { link } = this.#seat;
    if (link === null) return;
    this.#seat.guard(link, () => {
      this.#readReceipts.tell(link);
      this.#statusTexts.tell(link);
    });
  }

  #readByContact(id: string): void {
    const before = this.contact.theyReadUpTo;
    const upTo = this.#readReceipts.heard(id);
    if (upTo === null) return;
    this.#record.note({ theyReadUpTo: upTo });
    const { messages } = this.#around.history.page(this.identity, upTo + 1, REFRESHED_MESSAGES);
    const changed = messages.filter(
      ({ mine, state, order }) => mine && state === 'delivered' && order > before,
    );
    this.#show(changed);
  }

  #send(): void {
    const { link } = this.#seat;
    if (link !== null && this.#record.maySend) this.#seat.guard(link, () => this.#outgoing.sendOn(link));
  }

  #reconsider(): void {
    this.#caller.want(this.#whereabouts.isOnline && this.#wantsLink && this.#seat.link === null);
  }

  /** Shows anew whatever depends on whether the contact is there; once a tick, however much happened. */
  #changed(): void {
    this.#delivery.seen(this.#presence);
    this.#refresh ??= this.#around.clock.soon(() => {
      this.#refresh = null;
      const waits = this.#waits;
      if (waits) {
        this.#outgoing.hold();
        if (this.#isOfInterest) this.#noteAway();
      }
      if (waits !== this.#waited) {
        this.#show(this.#outgoing.newest(REFRESHED_MESSAGES));
      }
      this.#waited = waits;
      this.#announce();
    });
  }

  #noteAway(): void {
    if (this.#whereabouts.isOnline && this.#record.maySend && this.#isAway) this.#notices.away();
  }

  #announce(): void {
    if (!this.isKept || this.#isRetired) return;
    try {
      this.#around.events.contact(this.view);
    } catch (error) {
      // What was stored stays stored: a count that cannot be read now is shown with the next change.
      if (!(error instanceof StorageError)) throw error;
      this.#around.log('error', `A contact could not be read: ${error.message}`);
    }
  }
}
