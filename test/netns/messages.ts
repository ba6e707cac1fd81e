import * as z from 'zod';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';

/** What the test of network namespaces and the programs inside of them say to each other. */

export const question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('serve'), host: z.string(), folder: z.string() }),
  z.object({
    ask: z.literal('go-online'),
    name: z.string(),
    server: z.string(),
    serverKey: fingerprint,
    folder: z.string(),
  }),
  /** Makes somebody a contact, and opens the conversation. */
  z.object({ ask: z.literal('open'), name: z.string() }),
  z.object({ ask: z.literal('write'), name: z.string(), texts: z.array(z.string()) }),
  z.object({ ask: z.literal('look'), name: z.string() }),
]);
export type Question = z.infer<typeof question>;

const nothing = z.object({});

export const answers = {
  serve: z.object({ url: z.string(), serverKey: fingerprint }),
  'go-online': nothing,
  open: nothing,
  write: nothing,
  look: z.object({
    path: z.nullable(z.enum(['direct', 'relayed'])),
    /** Whether this end dialled for the link, last. */
    dialled: z.boolean(),
    /** Of those who write to it, in order. */
    received: z.array(z.nullable(z.string())),
    undelivered: z.int(),
    log: z.array(z.string()),
  }),
} as const;
export type Answers = { [Ask in keyof typeof answers]: z.infer<(typeof answers)[Ask]> };

export const asked = z.object({ number: z.int(), question });
export const told = z.union([
  z.object({ number: z.int(), answer: z.unknown() }),
  z.object({ number: z.int(), error: z.string() }),
]);
