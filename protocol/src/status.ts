import * as z from 'zod/mini';
import { MAX_STATUS_LENGTH } from './limits.ts';

/** What would break the line, or turn around what stands after it: control characters and those that set directions. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** What a person says of themselves in one line; empty when they say nothing. */
export const statusText = z.string().check(
  z.maxLength(2 * MAX_STATUS_LENGTH),
  z.refine((text) => statusLength(text) <= MAX_STATUS_LENGTH && !UNFIT.test(text) && text === text.trim()),
);

/** What a person typed, as one line of whole characters. It may still be too long. */
export function tidyStatus(typed: string): string {
  return typed.toWellFormed().replace(new RegExp(UNFIT, 'gu'), ' ').replace(/\s+/gu, ' ').trim();
}

/** Characters as a person counts them, near enough: those of Unicode. */
export function statusLength(text: string): number {
  return Array.from(text).length;
}
