import { createHash } from 'node:crypto';
import type { Fingerprint } from './fingerprint.ts';

/**
 * The number that two people compare to know that nobody stands between them: 60 decimal digits, the same on both
 * sides. 30 are of the lower fingerprint and 30 of the higher: each six times five digits, from five bytes of
 * SHA-512 over `p2p-chat/safety-number/1`, a line feed, the fingerprint and a line feed, modulo 100,000.
 */
export function safetyNumber(one: Fingerprint, other: Fingerprint): string {
  const [low, high] = one < other ? [one, other] : [other, one];
  return half(low) + half(high);
}

function half(fingerprint: Fingerprint): string {
  const hash = createHash('sha512').update(`p2p-chat/safety-number/1\n${fingerprint}\n`, 'utf8').digest();
  const groups = [0, 5, 10, 15, 20, 25].map((at) => hash.readUIntBE(at, 5) % 100_000);
  return groups.map((group) => String(group).padStart(5, '0')).join('');
}
