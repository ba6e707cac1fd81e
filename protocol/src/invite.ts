import * as z from 'zod/mini';
import { fingerprint } from './fingerprint.ts';
import { MAX_JOIN_CODE } from './limits.ts';
import { userName } from './names.ts';
import { MalformedError, validate } from './text.ts';

/**
 * What an invite says, as the query of a link whose path ends with `/join`. It is as trustworthy as the channel that
 * it came by, and whoever holds its join code can make an account.
 */
export const invite = z.object({
  v: z.literal('1'),
  /** Origin of the discovery server, as `URL.origin` writes it: no path, no user name, no slash at its end. */
  server: z.string().check(z.maxLength(300), z.refine(isWebOrigin)),
  /** Fingerprint of the key of the server's certificate, when no authority vouches for it. */
  key: z.optional(fingerprint),
  /** Who invites. */
  name: userName,
  identity: fingerprint,
  /** The server's join code. */
  code: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_JOIN_CODE))),
});
export type Invite = z.infer<typeof invite>;

function isWebOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const keys = ['v', 'server', 'key', 'name', 'identity', 'code'] as const;

/** Every part at its longest, percent-encoded, with room for what a newer version adds. */
const MAX_QUERY = 4_096;

/**
 * The query of the link, without `?`. No value in it means anything else after being percent-decoded once more, which
 * VS Code does before it hands a link on: the join code, which may have any characters, is base64url.
 * @throws {MalformedError} when it is not an invite
 */
export function formatInvite(value: Invite): string {
  const { code, ...rest } = validate(invite, value);
  const query = new URLSearchParams();
  for (const key of keys) {
    const text = key === 'code' ? code && Buffer.from(code, 'utf8').toString('base64url') : rest[key];
    if (text !== undefined) query.append(key, text);
  }
  return query.toString();
}

/**
 * Reads the query of an invite link, with or without `?`. Keys that it does not know are ignored.
 * @throws {MalformedError} whose message is a sentence for the person, and quotes nothing of the invite
 */
export function parseInvite(query: string): Invite {
  const damaged = (where: string, cause?: unknown): MalformedError =>
    new MalformedError(`This invite is damaged or incomplete (${where}). Ask for it again.`, { cause });
  if (query.length > MAX_QUERY) throw damaged('too long');
  const found = new URLSearchParams(query);
  const raw: Partial<Record<(typeof keys)[number], string>> = {};
  for (const key of keys) {
    const [text, second] = found.getAll(key);
    if (second !== undefined) throw damaged(`${key}: given twice`);
    if (text !== undefined) raw[key] = text;
  }
  if (raw.v !== undefined && raw.v !== '1') {
    throw new MalformedError(
      'This invite needs another version of P2P Chat. Update it and open the invite again.',
    );
  }
  try {
    if (raw.code !== undefined) raw.code = decodeCode(raw.code);
    return validate(invite, raw);
  } catch (cause) {
    throw damaged(cause instanceof MalformedError ? cause.message : 'code', cause);
  }
}

/** @throws {MalformedError | TypeError} when it is not base64url of UTF-8 */
function decodeCode(text: string): string {
  const bytes = Buffer.from(validate(z.base64url(), text), 'base64url');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
