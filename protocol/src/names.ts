import * as z from 'zod';
import type { Fingerprint } from './fingerprint.ts';

/**
 * What a user may be called: 1 to 32 letters, digits, `-`, `_` or `.`, of ASCII, with a letter or a digit among them:
 * without, all of them would look alike, see nameKey.
 */
export const userName = z
  .string()
  .regex(
    /^(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,32}$/,
    'A name has 1 to 32 letters, digits, "-", "_" or ".", with a letter or a digit among them.',
  );

/**
 * Two names with the same key are one name to the directory: names that differ only in case, in `-`, `_` and `.`, or
 * in characters that look alike (0 and O; 1, l and I; 2 and Z; 5 and S; 8 and B; m and rn; w and vv). After the
 * skeletons of Unicode UTS #39, with all digits that read as letters: each is another letter, so that names which
 * differ in their numbers stay different. `cl` is not `d`: Clark is not Dark.
 */
export function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[._-]/g, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('2', 'z')
    .replaceAll('5', 's')
    .replaceAll('8', 'b')
    .replaceAll('m', 'rn')
    .replaceAll('w', 'vv');
}

/** What the directory is sorted by. */
export function nameOrder(name: string): string {
  return name.toLowerCase();
}

/** What stands where a name would, for an identity that no directory names: no user can be called so. */
export function unnamed(identity: Fingerprint): string {
  return `#${identity.slice(0, 16)}`;
}

/** A user's name, or what stands for it. */
export const shownName = z.union([userName, z.string().regex(/^#[0-9a-f]{16}$/)]);
