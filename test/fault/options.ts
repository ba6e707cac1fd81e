import * as z from 'zod';

/** What a person may choose of a fault run, in the environment: scripts/test-fault.ts sets it. */
const environment = z.object({
  P2P_CHAT_FAULT_ROUNDS: z.coerce.number().int().min(1).default(200),
  P2P_CHAT_FAULT_SEED: z.coerce.number().int().min(0).default(1),
});

const { P2P_CHAT_FAULT_ROUNDS: rounds, P2P_CHAT_FAULT_SEED: seed } = environment.parse(process.env);

export const faultOptions = { rounds, seed } as const;
