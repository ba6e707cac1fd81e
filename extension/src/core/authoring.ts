import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Change, bodyFault, type MessageReference, referenceOf } from '@p2p-chat/protocol/kinds';
import { utf8Length } from '@p2p-chat/protocol/text';
import { ContactBlockedError, EmptyTextError, MessageStateError, TextTooLongError } from './errors.ts';
import type { People } from './people.ts';
import type { Surroundings } from './surroundings.ts';
import type { MessageView } from './views.ts';
import type { Writer, WriteRequest } from './writer.ts';
import { t } from './words.ts';

/** Where a message goes, and from which workspace. `id` is made by the window. */
export interface Address {
  readonly id: string;
  readonly contact: Fingerprint;
  /** Workspace storage; null when no folder is open. */
  readonly folder: string | null;
}

export interface AuthoringParts {
  readonly around: Surroundings;
  readonly writer: Writer;
  readonly people: People;
}

/**
 * What a person writes, once it is known to be fit: each ends once it lies in the outbox and in the history. A text that
 * was cut within a character is mended: UTF-8 has no half of one, and a reader that is strict would end the link, each time.
 */
export class Authoring {
  readonly #parts: AuthoringParts;

  constructor(parts: AuthoringParts) {
    this.#parts = parts;
  }

  /**
   * Repeated with the same id it is one message. Whoever is written to is accepted.
   * @throws {EmptyTextError | TextTooLongError | UnknownContactError | ContactBlockedError | StorageError}
   */
  async write({
    text,
    replyTo,
    ...address
  }: Address & { text: string; replyTo?: MessageReference | undefined }): Promise<MessageView> {
    const said = text.toWellFormed();
    const body = replyTo === undefined ? { text: said } : { text: said, replyTo };
    return this.#send(address, { kind: 'text', body });
  }

  /**
   * Changes a message that is here. What changes nothing is not sent.
   * @returns how that message looks now
   * @throws {EmptyTextError | TextTooLongError | UnknownContactError | ContactBlockedError | StorageError}
   * @throws {MessageStateError} when the message is not here, or nothing is left of it
   */
  async change({ change: asked, ...address }: Address & { change: Change }): Promise<MessageView> {
    const change = asked.kind === 'edit' ? { ...asked, text: asked.text.toWellFormed() } : asked;
    const to = this.#parts.people.find(address.contact);
    const found = to.shown.messages.find(referenceOf(change));
    const [view] = found === null ? [] : to.shown.messages.all([found]);
    if (view === undefined || view.text === null) {
      if (change.kind === 'delete' && view?.deleted === true) return view;
      throw new MessageStateError(t('This message cannot be changed any longer.'));
    }
    if (isDone(view, change)) return view;
    const { kind, ...body } = change;
    return this.#send(address, { kind, body });
  }

  async #send(
    { id, contact, folder }: Address,
    content: Pick<WriteRequest, 'kind' | 'body'>,
  ): Promise<MessageView> {
    const { text } = content.body;
    if (text === '') throw new EmptyTextError(t('There is nothing to send.'));
    if (typeof text === 'string' && bodyFault(content) === 'too-large') {
      throw new TextTooLongError(utf8Length(text));
    }
    const to = this.#parts.people.find(contact);
    if (to.contact.standing === 'blocked') {
      throw new ContactBlockedError(t('You blocked {0}. Unblock them to write to them.', to.contact.name));
    }
    to.welcome();
    const { history, identity, formerIdentities } = this.#parts.around;
    for (const author of [identity, ...formerIdentities]) {
      const stored = history.find(id, author);
      const [view] = stored === null ? [] : to.shown.messages.all([stored]);
      if (view !== undefined) return view;
    }
    return this.#parts.writer.write({ id, to, folder, ...content });
  }
}

function isDone(view: MessageView, change: Change): boolean {
  switch (change.kind) {
    case 'edit':
      return view.text === change.text;
    case 'reaction': {
      const isOn = view.reactions.some(({ emoji, mine }) => mine && emoji === change.emoji);
      return isOn === change.on;
    }
    case 'delete':
      return false;
  }
}
