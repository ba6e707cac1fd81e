import * as z from 'zod';

/** What a user may be called: 1 to 32 letters, digits, `-`, `_` or `.`, of ASCII, so that no two look alike. */
export const userName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,32}$/, 'A name has 1 to 32 letters, digits, "-", "_" or ".".');

/** Two names with the same key are one name to the directory: case is kept for show and ignored for uniqueness. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}
