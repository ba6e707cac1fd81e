import * as z from 'zod/mini';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { userName } from '@p2p-chat/protocol/names';
import { account } from '../store/account-store.ts';

/** A change of an account as it stands in the stream. */
export const accountChange = z.discriminatedUnion('do', [
  z.object({ do: z.literal('add'), account }),
  z.object({ do: z.literal('rename'), identity: fingerprint, name: userName }),
  z.object({ do: z.literal('remove'), identity: fingerprint }),
  z.object({ do: z.literal('replace'), from: fingerprint, account }),
  z.object({
    do: z.literal('touch'),
    identity: fingerprint,
    traces: z.object({
      lastSeen: z.exactOptional(account.shape.lastSeen),
      device: account.shape.device,
    }),
  }),
  /** Names are kept for others than before. */
  z.object({ do: z.literal('reserve') }),
]);
export type AccountChange = z.input<typeof accountChange>;
