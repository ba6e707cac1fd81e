import type { Fingerprint } from './fingerprint.ts';
import {
  decodePublicKey,
  encodePublicKey,
  fingerprintOf,
  signStatement,
  verifyStatement,
} from './identity.ts';
import type { KeyPair } from './identity.ts';
import type { Succession } from './succession-schema.ts';

export { succession, successions, type Succession } from './succession-schema.ts';

/** The text that both keys sign. */
export function successionStatement(from: Fingerprint, to: Fingerprint): string {
  return `p2p-chat/succession/1\n${from}\n${to}\n`;
}

/** Makes the statement by which `to` takes the place of `from`. */
export function makeSuccession(from: KeyPair, to: KeyPair): Succession {
  const statement = successionStatement(fingerprintOf(from.publicKey), fingerprintOf(to.publicKey));
  return {
    from: encodePublicKey(from.publicKey),
    to: encodePublicKey(to.publicKey),
    signature: signStatement(from.privateKey, statement),
    acceptance: signStatement(to.privateKey, statement),
  };
}

/**
 * The identities that a chain of successions leads through, oldest first; `[]` unless every signature holds, each
 * begins where the one before ended, and none comes back to an identity that was left.
 */
export function verifySuccessions(chain: readonly Succession[]): Fingerprint[] {
  const identities: Fingerprint[] = [];
  for (const { from, to, signature, acceptance } of chain) {
    let keys;
    try {
      keys = { from: decodePublicKey(from), to: decodePublicKey(to) };
    } catch {
      return [];
    }
    const [old, next] = [fingerprintOf(keys.from), fingerprintOf(keys.to)];
    const statement = successionStatement(old, next);
    if (identities.length > 0 && identities.at(-1) !== old) return [];
    if (!verifyStatement(keys.from, statement, signature)) return [];
    if (!verifyStatement(keys.to, statement, acceptance)) return [];
    if (identities.length === 0) identities.push(old);
    if (identities.includes(next)) return [];
    identities.push(next);
  }
  return identities;
}
