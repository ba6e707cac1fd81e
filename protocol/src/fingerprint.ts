import * as z from 'zod/mini';

/** SHA-256 of a public key's SPKI in DER, 64 lower-case hex digits. Names an identity or a device. */
export const fingerprint = z.string().check(z.regex(/^[0-9a-f]{64}$/));
export type Fingerprint = z.infer<typeof fingerprint>;

/** Base64 (RFC 4648 §4) of a P-256 public key's SPKI: always 91 bytes of DER. */
export const publicKeyText = z.base64().check(z.length(124));

/** Base64 of an ECDSA signature in DER: 70 to 72 bytes for P-256, seldom a few less. */
export const signatureText = z.base64().check(z.maxLength(100));
