import * as z from 'zod/mini';
import { publicKeyText, signatureText } from './fingerprint.ts';
import { MAX_SUCCESSIONS } from './limits.ts';

/**
 * One identity takes another's place. The old one signs, so that nobody else can hand it on; the new one signs the
 * same, so that nobody can make a stranger their successor. Apart from what makes and checks them, since a page that
 * knows the schemas has no keys.
 */
export const succession = z.object({
  from: publicKeyText,
  to: publicKeyText,
  /** By the key of `from`. */
  signature: signatureText,
  /** By the key of `to`. */
  acceptance: signatureText,
});
export type Succession = z.infer<typeof succession>;

/** Successions in order: each begins where the one before ended. */
export const successions = z.array(succession).check(z.maxLength(MAX_SUCCESSIONS));
