import { textBody } from '@p2p-chat/protocol/envelope';
import type { StoredContact, StoredMessage } from './ports.ts';
import type { MessageView } from './views.ts';

/** How a stored message of a conversation is shown. `away`: the contact cannot be reached now. */
export function messageView(
  message: StoredMessage,
  { theyReadUpTo }: StoredContact,
  away: boolean,
): MessageView {
  const { envelope, contact, order, mine, storedAt, held, refused } = message;
  const body = envelope.kind === 'text' ? textBody.safeParse(envelope.body) : null;
  return {
    id: envelope.id,
    contact,
    order,
    mine,
    kind: envelope.kind,
    text: body?.success === true ? body.data.text : null,
    writtenAt: envelope.writtenAt,
    storedAt,
    state: shownState(message, theyReadUpTo, away),
    held,
    refused,
  };
}

function shownState(
  { state, order }: StoredMessage,
  theyReadUpTo: number,
  away: boolean,
): MessageView['state'] {
  if (state === 'pending') return away ? 'held' : 'sending';
  return state === 'delivered' && order <= theyReadUpTo ? 'read' : state;
}
