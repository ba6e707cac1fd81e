import * as z from 'zod/mini';

const FINGERPRINT = /^[0-9a-f]{64}$/;

/** SHA-256 of a public key's SPKI in DER, 64 lower-case hex digits. Names an identity or a device. */
export const fingerprint = z.string().check(z.regex(FINGERPRINT));
export type Fingerprint = z.infer<typeof fingerprint>;

/**
 * From one to so many fingerprints. All in one check: a list of schemas takes several times as long, and a discovery server
 * has one of these from everybody who signs in.
 */
export function fingerprints(most: number): z.ZodMiniCustom<Fingerprint[], Fingerprint[]> {
  const isOne = (each: unknown): boolean => typeof each === 'string' && FINGERPRINT.test(each);
  return z.custom<Fingerprint[]>(
    (list) => Array.isArray(list) && list.length >= 1 && list.length <= most && list.every(isOne),
    `not 1 to ${most} fingerprints`,
  );
}

/** Base64 (RFC 4648 §4) of a P-256 public key's SPKI: always 91 bytes of DER. */
export const publicKeyText = z.base64().check(z.length(124));

/** Base64 of an ECDSA signature in DER: 70 to 72 bytes for P-256, seldom a few less. */
export const signatureText = z.base64().check(z.maxLength(100));
