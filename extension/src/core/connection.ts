import type { Endpoint, Presence } from '@p2p-chat/protocol/discovery';
import { LinkClose, type HelloFrame } from '@p2p-chat/protocol/link';
import { Caller } from './caller.ts';
import type { ContactRecord } from './contact-record.ts';
import { Delivery, type DeliveryReport } from './delivery.ts';
import { DirectTries } from './direct-tries.ts';
import { greetingFor } from './greeting.ts';
import type { Link } from './link.ts';
import { LinkSeat, type SeatEvents } from './link-seat.ts';
import { News } from './news.ts';
import type { Channel, LinkPath } from './net-ports.ts';
import { isSame } from './same-endpoint.ts';
import type { StoredContact } from './storage-ports.ts';
import { type Pace, Paced } from './paced.ts';
import type { Log } from './ports.ts';
import type { Surroundings } from './surroundings.ts';
import type { PresenceState } from './views.ts';
import { Whereabouts } from './whereabouts.ts';

/** How often a contact has this device dial by turning up in a local network. */
const FOUND_PACE: Pace = { burst: 3, everyMs: 10_000 };

export interface ConnectionParts {
  readonly around: Surroundings;
  readonly record: ContactRecord;
  readonly conversation: string;
  /** For what those who are not accepted do: see seldom. */
  readonly strangersLog: Log;
  /** Whether there is a reason to dial the contact. Nobody is ever dialled without. */
  readonly isWanted: () => boolean;
}

/** What a connection reports; see SeatEvents for what is not told of here. */
export interface ConnectionEvents extends Pick<
  SeatEvents,
  'linked' | 'begun' | 'messages' | 'receipt' | 'read' | 'typing' | 'status' | 'nearby' | 'released'
> {
  /** The other side said hello. Whether a link is wanted is asked after this. */
  greeted(hello: HelloFrame): void;
  /** Whether the contact is there, and whether they are linked, may look different now. */
  changed(): void;
  /** There is no link any longer, nor one that begins. */
  idle(): void;
}

