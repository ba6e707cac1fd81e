import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { StoredContact, StoredMessage } from './ports.ts';
import type { MessageView } from './views.ts';

/** What decides how a message looks now. */
export interface ViewedBy {
  readonly contact: StoredContact;
  /** The contact cannot be reached now. */
  readonly away: boolean;
  /** This person's identity, and those that it followed on. */
  readonly authors: readonly Fingerprint[];
}

/** How a stored message of a conversation is shown. */
export function messageView(message: StoredMessage, by: ViewedBy): MessageView {
  const { envelope, contact, order, mine, storedAt, held } = message;
  // No store has a text that is none: it was judged when it was written or arrived.
  const text = envelope.kind === 'text' ? envelope.body['text'] : null;
  return {
    id: envelope.id,
    contact,
    order,
    mine,
    kind: envelope.kind,
    text: typeof text === 'string' ? text : null,
    writtenAt: envelope.writtenAt,
    storedAt,
    ...shownState(message, by),
    held,
  };
}

function shownState(
  { state, order, refused, envelope }: StoredMessage,
  { contact, away, authors }: ViewedBy,
): Pick<MessageView, 'state' | 'refused'> {
  if (state === 'delivered' && order <= contact.theyReadUpTo) return { state: 'read', refused };
  if (state !== 'pending') return { state, refused };
  // It waits for its author to be this person again.
  if (!authors.includes(envelope.author)) return { state: 'refused', refused: 'other-identity' };
  return { state: away ? 'held' : 'sending', refused };
}
