import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Connection } from './connection.ts';
import type { ContactRecord } from './contact-record.ts';
import { MessageViews } from './message-views.ts';
import type { Notices } from './notices.ts';
import type { Outgoing } from './outgoing.ts';
import type { Cancel } from './ports.ts';
import { type ConversationSummary, StorageError, type StoredMessage } from './storage-ports.ts';
import type { Surroundings } from './surroundings.ts';
import type { ContactView } from './views.ts';

/** At most so many messages are shown anew when the contact comes, goes or reads on: what a panel may show. */
const REFRESHED_MESSAGES = 200;

/** What decides how one contact looks. */
export interface ShownContactParts {
  readonly around: Surroundings;
  /** This person's identity, and those that it followed on. */
  readonly authors: readonly Fingerprint[];
  readonly record: ContactRecord;
  readonly connection: Connection;
  readonly outgoing: Outgoing;
  readonly notices: Notices;
  /** Whether something waits, or somebody looks. */
  readonly isOfInterest: () => boolean;
}

/** What windows see of one contact and of what was said: how it looks now, and when it is shown anew. */
export class ShownContact {
  readonly #parts: ShownContactParts;
  /** How the conversation's messages look now. */
  readonly messages: MessageViews;
  #waited = true;
  #refresh: Cancel | null = null;
  #isStopped = false;

  constructor(parts: ShownContactParts) {
    const { around, authors, record } = parts;
    this.#parts = parts;
    this.messages = new MessageViews({
      history: around.history,
      log: around.log,
      contact: () => record.value,
      waits: () => this.waits,
      authors: () => authors,
    });
  }

  /** What the tree shows. */
  get view(): ContactView {
    const { around, record } = this.#parts;
    return this.viewWith(around.history.summary(record.value.identity));
  }

  /** The same, with what the history said already. */
  viewWith(summary: ConversationSummary): ContactView {
    const { record, connection } = this.#parts;
    const { presence, lastSeen, isLinked: linked, path } = connection;
    const { identity: id, name, trust, standing, changedTo, muted, pinned } = record.value;
    const statusText = standing === 'accepted' ? record.value.statusText : '';
    const who = { id, name, trust, standing, changedTo, presence, lastSeen, muted, pinned, statusText };
    return { ...who, linked, path, ...summary };
  }

  /** Whether what is written now has to wait. */
  get waits(): boolean {
    const { record, connection } = this.#parts;
    return !record.maySend || connection.isAway;
  }

  /** The contact looks different now. */
  announce(): void {
    const { around, record } = this.#parts;
    if (!record.isKept || this.#isStopped) return;
    try {
      around.events.contact(this.view);
    } catch (error) {
      // What was stored stays stored: a count that cannot be read now is shown with the next change.
      if (!(error instanceof StorageError)) throw error;
      around.log('error', `A contact could not be read: ${error.message}`);
    }
  }

  /** These messages look different now. */
  show(messages: readonly StoredMessage[]): void {
    const views = this.messages.all(messages);
    if (views.length > 0) this.#parts.around.events.messages(views);
  }

  /** The contact wrote these. */
  arrived(messages: readonly StoredMessage[]): void {
    const { around, notices } = this.#parts;
    for (const { order } of messages) notices.messageAt(order);
    const views = this.messages.all(messages);
    if (views.length > 0) around.events.messages(views);
    // A change is shown as the message that it changes, which arrived before.
    const orders = new Set(messages.map(({ order }) => order));
    const arrived = views.filter(({ order, deleted }) => orders.has(order) && !deleted);
    if (arrived.length > 0) around.events.arrived(arrived);
    this.announce();
  }

  /** The contact has read what this person wrote after the one order and up to the other. @throws {StorageError} */
  readBetween(before: number, upTo: number): void {
    const { around, record } = this.#parts;
    const { messages } = around.history.page(record.value.identity, upTo + 1, REFRESHED_MESSAGES);
    const isRead = ({ mine, state, order }: StoredMessage): boolean =>
      mine && state === 'delivered' && order > before;
    this.show(messages.filter(isRead));
  }

  /** Shows anew whatever depends on whether the contact is there; once a tick, however much happened. */
  changed(): void {
    const { around, outgoing, isOfInterest } = this.#parts;
    this.#refresh ??= around.clock.soon(() => {
      this.#refresh = null;
      const { waits } = this;
      if (waits) {
        outgoing.hold();
        if (isOfInterest()) this.noteAway();
      }
      if (waits !== this.#waited) this.show(outgoing.newest(REFRESHED_MESSAGES));
      this.#waited = waits;
      this.announce();
    });
  }

  /** A line says that the contact is away, if they are. */
  noteAway(): void {
    const { record, connection, notices } = this.#parts;
    if (connection.isOnline && record.maySend && connection.isAway) notices.away();
  }

  stop(): void {
    this.#isStopped = true;
    this.#refresh?.();
    this.#refresh = () => undefined;
  }
}
