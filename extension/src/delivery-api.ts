import * as z from 'zod/mini';
import { endpoint } from '@p2p-chat/protocol/discovery';
import { timestamp } from '@p2p-chat/protocol/message-fields';
import { linkPath } from './conversation-api.ts';

/** How a contact is tried, and what came of it: see core's Delivery for what it must never tell. */

export const linkStep = z.enum(['tcp', 'tls', 'identity', 'websocket', 'hello']);
export type LinkStep = z.infer<typeof linkStep>;

export const dialFault = z.enum([
  'forbidden',
  'refused',
  'unreachable',
  'silent',
  'closed',
  'somebody-else',
  'other',
]);
export type DialFault = z.infer<typeof dialFault>;

const milliseconds = z.number().check(z.minimum(0));

/** One address. Without `failed` nothing is told of it but that the contact did not answer there. */
export const triedAddress = z.object({
  endpoint,
  passed: z.array(z.object({ step: linkStep, ms: milliseconds })),
  failed: z.nullable(z.object({ step: linkStep, ms: milliseconds, fault: dialFault })),
  /** The person typed it; or the contact announces it in a network that both are in. */
  from: z.optional(z.enum(['typed', 'nearby'])),
});
export type TriedAddress = z.infer<typeof triedAddress>;

export const deliveryReport = z.object({
  /** Messages that the contact has not acknowledged. */
  waiting: z.int().check(z.minimum(0)),
  /** What stands in the way here: this person is offline, has to decide about an identity, or does not want the contact. */
  obstacle: z.nullable(z.enum(['offline', 'undecided', 'not-accepted'])),
  linked: z.boolean(),
  /** How the link goes; null without one. */
  path: linkPath,
  presence: z.enum(['online', 'offline', 'unknown']),
  lastSeen: z.nullable(timestamp),
  /** An attempt is under way. */
  trying: z.boolean(),
  /** When the next one comes. */
  nextAt: z.nullable(timestamp),
  /** When the last one began. */
  triedAt: z.nullable(timestamp),
  addresses: z.array(triedAddress),
  /** The ways by the server's help that led nowhere. */
  detours: z.array(z.enum(['dial-back', 'relay'])),
});
export type DeliveryReport = z.infer<typeof deliveryReport>;
