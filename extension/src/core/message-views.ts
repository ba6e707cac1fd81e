import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Change, changeOf, type MessageReference, referenceOf, replyOf } from '@p2p-chat/protocol/kinds';
import { type ChangedMessage, changedMessage } from './changed-message.ts';
import type { Log } from './ports.ts';
import { type HistoryStore, StorageError, type StoredContact, type StoredMessage } from './storage-ports.ts';
import type { MessageView, ReplyView } from './views.ts';

/** How much of a message is shown where another one replies to it, characters. */
const MAX_QUOTE = 200;

/** What decides how the messages of a conversation look now. */
export interface ViewedBy {
  readonly history: Pick<HistoryStore, 'find' | 'changes'>;
  readonly log: Log;
  readonly contact: () => StoredContact;
  /** Whether what is written now has to wait. */
  readonly waits: () => boolean;
  /** This person's identity, and those that it followed on. */
  readonly authors: () => readonly Fingerprint[];
}

/**
 * Shows the stored messages of one conversation: what changes another message is shown as that one. While the disk does not
 * give what belongs to a message, it is shown without.
 */
export class MessageViews {
  readonly #by: ViewedBy;

  constructor(by: ViewedBy) {
    this.#by = by;
  }

  /** A message of the conversation, as one of this person's speaks of it. @throws {StorageError} */
  find({ message, by }: MessageReference): StoredMessage | null {
    const authors = by === 'sender' ? this.#by.authors() : [this.#by.contact().identity];
    for (const author of authors) {
      const found = this.#by.history.find(message, author);
      if (found !== null) return found.contact === this.#by.contact().identity ? found : null;
    }
    return null;
  }

  /** The message of the conversation that a change by this person (`mine`) or by the contact is of. @throws {StorageError} */
  changedBy(change: Change, mine: boolean): StoredMessage | null {
    const { message, by } = referenceOf(change);
    return this.find({ message, by: (by === 'sender') === mine ? 'sender' : 'recipient' });
  }

  /** How these messages look now, in their order; null for a change of a message that is not here. */
  each(messages: readonly StoredMessage[]): (MessageView | null)[] {
    const targets = messages.map((message) => this.#shownAs(message));
    const changes = this.#changes(targets.filter((target) => target !== null));
    const views = new Map<number, MessageView>();
    return targets.map((target) => {
      if (target === null) return null;
      const view = views.get(target.order) ?? this.#view(target, changes);
      views.set(target.order, view);
      return view;
    });
  }

  /** The same, each shown once. */
  all(messages: readonly StoredMessage[]): MessageView[] {
    return [...new Set(this.each(messages))].filter((view) => view !== null);
  }

  #shownAs(message: StoredMessage): StoredMessage | null {
    const change = changeOf(message.envelope);
    return change === null ? message : this.#read(null, () => this.changedBy(change, message.mine));
  }

  #seek(reference: MessageReference): StoredMessage | null {
    return this.#read(null, () => this.find(reference));
  }

  #read<T>(otherwise: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#by.log('error', `What belongs to a message could not be read: ${error.message}`);
      return otherwise;
    }
  }

  /** By id; one that both people use is told apart later. */
  #changes(messages: readonly StoredMessage[]): Map<string, StoredMessage[]> {
    const ids = [...new Set(messages.map(({ envelope }) => envelope.id))];
    const changes = this.#read([], () => this.#by.history.changes(this.#by.contact().identity, ids));
    return Map.groupBy(changes, ({ envelope }) => changeOf(envelope)?.message ?? '');
  }

  #view(message: StoredMessage, changes: ReadonlyMap<string, readonly StoredMessage[]>): MessageView {
    const { envelope, contact, order, mine, storedAt, held } = message;
    const changed = changedMessage(message, changes.get(envelope.id) ?? []);
    return {
      id: envelope.id,
      contact,
      order,
      mine,
      kind: envelope.kind,
      text: changed.text,
      edited: changed.edit !== null,
      deleted: envelope.kind === 'text' && changed.text === null,
      reactions: changed.reactions,
      replyTo: changed.text === null ? null : this.#reply(message),
      writtenAt: envelope.writtenAt,
      storedAt,
      ...this.#state(message, changed),
      held,
    };
  }

  #reply({ envelope, mine }: StoredMessage): ReplyView | null {
    const reference = replyOf(envelope);
    if (reference === null) return null;
    const isMine = (reference.by === 'sender') === mine;
    const found = this.#seek({ message: reference.message, by: isMine ? 'sender' : 'recipient' });
    const about = { id: reference.message, mine: isMine };
    if (found === null) return { ...about, order: null, text: null };
    const { text } = changedMessage(found, this.#changes([found]).get(reference.message) ?? []);
    return { ...about, order: found.order, text: text?.slice(0, MAX_QUOTE).toWellFormed() ?? null };
  }

  /** A change that the contact does not have yet counts before what became of the message itself. */
  #state(message: StoredMessage, { edit, deletion }: ChangedMessage): Pick<MessageView, 'state' | 'refused'> {
    const change = deletion ?? edit;
    const isOnItsWay = change?.state === 'pending';
    return this.#stateOf(isOnItsWay ? change : message);
  }

  #stateOf({ state, order, refused, envelope }: StoredMessage): Pick<MessageView, 'state' | 'refused'> {
    if (state === 'delivered' && order <= this.#by.contact().theyReadUpTo) return { state: 'read', refused };
    if (state !== 'pending') return { state, refused };
    // It waits for its author to be this person again.
    if (!this.#by.authors().includes(envelope.author)) return { state: 'refused', refused: 'other-identity' };
    return { state: this.#by.waits() ? 'held' : 'sending', refused };
  }
}
