import * as z from 'zod/mini';
import { fingerprint } from './fingerprint.ts';
import { messageId, timestamp } from './message-fields.ts';

export { messageId, timestamp };

/** Names one run of a sender's counter: a new one each time that counter was lost. Opaque, not ordered. */
export const epochId = z.uuid();

/**
 * Position in an epoch: the first message of an epoch has 1, each later one exactly one more. The one after the last
 * is an exact number too, or a reader could not say that it has the last.
 */
export const sequence = z.int().check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER - 1));

/** The position after a message. */
export const nextSequence = z.int().check(z.gte(1));

/** `conversation` of the envelope: 64 hex digits; see directConversation. */
export const conversationId = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/**
 * One message as its author made it. `kind` is open: a reader keeps a kind it does not know and says so.
 * Fields that a newer version adds are dropped here, so they may only ever be hints.
 */
export const envelope = z.object({
  id: messageId,
  conversation: conversationId,
  author: fingerprint,
  device: fingerprint,
  epoch: epochId,
  seq: sequence,
  writtenAt: timestamp,
  kind: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/)),
  body: z.record(z.string(), z.json()),
});
export type Envelope = z.infer<typeof envelope>;
