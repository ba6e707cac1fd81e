import * as z from 'zod/mini';
import { timestamp } from '@p2p-chat/protocol/message-fields';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { shownName, userName } from '@p2p-chat/protocol/names';
import { deliveryReport } from './delivery-api.ts';

/**
 * Messages between the extension host and the page of a card: a panel that shows one thing to be compared or handed
 * on, with a QR code, or to be understood. The page keeps nothing and says `ready` whenever it starts.
 */

export const cardMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Put what the card is about on the clipboard. */
  z.object({ type: z.literal('copy') }),
  /** The two numbers are the same, they are not, or the mark is taken back. `digits` is what the person looked at. */
  z.object({
    type: z.literal('compared'),
    outcome: z.enum(['same', 'different', 'undo']),
    digits: z.string().check(z.regex(/^\d{60}$/)),
  }),
  /** Put the join code into the invite, once the person has confirmed or typed it, or leave it out. */
  z.object({ type: z.literal('join-code'), included: z.boolean() }),
  /** Try the contact of whom the card tells at once. */
  z.object({ type: z.literal('try-now') }),
  z.object({ type: z.literal('go-online') }),
]);
export type CardMessage = z.infer<typeof cardMessage>;

export const card = z.discriminatedUnion('type', [
  /** "Show My Identity". */
  z.object({
    type: z.literal('identity'),
    name: z.nullable(userName),
    server: z.nullable(z.string()),
    fingerprint,
    /** What the QR code says. */
    qr: z.string(),
  }),
  /** "Verify". */
  z.object({
    type: z.literal('verify'),
    name: shownName,
    trust: z.enum(['unverified', 'invited', 'verified']),
    /**
     * Whose number it is: the pinned identity's, or that of another one which the server gives the name to, and which
     * is accepted and verified at once when the numbers are the same.
     */
    of: z.enum(['contact', 'changed']),
    /** 60 digits. */
    digits: z.string(),
    qr: z.string(),
  }),
  /** "Invite a Colleague". */
  z.object({
    type: z.literal('invite'),
    link: z.string(),
    name: userName,
    server: z.string(),
    /** Whether a join code is in the link; `none` where none is known here, so that putting one in asks for it. */
    joinCode: z.enum(['none', 'included', 'left-out']),
    qr: z.string(),
  }),
  /** "Why Is It Not Delivered?" */
  z.object({
    type: z.literal('delivery'),
    name: shownName,
    report: deliveryReport,
    /** By the clock of what the report tells: the page may run on another machine. */
    now: timestamp,
  }),
]);
export type Card = z.infer<typeof card>;
