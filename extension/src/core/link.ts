import { HANDSHAKE_TIMEOUT_MS, LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import {
  LinkClose,
  type Cursor,
  type Delivery,
  type HelloFrame,
  type LinkFrame,
  type ReceiptFrame,
  type ReceivedCursor,
  type RefusedMessage,
} from '@p2p-chat/protocol/link';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Channel } from './net-ports.ts';
import type { Cancel, Clock } from './ports.ts';

/**
 * Bytes of messages that a sender may have under way before it has broken the window that it was given: twice as
 * many, since what counts besides the messages themselves is not the same for everybody.
 */
const MAX_UNACKNOWLEDGED = 2 * LINK_WINDOW_BYTES;

/** What a link reports. `closed` comes once, last. */
export interface LinkEvents {
  /** The other side's hello came: the link may be used. */
  greeted(link: Link, hello: HelloFrame): void;
  begun(link: Link, cursor: Cursor): void;
  /** Consecutive messages of the epoch begun, written by the device at the other end. */
  messages(link: Link, deliveries: Delivery[]): void;
  receipt(link: Link, receipt: ReceiptFrame): void;
  read(link: Link, id: string): void;
  typing(link: Link): void;
  status(link: Link, text: string): void;
  nearby(link: Link, key: string): void;
  closed(link: Link, code: number, reason: string): void;
}

/** What this side says in its hello. */
export interface Greeting {
  readonly bootId: string;
  readonly agent: string;
  readonly received: ReceivedCursor | null;
  readonly refused?: RefusedMessage[];
  readonly name?: string;
  readonly successions?: Succession[];
  readonly takes: string[];
}

/** The order of a link's frames, and what has to be true of them between two particular devices. */
export class Link {
  readonly channel: Channel;
  readonly #events: LinkEvents;
  readonly #conversation: string;
  readonly #greeting: Greeting;
  readonly #clock: Clock;
  #state: 'greeting' | 'open' | 'closed' = 'greeting';
  #timeout: Cancel = () => undefined;
  #expected: Cursor | null = null;
  #hello: HelloFrame | null = null;
  #sentBegin = false;
  /** Bytes of frames with messages since the last receipt. */
  #unacknowledged = 0;

  constructor(channel: Channel, conversation: string, greeting: Greeting, clock: Clock, events: LinkEvents) {
    this.channel = channel;
    this.#events = events;
    this.#conversation = conversation;
    this.#greeting = greeting;
    this.#clock = clock;
  }

  /** Begins. A channel that ended meanwhile is reported at once: whoever keeps the link has to have it by then. */
  start(): void {
    this.#timeout = this.#clock.after(HANDSHAKE_TIMEOUT_MS, () =>
      this.close(LinkClose.protocolError, 'no hello in time'),
    );
    this.channel.bind({
      frame: (frame, bytes) => this.#frame(frame, bytes),
      closed: (code, reason) => this.#closed(code, reason),
    });
    this.channel.send({ type: 'hello', ...this.#greeting, window: LINK_WINDOW_BYTES });
  }

  /** The other side's hello, once it came. */
  get hello(): HelloFrame | null {
    return this.#hello;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Sends messages, after saying where they begin when they are the first. */
  sendMessages(messages: Delivery[]): void {
    const first = messages[0]?.envelope;
    if (first === undefined) return;
    if (!this.#sentBegin) this.channel.send({ type: 'begin', epoch: first.epoch, next: first.seq });
    this.#sentBegin = true;
    this.channel.send({ type: 'messages', messages });
  }

  /** Everything before `cursor.next` is stored here, but for what is refused. */
  sendReceipt(cursor: Cursor, refused: ReceiptFrame['refused']): void {
    this.#unacknowledged = 0;
    this.channel.send({ type: 'receipt', epoch: cursor.epoch, next: cursor.next, refused });
  }

  /** This person has read the other's message and everything before it. */
  sendRead(id: string): void {
    this.channel.send({ type: 'read', id });
  }

  /** This person is writing to the other's just now. */
  sendTyping(): void {
    this.channel.send({ type: 'typing' });
  }

  /** What this person says of themselves. */
  sendStatus(text: string): void {
    this.channel.send({ type: 'status', text });
  }

  /** What this person is recognised by in local networks. */
  sendNearby(key: string): void {
    this.channel.send({ type: 'nearby', key });
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'closed') this.channel.close(code, reason);
  }

  #frame(frame: LinkFrame, bytes: number): void {
    if (this.#state === 'closed') return;
    if (frame.type === 'messages') this.#unacknowledged += bytes;
    const fault = this.#unacknowledged > MAX_UNACKNOWLEDGED ? 'more than the window' : this.#take(frame);
    if (fault !== null) this.close(LinkClose.protocolError, fault);
  }

  /** Returns what is wrong with the frame at this place, or null. */
  #take(frame: LinkFrame): string | null {
    if (frame.type === 'hello') {
      if (this.#state !== 'greeting') return 'a second hello';
      this.#state = 'open';
      this.#timeout();
      this.#hello = frame;
      this.#events.greeted(this, frame);
      return null;
    }
    if (this.#state !== 'open') return 'a frame before hello';
    switch (frame.type) {
      case 'begin':
        if (this.#expected !== null) return 'a second begin';
        this.#expected = { epoch: frame.epoch, next: frame.next };
        this.#events.begun(this, this.#expected);
        return null;
      case 'messages': {
        for (const delivery of frame.messages) {
          const fault = this.#check(delivery);
          if (fault !== null) return fault;
        }
        this.#events.messages(this, frame.messages);
        return null;
      }
      case 'receipt':
        this.#events.receipt(this, frame);
        return null;
      case 'read':
        this.#events.read(this, frame.id);
        return null;
      case 'typing':
        this.#events.typing(this);
        return null;
      case 'status':
        this.#events.status(this, frame.text);
        return null;
      case 'nearby':
        this.#events.nearby(this, frame.key);
        return null;
    }
  }

  #check({ envelope }: Delivery): string | null {
    const expected = this.#expected;
    if (expected === null) return 'messages before begin';
    if (envelope.author !== this.channel.identity) return "a message of another's identity";
    if (envelope.device !== this.channel.device) return 'a message of another device';
    if (envelope.conversation !== this.#conversation) return 'a message of another conversation';
    if (envelope.epoch !== expected.epoch) return 'a message of another epoch';
    if (envelope.seq !== expected.next) return 'a gap in the sequence';
    this.#expected = { epoch: expected.epoch, next: expected.next + 1 };
    return null;
  }

  #closed(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#timeout();
    this.#events.closed(this, code, reason);
  }
}
