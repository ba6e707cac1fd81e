import * as z from 'zod/mini';

/**
 * What a message has on the wire and in the chat page alike. Schemas of a page are made with `zod/mini`, of which only
 * what is used gets into it.
 */

/** A message's id: a UUIDv7 made by its author, the same for ever and on every device. */
export const messageId = z.uuidv7();

/**
 * Another message of the same conversation: its id, and who wrote it, the sender of what speaks of it or the recipient.
 * Identities may be replaced meanwhile; these two stay the same two people.
 */
export const messageReference = z.object({ message: messageId, by: z.enum(['sender', 'recipient']) });
export type MessageReference = z.infer<typeof messageReference>;

/** Milliseconds since 1970 by the clock of whoever wrote it: shown, never used to order or to decide. */
export const timestamp = z.int().check(z.minimum(0));

/** Why a peer will never take a message. `unavailable` hides every reason that is the reader's own business. */
export const refusal = z.enum(['too-large', 'malformed', 'unavailable']);
export type Refusal = z.infer<typeof refusal>;
