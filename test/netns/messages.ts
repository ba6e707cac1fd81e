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
    /** Of an earlier run, with its folder; left out for somebody new. */
    keys: z.optional(z.object({ identityKey: z.string(), deviceKey: z.string() })),
    localDiscovery: z.optional(z.boolean()),
  }),
  /** Makes somebody a contact, and opens the conversation. */
  z.object({ ask: z.literal('open'), name: z.string() }),
  z.object({ ask: z.literal('write'), name: z.string(), texts: z.array(z.string()) }),
  z.object({ ask: z.literal('look'), name: z.string() }),
  /** Joins multicast DNS as anybody in the network can, and keeps every packet. */
  z.object({ ask: z.literal('eavesdrop') }),
  z.object({ ask: z.literal('overheard') }),
  /** Sends these packets there, in hexadecimal digits, so many times each. */
  z.object({ ask: z.literal('shout'), packets: z.array(z.string()), times: z.int() }),
]);
export type Question = z.infer<typeof question>;

const nothing = z.object({});

export const answers = {
  serve: z.object({ url: z.string(), serverKey: fingerprint }),
  /** Whether the server could be reached. */
  'go-online': z.object({ reached: z.boolean(), identity: fingerprint, device: fingerprint }),
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
  eavesdrop: nothing,
  overheard: z.array(z.object({ from: z.string(), hex: z.string() })),
  shout: nothing,
} as const;
export type Answers = { [Ask in keyof typeof answers]: z.infer<(typeof answers)[Ask]> };

export const asked = z.object({ number: z.int(), question });
export const told = z.union([
  z.object({ number: z.int(), answer: z.unknown() }),
  z.object({ number: z.int(), error: z.string() }),
]);
