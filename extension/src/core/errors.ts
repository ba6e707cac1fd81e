import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { t } from './words.ts';

/** The text has more bytes than a message may have. */
export class TextTooLongError extends Error {
  override readonly name = 'TextTooLongError';

  constructor(bytes: number) {
    const count = (n: number): string => n.toLocaleString('en-US');
    super(t('This text has {0} bytes; a message has at most {1}.', count(bytes), count(MAX_TEXT_BYTES)));
  }
}

/** A message without a text. */
export class EmptyTextError extends Error {
  override readonly name = 'EmptyTextError';
}

/** Nobody with this identity is a contact or in the directory as far as it is known here. */
export class UnknownContactError extends Error {
  override readonly name = 'UnknownContactError';
}

/** This person blocked the contact: nothing is sent until they are unblocked. */
export class ContactBlockedError extends Error {
  override readonly name = 'ContactBlockedError';
}

/** A message is not here, or nothing is left of it that could be changed. */
export class MessageStateError extends Error {
  override readonly name = 'MessageStateError';
}

/** What is asked of a contact does not fit how it stands with them now; the message says what does. */
export class ContactStateError extends Error {
  override readonly name = 'ContactStateError';
}
