import * as z from 'zod/mini';
import { envelope, epochId, messageId, nextSequence, sequence } from './envelope.ts';
import {
  LINK_WINDOW_BYTES,
  MAX_KEPT_REFUSALS,
  MAX_LINK_FRAME_BYTES,
  MAX_MESSAGES_PER_FRAME,
} from './limits.ts';
import { refusal } from './message-fields.ts';
import { userName } from './names.ts';
import { nearbyKey } from './nearby.ts';
import { statusText } from './status.ts';
import { successions } from './succession-schema.ts';

/**
 * What two devices say on a link: JSON text frames on a WebSocket inside TLS 1.3.
 * Both send `hello` at once; each then sends `begin`, and `messages`, `receipt`, `read`, `typing`, `status` and `nearby`
 * as they come.
 */

/** ALPN of the TLS connection: a version that cannot talk to this one takes another. */
export const LINK_ALPN = 'p2p-chat/1';

/** WebSocket subprotocol inside it: the same, in the characters that RFC 6455 allows. */
export const LINK_PROTOCOL = 'p2p-chat.1';

/** Path of the WebSocket upgrade on a device's listener. */
export const LINK_PATH = '/link';

/** Where a receiver stands in a sender's epoch: everything before `next` is stored durably or refused. */
export const cursor = z.object({ epoch: epochId, next: nextSequence });
export type Cursor = z.infer<typeof cursor>;

/**
 * The same with the id of the message before `next`, as far as the receiver knows it: a sender whose disk was restored
 * from a backup may have given its number to another one since.
 */
export const receivedCursor = z.extend(cursor, { last: z.optional(messageId) });
export type ReceivedCursor = z.infer<typeof receivedCursor>;

export { refusal };
export type { Refusal } from './message-fields.ts';

/** A message that was refused. */
export const refusedMessage = z.object({ seq: sequence, reason: refusal });
export type RefusedMessage = z.infer<typeof refusedMessage>;

/** First frame of both ends. */
export const helloFrame = z.object({
  type: z.literal('hello'),
  /** Random for each run of the peer: another one means that older links of this device are dead. */
  bootId: z.uuid(),
  /** Program and version, for logs. */
  agent: z.string().check(z.maxLength(64)),
  /** What I have of yours; null when I have nothing. */
  received: z.nullable(receivedCursor),
  /** What I refused of that epoch, as far as I remember: the newest ones. For a sender whose receipt was lost. */
  refused: z.optional(z.array(refusedMessage).check(z.maxLength(MAX_KEPT_REFUSALS))),
  /** What I am called on my discovery server. It counts only where that server says the same. */
  name: z.optional(userName),
  /** How my identity followed on others, oldest first. */
  successions: z.optional(successions),
  /** Frames that I take besides those that everybody does: `typing`, `status`, `nearby`. */
  takes: z.optional(z.array(z.string().check(z.maxLength(32))).check(z.maxLength(16))),
  /** Unacknowledged bytes of message frames that I take. */
  window: z.int().check(z.gte(MAX_LINK_FRAME_BYTES), z.lte(64 * LINK_WINDOW_BYTES)),
});
export type HelloFrame = z.infer<typeof helloFrame>;

/** After the other's hello: where my messages start. What lies before `next` I hold no longer. */
export const beginFrame = z.object({ type: z.literal('begin'), epoch: epochId, next: nextSequence });

/** One message and whether it waited: `held` is true when its author was told that the reader was away. */
export const delivery = z.object({ envelope, held: z.boolean() });
export type Delivery = z.infer<typeof delivery>;

/** Consecutive messages of the epoch begun. */
export const messagesFrame = z.object({
  type: z.literal('messages'),
  messages: z.array(delivery).check(z.minLength(1), z.maxLength(MAX_MESSAGES_PER_FRAME)),
});

/** Everything of `epoch` before `next` is on my disk, but for what I refused. Cumulative: a later one includes it. */
export const receiptFrame = z.object({
  type: z.literal('receipt'),
  epoch: epochId,
  next: nextSequence,
  refused: z.array(refusedMessage).check(z.maxLength(MAX_MESSAGES_PER_FRAME)),
});
export type ReceiptFrame = z.infer<typeof receiptFrame>;

/**
 * My person has read your message `id` and everything before it. Said after hello, and whenever it is so of a later one,
 * if they let others know.
 */
export const readFrame = z.object({ type: z.literal('read'), id: messageId });

/** Of hello.takes: typingFrame. */
export const TAKES_TYPING = 'typing';

/** My person is writing to yours just now. Only for whoever takes it. */
export const typingFrame = z.object({ type: z.literal('typing') });

/** Of hello.takes: statusFrame. */
export const TAKES_STATUS = 'status';

/**
 * What my person says of themselves now; empty for nothing. Only for whoever takes it. What is no status counts as none:
 * it is no reason to end a link.
 */
export const statusFrame = z.object({ type: z.literal('status'), text: z.catch(statusText, '') });

/** Of hello.takes: nearbyFrame. */
export const TAKES_NEARBY = 'nearby';

/** By this my announcements in local networks are recognised; until I say another. Only for whoever takes it. */
export const nearbyFrame = z.object({ type: z.literal('nearby'), key: nearbyKey });

export const linkFrame = z.discriminatedUnion('type', [
  helloFrame,
  beginFrame,
  messagesFrame,
  receiptFrame,
  readFrame,
  typingFrame,
  statusFrame,
  nearbyFrame,
]);
export type LinkFrame = z.infer<typeof linkFrame>;

/** WebSocket close codes of a link. */
export const LinkClose = {
  /** The device goes offline by its person's wish, or its editor closes. */
  goingAway: 4000,
  /** Another link between the same two devices took this one's place. */
  replaced: 4001,
  /** The other end broke the protocol; the reason says how. */
  protocolError: 4002,
  /** The one answer to whoever is not wanted, whatever the reason. */
  unavailable: 4003,
  /** The person at the other end was not the one expected: raised by a dialer on its own side only. */
  wrongIdentity: 4004,
  /** This end could not store what it was sent; the sender keeps it and comes again. */
  storageFailed: 4005,
} as const;
