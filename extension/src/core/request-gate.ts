import type { Envelope } from '@p2p-chat/protocol/envelope';
import { MAX_REQUEST_BYTES, MAX_REQUEST_MESSAGES } from '@p2p-chat/protocol/limits';
import { utf8Length } from '@p2p-chat/protocol/text';
import type { HistoryStore, StoredContact } from './ports.ts';

/** What one batch of messages may bring. */
export interface Gate {
  /** Whether this message is stored; asked once for each, in order. */
  takes(envelope: Envelope): boolean;
  /**
   * Whether it is worth storing that messages were refused when none was taken. Not for those who are not accepted:
   * nothing that they send may grow what is kept here. What they repeat is refused again.
   */
  readonly remembersRefusals: boolean;
}

const OPEN: Gate = { takes: () => true, remembersRefusals: true };
const SHUT: Gate = { takes: () => false, remembersRefusals: false };

/**
 * The gate for the next batch of somebody who stands so.
 * @throws {StorageError}
 */
export function gateFor({ identity, standing }: StoredContact, history: HistoryStore): Gate {
  if (standing === 'accepted') return OPEN;
  if (standing !== 'request') return SHUT;
  let { messages, bytes } = history.received(identity);
  return {
    remembersRefusals: false,
    takes: ({ kind, body }) => {
      const text = kind === 'text' && typeof body['text'] === 'string' ? body['text'] : JSON.stringify(body);
      const more = utf8Length(text);
      if (messages >= MAX_REQUEST_MESSAGES || bytes + more > MAX_REQUEST_BYTES) return false;
      messages += 1;
      bytes += more;
      return true;
    },
  };
}
