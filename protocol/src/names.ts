import * as z from 'zod/mini';
import type { Fingerprint } from './fingerprint.ts';

export { nameKey } from './name-key.ts';

/**
 * What a user may be called: 1 to 32 letters, digits, `-`, `_` or `.`, of ASCII, with a letter or a digit among them:
 * without, all of them would look alike, see nameKey.
 */
export const userName = z
  .string()
  .check(
    z.regex(
      /^(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,32}$/,
      'A name has 1 to 32 letters, digits, "-", "_" or ".", with a letter or a digit among them.',
    ),
  );

/** What the directory is sorted by. */
export function nameOrder(name: string): string {
  return name.toLowerCase();
}

/** What stands where a name would, for an identity that no directory names: no user can be called so. */
export function unnamed(identity: Fingerprint): string {
  return `#${identity.slice(0, 16)}`;
}

/** A user's name, or what stands for it. */
export const shownName = z.union([userName, z.string().check(z.regex(/^#[0-9a-f]{16}$/))]);
