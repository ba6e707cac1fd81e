import * as z from 'zod';

/** Where messages are stored: as the product has it, by free-stores.ts, or by log-stores.ts. */
export const stores = z.enum(['real', 'free', 'log']);
export type Stores = z.infer<typeof stores>;
