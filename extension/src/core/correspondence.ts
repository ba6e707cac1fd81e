import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { LinkClose, type HelloFrame, type ReceiptFrame } from '@p2p-chat/protocol/link';
import { Caller } from './caller.ts';
import { Inbox } from './inbox.ts';
import { Link } from './link.ts';
import { Notices } from './notices.ts';
import { ImpossibleReceipt, Outgoing } from './outgoing.ts';
import type { Pending } from './pending-queue.ts';
import type { Cancel, Channel, StoredContact, StoredMessage } from './ports.ts';
import { StorageError } from './ports.ts';
import type { Surroundings } from './surroundings.ts';
import type { ContactView, MessageView, NoticeView, PresenceState } from './views.ts';
import { messageView } from './message-view.ts';

/**
 * Somebody whom the server calls online is not called away before this long without a link: their editor may just
 * be reloading a window. Milliseconds.
 */
const RELOAD_GRACE_MS = 10_000;

/** At most so many undelivered messages are shown anew when the contact comes or goes: what a panel may show. */
const REFRESHED_MESSAGES = 200;

/**
 * Everything between this person and one other: the queue of what is not acknowledged, the one link, and whether
 * the other is there.
 */
export class Correspondence {
  readonly #around: Surroundings;
  readonly #conversation: string;
  readonly #outgoing: Outgoing;
  readonly #inbox: Inbox;
  readonly #caller: Caller;
  readonly #notices: Notices;
  readonly #greeting = new Set<Link>();
  /** Windows that have the conversation open. */
  readonly #openIn = new Set<object>();
  readonly #onKept: () => void;
  #contact: StoredContact;
  /** Whether the contact is stored: a stranger who only connected is not. */
  #kept: boolean;
  #link: Link | null = null;
  #linkedAt = 0;
  /** When there was last reason to think that the contact can be reached. */
  #hopeSince = 0;
  #online = false;
  #presence: Presence | null = null;
  #wasAway = true;
  #refresh: Cancel | null = null;

