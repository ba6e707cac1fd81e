import * as z from 'zod/v4/core';
import { MAX_JSON_DEPTH } from './limits.ts';
import { namesIn } from './schema-names.ts';

const encoder = new TextEncoder();
/** One for all, since each frame would take longer for a new one; it keeps nothing of what it decoded. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The length of `text` in UTF-8, bytes. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** Something from outside is not what the protocol says. The message is fit for a log: it never quotes the input. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/**
 * Turns bytes from outside into a value of `schema`.
 * @throws {MalformedError} when they are not UTF-8 JSON or do not match
 */
export function decodeJson<Schema extends z.$ZodType>(
  schema: Schema,
  bytes: Uint8Array | string,
): z.output<Schema> {
  let raw: unknown;
  try {
    raw = JSON.parse(typeof bytes === 'string' ? bytes : decoder.decode(bytes));
  } catch (cause) {
    throw new MalformedError('not UTF-8 JSON', { cause });
  }
  if (!isShallow(raw, MAX_JSON_DEPTH)) throw new MalformedError('nested too deeply');
  return validate(schema, raw);
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return parts.every((part) => isShallow(part, levels - 1));
}

/**
 * Passes an untyped value through `schema`.
 * @throws {MalformedError} naming the place that does not match, not its content
 */
export function validate<Schema extends z.$ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const result = z.safeParse(schema, raw);
  if (result.success) return result.data;
  const names = namesIn(schema);
  const where = result.error.issues
    .slice(0, 3)
    .map((issue) => `${placeOf(issue, names)}: ${wrongWith(issue)}`)
    .join('; ');
  throw new MalformedError(where);
}

/** As far as the schema itself names the way: a key that it leaves open is the sender's own text. */
function placeOf({ path }: z.$ZodIssue, names: ReadonlySet<string>): string {
  const open = path.findIndex((part) => typeof part !== 'number' && !names.has(String(part)));
  return path.slice(0, open < 0 ? path.length : open).join('.') || 'value';
}

/** Sentences of our own schemas are told; those of the validator may quote the input. */
function wrongWith(issue: z.$ZodIssue): string {
  return issue.code === 'custom' ? issue.message : issue.code;
}
