import { bodyFault, type Change, changeOf, referenceOf } from '@p2p-chat/protocol/kinds';
import { MAX_KEPT_REFUSALS } from '@p2p-chat/protocol/limits';
import {
  LinkClose,
  type Cursor,
  type Delivery,
  type ReceivedCursor,
  type RefusedMessage,
} from '@p2p-chat/protocol/link';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Link } from './link.ts';
import type { Gate } from './request-gate.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import {
  type HistoryStore,
  type IncomingMessage,
  StorageError,
  type StoredMessage,
  type StoredNotice,
} from './storage-ports.ts';

/**
 * Messages of one transaction: enough that a commit counts for little, and so few that the writer has receipts to deal
 * with while the next are stored.
 */
const STORED_AT_ONCE = 256;

/** What an inbox reports. */
export interface InboxEvents {
  /** What the next batch from a device may bring; null when nothing may come any longer, and the link is closed. */
  gate(device: Fingerprint): Gate | null;
  /** Whether the contact speaks of a message that is here. @throws {StorageError} */
  isHere(change: Change): boolean;
  /** Called before messages of a contact are stored. */
  beforeFirst(): void;
  stored(messages: StoredMessage[]): void;
  /**
   * The sender began later than where this side stands: so many messages will never come. Returns the line that says so
   * and is stored with those that came instead; null when nobody is to be told.
   */
  missing(count: number): StoredNotice | null;
  /** That line is stored. */
  told(line: StoredNotice): void;
}

/**
 * What arrives from one contact: what waits in one tick becomes one transaction and one receipt, or a few of much. A receipt
 * leaves only after the transaction.
 */
export class Inbox {
  readonly #contact: Fingerprint;
  readonly #history: HistoryStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: InboxEvents;
  #link: Link | null = null;
  #cursor: ReceivedCursor | null = null;
  /**
   * What was refused on this link and is not stored: the cursor in the store is before it. The newest ones go with the
   * next cursor that is stored, or the next hello would make them out to be taken.
   */
  #unstored: RefusedMessage[] = [];
  /** How many messages the sender left out on this link; until the cursor is stored behind them, the next link says so too. */
  #lacking = 0;
  #waiting: Delivery[] = [];
  #flush: Cancel | null = null;

  constructor(contact: Fingerprint, history: HistoryStore, clock: Clock, log: Log, events: InboxEvents) {
    this.#contact = contact;
    this.#history = history;
    this.#clock = clock;
    this.#log = log;
    this.#events = events;
  }

  /** The other end's messages begin here. */
  begin(link: Link, begun: Cursor): void {
    const { cursor, retired } = this.#history.inbound(link.channel.device);
    if (retired.includes(begun.epoch)) {
      link.close(LinkClose.protocolError, 'an epoch that ended');
      return;
    }
    this.#link = link;
    this.#unstored = [];
    this.#lacking = 0;
    this.#cursor = { epoch: begun.epoch, next: begun.next };
    if (cursor === null) return;
    const isSame = cursor.epoch === begun.epoch;
    const expected = isSame ? cursor.next : 1;
    if (begun.next > expected) this.#lacking = begun.next - expected;
    else if (isSame) this.#cursor = cursor;
    else this.#cursor.next = expected;
  }

  /** Takes messages of the present link; they are stored in this tick's batch. */
  take(link: Link, deliveries: Delivery[]): void {
    if (link !== this.#link) return;
    this.#waiting.push(...deliveries);
    this.#flush ??= this.#clock.soon(() => this.#store());
  }

  /** The link is gone: what was not stored comes again. */
  drop(): void {
    this.#link = null;
    this.#unstored = [];
    this.#waiting = [];
    this.#flush?.();
    this.#flush = null;
  }

  #store(): void {
    const [link, cursor] = [this.#link, this.#cursor];
    const deliveries = this.#waiting.splice(0, STORED_AT_ONCE);
    this.#flush = this.#waiting.length > 0 ? this.#clock.soon(() => this.#store()) : null;
    const last = deliveries.at(-1)?.envelope;
    if (link === null || cursor === null || last === undefined) return;

    try {
      const { device } = link.channel;
      const gate = this.#events.gate(device);
      if (gate === null) return link.close(LinkClose.unavailable, 'unavailable');
      const { wanted, refused } = this.#judge(deliveries, cursor.next, gate);
      const { epoch } = cursor;
      const next = last.seq < cursor.next ? cursor : { epoch, next: last.seq + 1, last: last.id };
      const unstored = [...this.#unstored, ...refused].slice(-MAX_KEPT_REFUSALS);
      let added: StoredMessage[] = [];
      if (wanted.length > 0) this.#events.beforeFirst();
      const isStored = wanted.length > 0 || (next.next > cursor.next && gate.remembersRefusals);
      if (isStored) {
        const line = this.#lacking > 0 ? this.#events.missing(this.#lacking) : null;
        const now = this.#clock.now();
        added = this.#history.receive(this.#contact, device, next, wanted, unstored, now, line);
        this.#lacking = 0;
        if (line !== null) this.#events.told(line);
      }
      this.#unstored = isStored ? [] : unstored;
      this.#cursor = next;
      link.sendReceipt(next, refused);
      if (added.length > 0) this.#events.stored(added);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#log('error', `Messages that arrived could not be stored: ${error.message}`);
      this.drop();
      link.close(LinkClose.storageFailed, 'could not store');
    }
  }

  /**
   * What of a batch is stored and what is refused. Neither are repetitions, from before `next` or of what is known, and
   * changes of messages that are not here: what was cleared does not come back by them.
   */
  #judge(deliveries: readonly Delivery[], next: number, gate: Gate) {
    const wanted: IncomingMessage[] = [];
    const refused: RefusedMessage[] = [];
    for (const { envelope, held } of deliveries) {
      if (envelope.seq < next) continue;
      const fault = bodyFault(envelope);
      if (fault === null && gate.knows(envelope)) continue;
      const reason = fault ?? (gate.takes(envelope) ? null : 'unavailable');
      if (reason !== null) refused.push({ seq: envelope.seq, reason });
      else if (!this.#isOfNone(envelope, wanted)) wanted.push({ envelope, held });
    }
    return { wanted, refused };
  }

  /** @param before what is stored together with it, and was written before */
  #isOfNone(envelope: Envelope, before: readonly IncomingMessage[]): boolean {
    const change = changeOf(envelope);
    if (change === null || this.#events.isHere(change)) return false;
    const { message, by } = referenceOf(change);
    return by !== 'sender' || !before.some(({ envelope: { id } }) => id === message);
  }
}