  constructor(
    around: Surroundings,
    contact: StoredContact,
    conversation: string,
    kept: boolean,
    onKept: () => void,
  ) {
    this.#around = around;
    this.#onKept = onKept;
    this.#contact = contact;
    this.#conversation = conversation;
    this.#kept = kept;
    this.#outgoing = new Outgoing(around, contact.identity, conversation);
    const newest = around.history.page(contact.identity, null, 1).messages[0]?.order ?? 0;
    this.#notices = new Notices(contact.identity, newest, around.clock, (notice) =>
      around.events.notice(notice),
    );
    this.#inbox = new Inbox(contact.identity, around.history, around.clock, around.log, {
      beforeFirst: () => this.keep(),
      stored: (messages) => {
        for (const { order } of messages) this.#notices.messageAt(order);
        around.events.messages(messages.map((message) => this.show(message)));
        this.#announce();
      },
      missing: (count) => this.#notices.missing(count),
    });
    this.#caller = new Caller(around, contact.identity, {
      endpoints: () => [...(this.#presence?.endpoints ?? []), ...this.#contact.endpoints],
      reached: (channel) => this.#reached(channel),
      changed: () => this.#changed(),
    });
  }

  get contact(): StoredContact {
    return this.#contact;
  }

  get isKept(): boolean {
    return this.#kept;
  }

  get notices(): readonly NoticeView[] {
    return this.#notices.all;
  }

  /** What the tree shows. */
  get view(): ContactView {
    const { identity, name, verified, lastSeen } = this.#contact;
    return {
      id: identity,
      name,
      verified,
      presence: this.#presenceState,
      lastSeen: this.#presence?.lastSeen ?? lastSeen,
      linked: this.#link !== null,
      ...this.#around.history.summary(identity),
    };
  }

  get #presenceState(): PresenceState {
    if (this.#link !== null) return 'online';
    if (this.#presence === null) return 'unknown';
    return this.#presence.online ? 'online' : 'offline';
  }

  /** Whether what is written now has to wait for the contact to come back. */
  get #away(): boolean {
    if (this.#link !== null) return false;
    if (!this.#online || this.#presence?.online === false) return true;
    if (this.#caller.isHopeful) return false;
    const since = this.#around.clock.now() - this.#hopeSince;
    return this.#presence === null || since > RELOAD_GRACE_MS;
  }

  /** Whether a link is wanted: something waits, or somebody looks. */
  get #isOfInterest(): boolean {
    return !this.#outgoing.isEmpty || this.#openIn.size > 0;
  }

  /** Makes this person a contact for good. */
  keep(): void {
    if (this.#kept) return;
    this.#around.history.saveContact(this.#contact);
    this.#kept = true;
    this.#announce();
    this.#onKept();
  }

  /** Messages of an earlier run that are still to be delivered. */
  restore(entries: readonly Pending[]): void {
    this.#outgoing.restore(entries);
    this.#reconsider();
    this.#send();
  }

  /** See Outgoing. */
  compose(...parts: Parameters<Outgoing['compose']>): Envelope {
    return this.#outgoing.compose(...parts);
  }

  /** Takes messages that both stores have, and sends them when it can. */
  enqueue(entries: readonly Pending[]): MessageView[] {
    for (const { message } of entries) this.#notices.messageAt(message.order);
    this.#outgoing.push(entries);
    this.#reconsider();
    for (const entry of entries) entry.held = this.#away;
    this.#send();
    this.#announce();
    return entries.map(({ message }) => this.show(message));
  }

  /** How a stored message of this conversation looks now. */
  show(message: StoredMessage): MessageView {
    return messageView(message, this.#away);
  }

  /** A window shows the conversation: a link is wanted. */
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
    if (upTo <= this.#contact.readUpTo) return;
    const contact = { ...this.#contact, readUpTo: upTo };
    if (this.#kept) this.#around.history.saveContact(contact);
    this.#contact = contact;
    this.#announce();
  }

  /** This device listens and may dial, or no longer. */
  setOnline(online: boolean): void {
    if (this.#online === online) return;
    this.#online = online;
    if (!online) {
      this.#presence = null;
      for (const link of this.#greeting) link.close(LinkClose.goingAway, 'going offline');
      this.#link?.close(LinkClose.goingAway, 'going offline');
      this.#release();
    }
    this.#reconsider();
    this.#changed();
  }

  /** News of the discovery server; null when it cannot be asked any longer. */
  setPresence(presence: Presence | null): void {
    const cameBack =
      presence?.online === true &&
      (this.#presence?.online !== true || this.#presence.device !== presence.device);
    const moved =
      presence?.online === true &&
      JSON.stringify(presence.endpoints) !== JSON.stringify(this.#contact.endpoints);
    this.#presence = presence;
    if (moved) this.#save({ endpoints: presence.endpoints });
    else if (presence?.online === false) this.#save({ lastSeen: presence.lastSeen });
    if (cameBack || moved) {
      this.#hopeSince = this.#around.clock.now();
      this.#caller.again();
    }
    this.#reconsider();
    this.#changed();
  }

  /** A channel to this contact's device, dialled by either side. */
  accept(channel: Channel): void {
    if (!this.#online) {
      channel.close(LinkClose.goingAway, 'offline');
      return;
    }
    const { clock, bootId, agent, history } = this.#around;
    const received = history.inbound(channel.device).cursor;
    const link: Link = new Link(channel, this.#conversation, { bootId, agent, received }, clock, {
      greeted: (greeted, hello) => void this.#orClose(greeted, () => this.#greeted(greeted, hello)),
      begun: (begun, cursor) => {
        if (begun === this.#link) this.#orClose(begun, () => this.#inbox.begin(begun, cursor));
      },
      messages: (from, deliveries) => this.#inbox.take(from, deliveries),
      receipt: (from, receipt) => void this.#orClose(from, () => this.#receipt(from, receipt)),
      closed: (closed, code, reason) => this.#closed(closed, code, reason),
    });
    this.#greeting.add(link);
  }

  /** Ends everything; what still happens on links that close is nobody's business any longer. */
  stop(): void {
    this.setOnline(false);
    this.#caller.stop();
    this.#refresh?.();
    this.#refresh = () => undefined;
  }

  /** The caller's channel: one that cannot be taken is a failed attempt. */
  #reached(channel: Channel): void {
    if (!this.#orClose(channel, () => this.accept(channel))) this.#caller.failed();
  }

  #greeted(link: Link, hello: HelloFrame): void {
    this.#greeting.delete(link);
    if (link.channel.dialled) this.#caller.succeeded();
    if (!this.#online) return link.close(LinkClose.goingAway, 'offline');
    const current = this.#link;
    if (current !== null) {
      if (this.#prefersCurrent(current, link, hello)) {
        return link.close(LinkClose.replaced, 'another link is open');
      }
      current.close(LinkClose.replaced, 'a newer link took over');
      this.#release();
    }
    this.#link = link;
    this.#linkedAt = this.#around.clock.now();
    const how = link.channel.dialled ? 'dialled' : 'was dialled';
    this.#around.log('info', `Linked with ${this.#contact.name} (${how})`);
    if (link.channel.endpoint !== null) this.#rememberEndpoint(link.channel.endpoint);
    this.#settled(this.#outgoing.catchUp(hello.received));
    this.#notices.connected();
    this.#reconsider();
    this.#changed();
    this.#send();
  }

  /**
   * Two links of the same two runs: the one dialled by the device with the lower fingerprint stays, so that both
   * ends choose alike; but only while both may be of one moment. Otherwise the newer one counts.
   */
  #prefersCurrent(current: Link, newer: Link, hello: HelloFrame): boolean {
    if (current.hello?.bootId !== hello.bootId) return false;
    if (current.channel.dialled === newer.channel.dialled) return false;
    if (this.#around.clock.now() - this.#linkedAt > HANDSHAKE_TIMEOUT_MS) return false;
    const mineIsLower = this.#around.device < current.channel.device;
    return current.channel.dialled === mineIsLower;
  }

  /** A disk that fails, or a peer that breaks the protocol, ends the link. What it brought comes on the next one. */
  #orClose(link: Pick<Channel, 'close'>, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof ImpossibleReceipt) {
        link.close(LinkClose.protocolError, error.message);
      } else if (error instanceof StorageError) {
        this.#around.log('error', `A link had to be closed: ${error.message}`);
        link.close(LinkClose.storageFailed, 'could not store');
      } else {
        throw error;
      }
      return false;
    }
  }

  #receipt(link: Link, receipt: ReceiptFrame): void {
    if (link !== this.#link) return;
    this.#settled(this.#outgoing.receipt(receipt));
    this.#send();
  }

  #settled(messages: StoredMessage[]): void {
    if (messages.length === 0) return;
    this.#around.events.messages(messages.map((message) => this.show(message)));
    this.#reconsider();
  }

  #send(): void {
    if (this.#link !== null) this.#outgoing.sendOn(this.#link);
  }

  #closed(link: Link, code: number, reason: string): void {
    if (this.#greeting.delete(link) && link.channel.dialled) this.#caller.failed();
    if (link !== this.#link) return;
    this.#around.log('info', `Link with ${this.#contact.name} closed: ${code} ${reason}`);
    this.#release();
    this.#hopeSince = this.#around.clock.now();
    this.#caller.lost(this.#hopeSince - this.#linkedAt, code === LinkClose.goingAway);
    this.#reconsider();
    this.#changed();
  }

  /** Whatever the link still says counts no longer. */
  #release(): void {
    this.#link = null;
    this.#inbox.drop();
    this.#outgoing.rewind();
  }

  #reconsider(): void {
    this.#caller.want(this.#online && this.#isOfInterest && this.#link === null);
  }

  /** Shows anew whatever depends on whether the contact is there; once a tick, however much happened. */
  #changed(): void {
    this.#refresh ??= this.#around.clock.soon(() => {
      this.#refresh = null;
      const away = this.#away;
      if (away) {
        this.#outgoing.hold();
        if (this.#isOfInterest) this.#noteAway();
      }
      if (away !== this.#wasAway) {
        const waiting = this.#outgoing.newest(REFRESHED_MESSAGES);
        if (waiting.length > 0) this.#around.events.messages(waiting.map((message) => this.show(message)));
      }
      this.#wasAway = away;
      this.#announce();
    });
  }

  #noteAway(): void {
    if (this.#online && this.#away) this.#notices.away();
  }

  #announce(): void {
    if (!this.#kept) return;
    try {
      this.#around.events.contact(this.view);
    } catch (error) {
      // What was stored stays stored: a count that cannot be read now is shown with the next change.
      if (!(error instanceof StorageError)) throw error;
      this.#around.log('error', `A contact could not be read: ${error.message}`);
    }
  }

  #rememberEndpoint(endpoint: StoredContact['endpoints'][number]): void {
    const same = (other: typeof endpoint): boolean =>
      other.address === endpoint.address && other.port === endpoint.port;
    if (!this.#contact.endpoints.some(same)) {
      this.#save({ endpoints: [endpoint, ...this.#contact.endpoints].slice(0, 8) });
    }
  }

  #save(change: Partial<StoredContact>): void {
    const contact = { ...this.#contact, ...change };
    if (JSON.stringify(contact) === JSON.stringify(this.#contact)) return;
    this.#contact = contact;
    if (!this.#kept) return;
    try {
      this.#around.history.saveContact(contact);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#around.log('error', `A contact could not be stored: ${error.message}`);
    }
  }
}
