import * as z from 'zod/mini';
import { successions } from '@p2p-chat/protocol/succession';
import { problem } from '../peer-api.ts';

/** What the worker and the window that started it say to each other. Both ends validate. */

export const peerWorkerData = z.object({
  globalStorage: z.string().check(z.minLength(1)),
  version: z.string().check(z.minLength(1)),
  /** What the window is called on the screen; see OwnerRecord. */
  windowName: z.string(),
  /** What the person reads, by the English text; what is missing is English. */
  translations: z.record(z.string(), z.string()),
});
export type PeerWorkerData = z.infer<typeof peerWorkerData>;

/** The worker's messages. After `not-owner` and `failed` it exits by itself. */
export const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('not-owner') }),
  /** It holds the lock and waits for the keys. */
  z.object({ type: z.literal('need-secrets') }),
  /** It listens. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), problem }),
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), text: z.string() }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

export const toWorker = z.discriminatedUnion('type', [
  /** Who this person is, and VS Code's proxy settings as they are now. */
  z.object({
    type: z.literal('secrets'),
    identityKey: z.string(),
    deviceKey: z.string(),
    /** How this identity followed on others, oldest first. */
    successions,
    proxy: z.object({ proxy: z.optional(z.string()), noProxy: z.readonly(z.array(z.string())) }),
  }),
  z.object({ type: z.literal('stop') }),
]);
export type ToWorker = z.infer<typeof toWorker>;
