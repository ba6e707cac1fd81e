import type { Envelope } from '@p2p-chat/protocol/envelope';
import { MAX_LINK_FRAME_BYTES, MAX_MESSAGES_PER_FRAME } from '@p2p-chat/protocol/limits';
import type { Cursor, Delivery, ReceivedCursor } from '@p2p-chat/protocol/link';
import { utf8Length } from '@p2p-chat/protocol/text';
import type { StoredMessage } from './storage-ports.ts';

/** What a frame adds around its messages, and what each message adds around its envelope, bytes; rounded up. */
const FRAME_OVERHEAD_BYTES = 64;
const DELIVERY_OVERHEAD_BYTES = 32;

/** A message that its reader has not acknowledged. */
export interface Pending {
  readonly message: StoredMessage;
  /** The workspace storage folder of its outbox; null is global storage. */
  readonly folder: string | null;
  /** Whether its author was told that the reader is away. */
  held: boolean;
  readonly bytes: number;
}

/** Makes an entry of the queue; `held` for those that were written before this peer started. */
export function pending(message: StoredMessage, folder: string | null, held: boolean): Pending {
  const bytes = utf8Length(JSON.stringify(message.envelope)) + DELIVERY_OVERHEAD_BYTES;
  return { message, folder, held, bytes };
}

/**
 * The messages to one contact that nobody acknowledged, in order of sequence; the first `sent` of them are on their
 * way over the present link.
 */
export class PendingQueue {
  #entries: Pending[] = [];
  #sent = 0;
  #sentBytes = 0;

  get length(): number {
    return this.#entries.length;
  }

  get entries(): readonly Pending[] {
    return this.#entries;
  }

  /** The envelope to begin a link with. */
  get first(): Envelope | undefined {
    return this.#entries[0]?.message.envelope;
  }

  /** Whether the queue is one unbroken run that ends where the counter stands. */
  continues(cursor: Cursor): boolean {
    const from = cursor.next - this.#entries.length;
    return this.#entries.every(
      ({ message: { envelope } }, index) => envelope.epoch === cursor.epoch && envelope.seq === from + index,
    );
  }

  push(entry: Pending): void {
    this.#entries.push(entry);
  }

  /** Takes other envelopes for the same messages: a new epoch. Nothing counts as sent any longer. */
  renumber(envelopes: readonly Envelope[]): void {
    this.#entries = this.#entries.map((entry, index) => {
      const envelope = envelopes[index];
      return envelope === undefined ? entry : { ...entry, message: { ...entry.message, envelope } };
    });
    this.rewind();
  }

  /** The next frame's messages, as many as the frame and the reader's window take; empty when none may go. */
  take(window: number): Delivery[] {
    const taken: Delivery[] = [];
    let bytes = FRAME_OVERHEAD_BYTES;
    while (taken.length < MAX_MESSAGES_PER_FRAME) {
      const entry = this.#entries[this.#sent];
      if (entry === undefined) break;
      if (bytes + entry.bytes > MAX_LINK_FRAME_BYTES) break;
      if (this.#sentBytes > 0 && this.#sentBytes + entry.bytes > window) break;
      taken.push({ envelope: entry.message.envelope, held: entry.held });
      bytes += entry.bytes;
      this.#sent += 1;
      this.#sentBytes += entry.bytes;
    }
    return taken;
  }

  /** Whether a receipt for everything before `next` speaks of messages that were never sent. */
  isBeyond(next: number): boolean {
    const last = this.#entries[this.#sent - 1]?.message.envelope.seq;
    const first = this.first?.seq;
    return first !== undefined && next > (last ?? first - 1) + 1;
  }

  /** Whether another message than the reader's last one waits under its number. */
  contradicts({ next, last }: ReceivedCursor): boolean {
    const ours = this.#entries.find(({ message }) => message.envelope.seq === next - 1);
    return last !== undefined && ours !== undefined && ours.message.envelope.id !== last;
  }

  /** Takes out everything before `next`. */
  acknowledge(next: number): Pending[] {
    const count = this.#entries.findIndex(({ message }) => message.envelope.seq >= next);
    const done = this.#entries.splice(0, count === -1 ? this.#entries.length : count);
    const wasSent = done.slice(0, this.#sent);
    this.#sent -= wasSent.length;
    this.#sentBytes -= wasSent.reduce((sum, { bytes }) => sum + bytes, 0);
    return done;
  }

  /** The link is gone: everything is to be sent again. */
  rewind(): void {
    this.#sent = 0;
    this.#sentBytes = 0;
  }
}
