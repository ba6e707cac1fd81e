import * as z from 'zod/mini';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { messageId, refusal, timestamp } from '@p2p-chat/protocol/message-fields';
import { shownName } from '@p2p-chat/protocol/names';
import { statusText } from '@p2p-chat/protocol/status';

/**
 * What a conversation is made of, as windows, the peer and the chat page know it. In `zod/mini`, as all that a page has
 * to know: the whole of zod would be a third of its script.
 */

/** `unknown` while the discovery server cannot be asked. */
export const presenceState = z.enum(['online', 'offline', 'unknown']);
export type PresenceState = z.infer<typeof presenceState>;

/** A contact or a directory entry as a tree shows it. `id` is the identity's fingerprint. */
export const person = z.object({
  id: fingerprint,
  name: shownName,
  presence: presenceState,
  lastSeen: z.nullable(timestamp),
});
export type Person = z.infer<typeof person>;

export const linkPath = z.nullable(z.enum(['direct', 'relayed']));

export const contact = z.extend(person, {
  /** What bears out that the pinned identity is whom the name says; see core's Trust. */
  trust: z.enum(['unverified', 'invited', 'verified']),
  /** Whether they may write to this person; see core's Standing. */
  standing: z.enum(['accepted', 'request', 'ignored', 'blocked']),
  /** Another identity that the server gives this name to: sending waits until the person has decided. */
  changedTo: z.nullable(fingerprint),
  unread: z.int().check(z.minimum(0)),
  /** Whether a link is open now. */
  linked: z.boolean(),
  /** How it goes: from device to device, or through the discovery server. Null without one. */
  path: linkPath,
  /** Local time of the newest message, null when there is none. */
  lastMessageAt: z.nullable(timestamp),
  /** Nothing that they write notifies this person, or counts on a badge. */
  muted: z.boolean(),
  /** Stands before the others. */
  pinned: z.boolean(),
  /** What they say of themselves, in one line; empty for nothing. */
  statusText,
});
export type Contact = z.infer<typeof contact>;

export const messageState = z.enum(['held', 'sending', 'delivered', 'read', 'refused', 'received']);
export type MessageState = z.infer<typeof messageState>;

/** A message in a conversation. `order` is the order of local arrival: the display order. */
export const message = z.object({
  id: messageId,
  contact: fingerprint,
  order: z.int(),
  mine: z.boolean(),
  kind: z.string(),
  /** Null for a kind that this version does not know, and once it was deleted. */
  text: z.nullable(z.string()),
  /** Its author changed what it says. */
  edited: z.boolean(),
  deleted: z.boolean(),
  /** Emoji that one of the two people put to it, or both. */
  reactions: z.array(z.object({ emoji: z.string(), mine: z.boolean(), theirs: z.boolean() })),
  /** Order and text are null when that message is not here (any longer); the text is how it begins. */
  replyTo: z.nullable(
    z.object({
      id: messageId,
      mine: z.boolean(),
      order: z.nullable(z.int()),
      text: z.nullable(z.string()),
    }),
  ),
  /** By the author's clock. */
  writtenAt: timestamp,
  /** By this machine's clock: when it was written here or arrived here. */
  storedAt: timestamp,
  state: messageState,
  /** For a received message: it waited at the sender while this person was away. */
  held: z.boolean(),
  /** `other-identity`: it was written under an identity that this VS Code no longer has. */
  refused: z.nullable(z.enum([...refusal.options, 'other-identity'])),
});
export type Message = z.infer<typeof message>;

/** A line in a conversation that is no message. It stands after the message with order `after`. */
export const notice = z.object({
  contact: fingerprint,
  kind: z.enum([
    'connected',
    'away',
    'missing',
    /** The contact has a new identity, and the one before said so. */
    'identity-replaced',
    /** The server gives the name to another identity; the pinned one said nothing of it. */
    'identity-changed',
    /** This person accepted that other identity. */
    'identity-accepted',
    /** This person stayed with the pinned one. */
    'identity-kept',
    'renamed',
  ]),
  after: z.int(),
  at: timestamp,
  /** For `missing`: how many messages the sender no longer has. */
  count: z.int().check(z.minimum(0)),
  /** For `renamed`: the name before. Of a new identity: `verified` if the one before was. */
  detail: z.string(),
});
export type Notice = z.infer<typeof notice>;
