import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import {
  LinkClose,
  type Cursor,
  type Delivery,
  type HelloFrame,
  type ReceiptFrame,
} from '@p2p-chat/protocol/link';
import { type Greeting, Link } from './link.ts';
import { ImpossibleReceipt } from './outgoing.ts';
import type { Channel } from './net-ports.ts';
import type { Clock, Log } from './ports.ts';
import { StorageError } from './storage-ports.ts';

/** What the one link of a correspondence reports. Whatever throws StorageError or ImpossibleReceipt ends the link. */
export interface SeatEvents {
  /** The other side said hello. Returns whether a link is wanted; otherwise it is closed already. */
  greeted(link: Link, hello: HelloFrame): boolean;
  /** This is the link from now on. */
  linked(link: Link, hello: HelloFrame): void;
  begun(link: Link, cursor: Cursor): void;
  messages(link: Link, deliveries: Delivery[]): void;
  receipt(receipt: ReceiptFrame): void;
  /** The other side's person has read this message and everything before it. */
  read(id: string): void;
  typing(): void;
  status(text: string): void;
  nearby(key: string): void;
  /** The link counts no longer; perhaps another takes its place. */
  released(): void;
  /** A channel ended before the other side said hello. */
  unanswered(link: Link, code: number): void;
  /** The link ended after `ms`; `released` came before. */
  lost(link: Link, ms: number, code: number, reason: string): void;
  /** Some channel ended, whatever it was; the last of what is said about it. */
  ended(): void;
}

/** Which of the links with one contact counts: there is one at most. */
export class LinkSeat {
  readonly #device: Fingerprint;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: SeatEvents;
  readonly #greeting = new Set<Link>();
  #link: Link | null = null;
  #since = 0;

  constructor(parts: { device: Fingerprint; clock: Clock; log: Log }, events: SeatEvents) {
    this.#device = parts.device;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#events = events;
  }

  /** The link that counts. */
  get link(): Link | null {
    return this.#link;
  }

  /** Whether there is no link, nor one that begins. */
  get isEmpty(): boolean {
    return this.#link === null && this.#greeting.size === 0;
  }

  /** A channel to one of the contact's devices, dialled by either side. */
  take(channel: Channel, conversation: string, greeting: Greeting): void {
    const link: Link = new Link(channel, conversation, greeting, this.#clock, {
      greeted: (greeted, hello) => void this.guard(greeted, () => this.#greeted(greeted, hello)),
      begun: (begun, cursor) => {
        if (begun === this.#link) this.guard(begun, () => this.#events.begun(begun, cursor));
      },
      messages: (from, deliveries) => {
        if (from === this.#link) this.#events.messages(from, deliveries);
      },
      receipt: (from, receipt) => {
        if (from === this.#link) this.guard(from, () => this.#events.receipt(receipt));
      },
      read: (from, id) => {
        if (from === this.#link) this.guard(from, () => this.#events.read(id));
      },
      typing: (from) => {
        if (from === this.#link) this.#events.typing();
      },
      status: (from, text) => {
        if (from === this.#link) this.#events.status(text);
      },
      nearby: (from, key) => {
        if (from === this.#link) this.#events.nearby(key);
      },
      closed: (closed, code, reason) => this.#closed(closed, code, reason),
    });
    this.#greeting.add(link);
    link.start();
  }

  /** Closes whatever there is. */
  close(code: number, reason: string): void {
    for (const link of this.#greeting) link.close(code, reason);
    const link = this.#link;
    if (link === null) return;
    link.close(code, reason);
    this.#release();
  }

  /**
   * A disk that fails, or a peer that breaks the protocol, ends the link. What it brought comes on the next one.
   * Returns whether all went well.
   */
  guard(link: Pick<Channel, 'close'>, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof ImpossibleReceipt) {
        link.close(LinkClose.protocolError, error.message);
      } else if (error instanceof StorageError) {
        this.#log('error', `A link had to be closed: ${error.message}`);
        link.close(LinkClose.storageFailed, 'could not store');
      } else {
        throw error;
      }
      return false;
    }
  }

  #greeted(link: Link, hello: HelloFrame): void {
    this.#greeting.delete(link);
    if (!this.#events.greeted(link, hello)) return;
    const current = this.#link;
    if (current !== null) {
      if (this.#prefersCurrent(current, link, hello)) {
        return link.close(LinkClose.replaced, 'another link is open');
      }
      current.close(LinkClose.replaced, 'a newer link took over');
      this.#release();
    }
    this.#link = link;
    this.#since = this.#clock.now();
    this.#events.linked(link, hello);
  }

  /**
   * Two links of the same two runs: the one dialled by the device with the lower fingerprint stays, so that both
   * ends choose alike; but only while both may be of one moment. Otherwise the newer one counts.
   */
  #prefersCurrent(current: Link, newer: Link, hello: HelloFrame): boolean {
    if (current.hello?.bootId !== hello.bootId) return false;
    if (current.channel.dialled === newer.channel.dialled) return false;
    // A clock that was set in between tells nothing of the moment.
    if (Math.abs(this.#clock.now() - this.#since) > HANDSHAKE_TIMEOUT_MS) return false;
    const mineIsLower = this.#device < current.channel.device;
    return current.channel.dialled === mineIsLower;
  }

  #closed(link: Link, code: number, reason: string): void {
    if (this.#greeting.delete(link)) this.#events.unanswered(link, code);
    if (link === this.#link) {
      this.#release();
      this.#events.lost(link, this.#clock.now() - this.#since, code, reason);
    }
    this.#events.ended();
  }

  /** Whatever the link still says counts no longer. */
  #release(): void {
    this.#link = null;
    this.#events.released();
  }
}
