import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';

/**
 * How a window and the owner know each other: each sends a nonce and proves the secret of the rendezvous file over
 * both. The two proofs have different labels, so that none can be sent back as the other.
 */

const nonce = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const proof = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const version = z.string().check(z.regex(/^\d+(\.\d+)*([-+].*)?$/), z.maxLength(64));

/** The requests before all others, in this order: `greet`, `prove`, and, from a newer window, `hand-over`. */
export const greetingRequests = {
  greet: {
    params: z.object({ nonce, version }),
    result: z.object({ nonce, version, proof }),
  },
  prove: { params: z.object({ proof }), result: z.object({}) },
  /** The owner stops after the answer. Only for a window whose version is newer than the owner's. */
  'hand-over': { params: z.object({}), result: z.object({}) },
} as const;
export type GreetingMethod = keyof typeof greetingRequests;

/** Who proves. */
export type Prover = 'server' | 'window';

export function makeNonce(): string {
  return randomBytes(32).toString('hex');
}

export function makeProof(
  secret: Buffer,
  prover: Prover,
  nonces: { readonly window: string; readonly server: string },
): string {
  return createHmac('sha256', secret)
    .update(`p2p-chat/${prover}/1\n${nonces.window}\n${nonces.server}\n`, 'utf8')
    .digest('hex');
}

/** Whether two proofs are the same, in a time that does not depend on where they differ. */
export function sameProof(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Below zero when `one` is older, above when newer: number by number; what follows a `-` or `+` does not count. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [numbers(one), numbers(other)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(text: string): number[] {
  return (/^[\d.]*/.exec(text)?.[0] ?? '').split('.').map(Number);
}
