import { textBody } from '@p2p-chat/protocol/envelope';
import type { StoredMessage } from './ports.ts';
import type { MessageView } from './views.ts';

/** How a stored message is shown. `away`: whoever it is for cannot be reached now. */
export function messageView(message: StoredMessage, away: boolean): MessageView {
  const { envelope, contact, order, mine, storedAt, state, held, refused } = message;
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
    state: state === 'pending' ? (away ? 'held' : 'sending') : state,
    held,
    refused,
  };
}
