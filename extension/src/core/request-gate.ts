import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_REQUEST_BYTES, MAX_REQUEST_DEVICES, MAX_REQUEST_MESSAGES } from '@p2p-chat/protocol/limits';
import { utf8Length } from '@p2p-chat/protocol/text';
import type { HistoryStore, StoredContact } from './storage-ports.ts';

/** What one batch of messages may bring. */
export interface Gate {
  /**
   * Whether this message is here already, and nothing needs to be stored to say so once more. Not asked of contacts:
   * theirs is told by the cursor, or left alone by the store.
   */
  knows(envelope: Envelope): boolean;
  /** Whether this message is stored; asked once for each that is not known, in order. */
  takes(envelope: Envelope): boolean;
  /**
   * Whether it is worth storing that messages were refused when none was taken. Not for those who are not accepted:
   * nothing that they send may grow what is kept here. What they repeat is refused again.
   */
  readonly remembersRefusals: boolean;
}

const OPEN: Gate = { knows: () => false, takes: () => true, remembersRefusals: true };
const SHUT: Gate = { knows: () => false, takes: () => false, remembersRefusals: false };

/**
 * The gate for the next batch that comes from a device of somebody who stands so; null when nothing may come from it,
 * since a request came from as many others as it may.
 * @throws {StorageError}
 */
export function gateFor(
  { identity, standing }: StoredContact,
  device: Fingerprint,
  history: HistoryStore,
): Gate | null {
  if (standing === 'accepted') return OPEN;
  if (standing !== 'request') return SHUT;
  const isCrowded = history.devices(identity) >= MAX_REQUEST_DEVICES;
  if (isCrowded && history.inbound(device).cursor === null) return null;
  let { messages, bytes } = history.received(identity);
  return {
    remembersRefusals: false,
    knows: ({ id, author }) => history.find(id, author) !== null,
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