/** The way to one contact: whether they are there, the one link with them, dialled while it is wanted, and why there is none. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #events: ConnectionEvents;
  readonly #whereabouts: Whereabouts;
  readonly #delivery: Delivery;
  readonly #caller: Caller;
  readonly #directTries: DirectTries;
  readonly #news: News;
  readonly #seat: LinkSeat;
  readonly #found: Paced;
  /** Where the contact is in this device's own networks, as announced there. */
  #nearby: readonly Endpoint[] = [];
  #isStopped = false;

  constructor(parts: ConnectionParts, events: ConnectionEvents) {
    const { around, record } = parts;
    this.#parts = parts;
    this.#events = events;
    this.#whereabouts = new Whereabouts(around.clock);
    this.#delivery = new Delivery(around.clock);
    const { identity } = record.value;
    const endpoints = (): Endpoint[] => [
      ...typedOf(record.value),
      ...this.#nearby,
      ...(this.listed?.endpoints ?? []),
      ...record.value.endpoints,
    ];
    this.#found = new Paced(around.clock, FOUND_PACE, (isLate) => {
      if (this.isNearby && !this.#whereabouts.isTurnedAway) this.#again(!isLate);
    });
    this.#caller = new Caller(around, identity, {
      rounds: this.#delivery.rounds,
      endpoints,
      isThere: () => this.#whereabouts.state === 'online',
      reached: (channel) => this.#reached(channel),
      changed: () => this.changed(),
    });
    this.#directTries = new DirectTries(around, identity, {
      endpoints,
      mayDial: () => record.isKept && record.maySend && this.isOnline,
      isRelayed: () => this.path === 'relayed',
      reached: (channel) => void this.#seat.guard(channel, () => this.accept(channel)),
    });
    this.#news = new News({
      clock: around.clock,
      record,
      whereabouts: this.#whereabouts,
      caller: { again: (isRare) => this.#again(isRare) },
      followed: () => this.changed(),
    });
    this.#seat = new LinkSeat(around, {
      ...events,
      greeted: (link, hello) => this.#greeted(link, hello),
      linked: (link, hello) => this.#linked(link, hello),
      unanswered: (link, code) => this.#unanswered(link, code),
      lost: (link, ms, code, reason) => this.#lost(link, ms, code, reason),
      ended: () => {
        if (!this.#isStopped && this.#seat.isEmpty) events.idle();
      },
    });
  }

  /** Whether this device is online itself. */
  get isOnline(): boolean {
    return this.#whereabouts.isOnline;
  }

  get isLinked(): boolean {
    return this.#seat.link !== null;
  }

  /** Whether the contact announces itself in one of this device's networks. */
  get isNearby(): boolean {
    return this.#nearby.length > 0;
  }

  /** How the link goes; null without one. */
  get path(): LinkPath | null {
    return this.#seat.link?.channel.path ?? null;
  }

  /** What is shown of whether the contact is there. */
  get presence(): PresenceState {
    return this.isLinked ? 'online' : this.#whereabouts.state;
  }

  get lastSeen(): number | null {
    return this.#whereabouts.lastSeen ?? this.#parts.record.value.lastSeen;
  }

  /** What the server told of the contact; null when it does not know them, as far as it told, or cannot be asked. */
  get listed(): Presence | null {
    return this.#whereabouts.presence;
  }

  /** Whether what is written now has to wait until the contact is back. */
  get isAway(): boolean {
    return !this.isLinked && this.#whereabouts.isAway(this.#caller.isHopeful);
  }

  /** Why so many messages that wait are not delivered. */
  report(waiting: number): DeliveryReport {
    return this.#delivery.report({
      contact: this.#parts.record.value,
      isOnline: this.isOnline,
      isLinked: this.isLinked,
      path: this.path,
      presence: this.presence,
      lastSeen: this.lastSeen,
      nearby: this.#nearby,
      waiting,
      isTrying: this.#caller.isTrying,
      nextAt: this.#caller.nextAt,
    });
  }

  /** This device listens and may dial, or no longer. */
  setOnline(online: boolean): void {
    if (this.isOnline === online) return;
    this.#whereabouts.setOnline(online);
    if (!online) {
      this.close(LinkClose.goingAway, 'going offline');
      this.#directTries.stop();
    }
    this.reconsider();
    this.changed();
  }

  /** News of the server at this origin; null when it cannot be asked any longer. */
  takeNews(presence: Presence | null, server: string): void {
    this.#news.take(presence, server);
  }

  /** The contact is at these addresses of this device's own networks now, and at no others. */
  setNearby(endpoints: readonly Endpoint[]): void {
    const isNew = endpoints.some((found) => !this.#nearby.some((known) => isSame(found, known)));
    this.#nearby = endpoints;
    if (isNew) this.#found.ask();
    this.reconsider();
  }

  /** The person typed another address, or none any longer. */
  addressTyped(): void {
    this.#again(true);
  }

  /** Whether a link is wanted may be different now. */
  reconsider(): void {
    this.#caller.want(this.isOnline && this.#parts.isWanted() && !this.isLinked);
  }

  /** Something that decides how the contact looks may be different now. */
  changed(): void {
    this.#delivery.seen(this.presence);
    this.#events.changed();
  }

  /** The person wants the contact to be tried at once, if at all. */
  tryNow(): void {
    this.#caller.now();
    this.changed();
  }

  /** The contact cannot reach this device, and asks to be dialled. */
  dialBack(endpoints: readonly Endpoint[]): void {
    this.#directTries.asked(endpoints);
  }

  /** This device has other addresses. */
  networkChanged(): void {
    this.#again(true);
  }

  /** A channel to this contact's device, dialled by either side. @throws {StorageError} */
  accept(channel: Channel): void {
    if (!this.isOnline) {
      channel.close(LinkClose.goingAway, 'offline');
      return;
    }
    const { around, conversation } = this.#parts;
    this.#seat.take(channel, conversation, greetingFor(around, channel.device));
  }

  /** Does something on the link, if there is one. See LinkSeat for what ends it. */
  onLink(work: (link: Link) => void): void {
    const { link } = this.#seat;
    if (link !== null) this.#seat.guard(link, () => work(link));
  }

  /** Closes the link, and such as begin. */
  close(code: number, reason: string): void {
    this.#seat.close(code, reason);
    this.changed();
  }

  /** Ends everything; what still happens on links that close is nobody's business any longer. */
  stop(code: number, reason: string): void {
    this.#isStopped = true;
    this.close(code, reason);
    this.setOnline(false);
    this.#caller.stop();
    this.#directTries.stop();
    this.#news.stop();
    this.#found.stop();
  }

  /** What did not work before is worth a try. */
  #again(isRare: boolean): void {
    this.#caller.again(isRare);
    this.#directTries.again();
  }

  /** The caller's channel: one that cannot be taken is a failed attempt. */
  #reached(channel: Channel): void {
    if (!this.#seat.guard(channel, () => this.accept(channel))) this.#caller.failed();
  }

  #greeted(link: Link, hello: HelloFrame): boolean {
    if (link.channel.dialled) this.#caller.succeeded();
    this.#events.greeted(hello);
    // Who the other was until now may have been a contact: then this link belongs to nobody, and comes anew.
    if (this.#isStopped) link.close(LinkClose.replaced, 'an identity was replaced');
    else if (!this.isOnline) link.close(LinkClose.goingAway, 'offline');
    else return true;
    return false;
  }

  #linked(link: Link, hello: HelloFrame): void {
    const { record } = this.#parts;
    const how = link.channel.dialled ? 'dialled' : 'was dialled';
    const way = link.channel.path === 'relayed' ? ' through the relay' : '';
    this.#log(`Linked with ${record.value.name} (${how}${way})`);
    this.#directTries.linkChanged();
    this.#whereabouts.linked();
    this.#delivery.linked();
    if (link.channel.endpoint !== null) record.reachedAt(link.channel.endpoint);
    this.#events.linked(link, hello);
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
    this.#log(`Link with ${this.#parts.record.value.name} closed: ${shown} ${why}`);
    this.#whereabouts.hope();
    this.#caller.lost(ms, code === LinkClose.goingAway || code === LinkClose.unavailable);
    if (code === LinkClose.unavailable) this.#turnedAway(link);
    this.reconsider();
    this.changed();
  }

  /** The contact wants nothing of this device; from here that is to look like being away, down to when it is tried. */
  #turnedAway(link: Link): void {
    const { around, record } = this.#parts;
    if (this.#whereabouts.turnedAway(link.channel.device)) record.note({ lastSeen: around.clock.now() });
    this.#delivery.turnedAway(record.value.endpoints);
    this.changed();
  }

  /** Whoever is not accepted may come as often as they like. */
  #log(text: string): void {
    const { around, record, strangersLog } = this.#parts;
    (record.value.standing === 'accepted' ? around.log : strangersLog)('info', text);
  }
}

function typedOf({ typedEndpoint }: StoredContact): Endpoint[] {
  return typedEndpoint === null ? [] : [typedEndpoint];
}
