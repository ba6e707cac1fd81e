import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { changeOf } from '@p2p-chat/protocol/kinds';
import type { Cursor, ReceiptFrame, ReceivedCursor, RefusedMessage } from '@p2p-chat/protocol/link';
import type { Link } from './link.ts';
import type { Outboxes } from './outboxes.ts';
import { PendingQueue, type Pending } from './pending-queue.ts';
import type { Random } from './ports.ts';
import type { HistoryStore, StoredMessage } from './storage-ports.ts';

/** What the way out needs of the peer. */
export interface OutgoingParts {
  /** This device, under this person's identity. */
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly random: Random;
  readonly history: HistoryStore;
  readonly outboxes: Outboxes;
}

/** A receipt speaks of messages that were never sent. */
export class ImpossibleReceipt extends Error {
  override readonly name = 'ImpossibleReceipt';
}

/**
 * The way out to one contact: what is not acknowledged, how it is numbered, and what the contact said to have.
 * Methods that touch a store throw StorageError.
 */
export class Outgoing {
  readonly #parts: OutgoingParts;
  readonly #contact: Fingerprint;
  readonly #conversation: string;
  readonly #queue = new PendingQueue();
  #counter: Cursor | null;
  /** Whether the disk did not take the envelopes that what waits has to have. */
  #isStale = false;

  constructor(parts: OutgoingParts, contact: Fingerprint, conversation: string) {
    this.#parts = parts;
    this.#contact = contact;
    this.#conversation = conversation;
    this.#counter = parts.history.outbound(contact).cursor;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** The newest of what waits. */
  newest(count: number): StoredMessage[] {
    return this.#queue.entries.slice(-count).map(({ message }) => message);
  }

  /** Everything that waits. */
  get entries(): readonly Pending[] {
    return this.#queue.entries;
  }

  /**
   * Messages of an earlier run that are still to be delivered, or such as waited under an earlier identity of either
   * side: those are written anew under today's.
   */
  restore(entries: readonly Pending[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) this.#queue.push(entry);
    // Until it is known that they may go as they are.
    this.#isStale = true;
    this.#counter = this.#parts.history.outbound(this.#contact).cursor;
    const { identity, device } = this.#parts;
    const isContinuous =
      this.#counter !== null &&
      this.#queue.continues(this.#counter) &&
      this.#queue.entries.every(
        ({ message: { envelope } }) =>
          envelope.author === identity &&
          envelope.device === device &&
          envelope.conversation === this.#conversation,
      );
    if (isContinuous) this.#isStale = false;
    else this.#startEpoch();
  }

  /** The envelope of a message to come, `offset` after the next; it counts once `push` was called with it. */
  compose(message: Pick<Envelope, 'id' | 'kind' | 'body'>, now: number, offset: number): Envelope {
    this.#counter ??= { epoch: this.#parts.random.uuid(), next: 1 };
    return {
      id: message.id,
      conversation: this.#conversation,
      author: this.#parts.identity,
      device: this.#parts.device,
      epoch: this.#counter.epoch,
      seq: this.#counter.next + offset,
      writtenAt: now,
      kind: message.kind,
      body: message.body,
    };
  }

  /** Takes messages that both stores have. */
  push(entries: readonly Pending[]): void {
    for (const entry of entries) {
      const { epoch, seq } = entry.message.envelope;
      this.#counter = { epoch, next: seq + 1 };
      this.#queue.push(entry);
    }
  }

  /** The author was told that the contact is away: everything that waits is marked so. */
  hold(): void {
    for (const entry of this.#queue.entries) entry.held = true;
  }

  /**
   * A link begins, and the contact says what it has and what of that it refused: that needs no sending. A counter
   * that it contradicts was lost, and so was one that has given a number of a message there to another since.
   * @returns the messages that are now settled
   */
  catchUp(received: ReceivedCursor | null, refused: readonly RefusedMessage[]): StoredMessage[] {
    if (this.#isStale) {
      this.#startEpoch();
      return [];
    }
    if (received === null || this.#counter === null) return [];
    if (this.#parts.history.outbound(this.#contact).retired.includes(received.epoch)) return [];
    const isOfThisRun = received.epoch === this.#counter.epoch && received.next <= this.#counter.next;
    if (isOfThisRun && !this.#queue.contradicts(received)) return this.#settle(received.next, refused);
    this.#startEpoch();
    return [];
  }

  /**
   * Takes a receipt.
   * @returns the messages that are now settled
   * @throws {ImpossibleReceipt}
   */
  receipt({ epoch, next, refused }: ReceiptFrame): StoredMessage[] {
    if (this.#isStale || epoch !== this.#counter?.epoch) return [];
    if (this.#queue.isBeyond(next)) throw new ImpossibleReceipt('a receipt for what was not sent');
    return this.#settle(next, refused);
  }

  /** Sends what the contact's window takes. @throws {StorageError} */
  sendOn(link: Link): void {
    if (this.#isStale) this.#startEpoch();
    for (;;) {
      const messages = this.#queue.take(link.hello?.window ?? 0);
      if (messages.length === 0) return;
      link.sendMessages(messages);
    }
  }

  /** The link is gone: everything is to be sent again. */
  rewind(): void {
    this.#queue.rewind();
  }

  /** History first, then the outbox: a crash between leaves an entry that the next start removes. */
  #settle(next: number, refused: readonly RefusedMessage[]): StoredMessage[] {
    const { history, outboxes, identity } = this.#parts;
    const reasons = new Map(refused.map(({ seq, reason }) => [seq, reason]));
    const done = this.#queue.entries.filter(({ message }) => message.envelope.seq < next);
    if (done.length === 0) return [];
    const ended = done.map(({ message }) => {
      const refused = reasons.get(message.envelope.seq) ?? null;
      const state: 'delivered' | 'refused' = refused === null ? 'delivered' : 'refused';
      return { ...message, state, refused };
    });
    const settled = history.settle(
      identity,
      ended.map(({ envelope, state, refused }) => {
        return { id: envelope.id, state, refused, isChange: changeOf(envelope) !== null };
      }),
    );
    this.#queue.acknowledge(next);
    outboxes.acknowledged(done.map(({ message, folder }) => ({ id: message.envelope.id, folder })));
    return ended.filter(({ envelope: { id } }) => settled.has(id));
  }

  /** Numbers everything that waits anew, under a counter that nobody has seen. */
  #startEpoch(): void {
    const { history, outboxes, random, identity, device } = this.#parts;
    this.#isStale = true;
    const epoch = random.uuid();
    const envelopes = this.#queue.entries.map(({ message }, index) => ({
      ...message.envelope,
      conversation: this.#conversation,
      author: identity,
      device,
      epoch,
      seq: index + 1,
    }));
    this.#counter = { epoch, next: envelopes.length + 1 };
    history.renumber(this.#contact, this.#counter, envelopes);
    this.#queue.renumber(envelopes);
    this.#isStale = false;
    const contact = this.#contact;
    outboxes.update(
      this.#queue.entries.map(({ message, folder }) => ({ contact, envelope: message.envelope, folder })),
    );
  }
}
