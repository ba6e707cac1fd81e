import { createHash, randomUUID } from 'node:crypto';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';

/** A fingerprint that a test can name. */
export function fingerprintNamed(name: string): Fingerprint {
  return createHash('sha256').update(name).digest('hex');
}

let count = 0;

/** A UUIDv7 unlike any other of this run. */
export function newMessageId(): string {
  count += 1;
  return `01900000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
}

/** A text message of `author` to `contact`, with whatever a test wants to be different. */
export function textEnvelope(author: string, contact: string, change: Partial<Envelope> = {}): Envelope {
  return {
    id: newMessageId(),
    conversation: directConversation(fingerprintNamed(author), fingerprintNamed(contact)),
    author: fingerprintNamed(author),
    device: fingerprintNamed(`${author}'s device`),
    epoch: randomUUID(),
    seq: 1,
    writtenAt: Date.UTC(2026, 0, 1),
    kind: 'text',
    body: { text: 'hello' },
    ...change,
  };
}
