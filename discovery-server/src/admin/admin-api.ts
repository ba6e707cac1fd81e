import * as z from 'zod/mini';
import { errorBody } from '@p2p-chat/protocol/discovery';
import { timestamp } from '@p2p-chat/protocol/envelope';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { userName } from '@p2p-chat/protocol/names';

/** What an operator's command and a server that runs say to each other: one POST, one answer. */

/** A name, or a fingerprint. */
const who = z.string().check(z.minLength(1), z.maxLength(64));

export const adminRequest = z.discriminatedUnion('do', [
  z.object({ do: z.literal('list') }),
  z.object({ do: z.literal('rename'), who, name: userName }),
  z.object({ do: z.literal('remove'), who }),
  z.object({ do: z.literal('reset-identity'), who }),
  /** Answered with the backup itself, not with an adminAnswer. */
  z.object({ do: z.literal('backup') }),
]);
export type AdminRequest = z.infer<typeof adminRequest>;

/** An account; or, with `keptUntil` and without an identity, a name that is kept for whoever has its code. */
export const adminUser = z.object({
  name: userName,
  identity: z.nullable(fingerprint),
  online: z.boolean(),
  registeredAt: z.nullable(timestamp),
  lastSeen: z.nullable(timestamp),
  keptUntil: z.nullable(timestamp),
});
export type AdminUser = z.infer<typeof adminUser>;

export const adminAnswer = z.object({
  /** For `list`: by name. */
  users: z.optional(z.array(adminUser)),
  /** For the others: as it was before. */
  user: z.optional(adminUser),
  /** For `reset-identity`. */
  code: z.optional(z.string()),
});
export type AdminAnswer = z.infer<typeof adminAnswer>;

/** What is answered instead, with a status from 400. */
export const adminError = errorBody;

/** One request, bytes. */
export const MAX_ADMIN_BYTES = 4_096;
