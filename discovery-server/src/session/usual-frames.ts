import * as z from 'zod/mini';
import { isUnicast } from '@p2p-chat/protocol/addresses';
import {
  type Endpoint,
  type SessionRequest,
  sessionRequest,
  signInFrame,
} from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_DIRECTORY_PAGE, MAX_ENDPOINTS, MAX_WATCHES, MIN_ENDPOINT_PORT } from '@p2p-chat/protocol/limits';
import { checkJson, parseJson } from '@p2p-chat/protocol/text';

/**
 * Frames of clients. The schemas of protocol/ say what is one. The frames that nearly all are take a tenth of the time
 * where they are known by what they have exactly: what is taken here passes its schema as well, as the same value, and
 * of all else the schema judges.
 */

/** What a client says to the challenge. */
export type SignIn = z.infer<typeof signInFrame>;
type Watch = Extract<SessionRequest, { type: 'watch' }>;
type Page = Extract<SessionRequest, { type: 'directory' }>;

const FINGERPRINT = /^[0-9a-f]{64}$/;
const NAME = /^(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,32}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const IPV4 = z.regexes.ipv4;
const PUBLIC_KEY_LENGTH = 124;
const MAX_SIGNATURE_LENGTH = 100;
const MAX_FEATURES = 16;
const MAX_FEATURE_LENGTH = 32;

/** @throws {MalformedError} */
export function readRequest(bytes: Uint8Array): SessionRequest {
  const raw = parseJson(bytes);
  return isPage(raw) || isWatch(raw) ? raw : checkJson(sessionRequest, raw);
}

/** @throws {MalformedError} */
export function readSignIn(bytes: Uint8Array): SignIn {
  const raw = parseJson(bytes);
  return isSignIn(raw) ? raw : checkJson(signInFrame, raw);
}

function isPage(raw: unknown): raw is Page {
  return (
    has(raw, 'type', 'id', 'after', 'limit') &&
    raw.type === 'directory' &&
    isId(raw.id) &&
    (raw.after === null || matches(raw.after, NAME)) &&
    isWhole(raw.limit, 1, MAX_DIRECTORY_PAGE)
  );
}

function isWatch(raw: unknown): raw is Watch {
  return (
    has(raw, 'type', 'id', 'identities') &&
    raw.type === 'watch' &&
    isId(raw.id) &&
    isList(raw.identities, isFingerprint, MAX_WATCHES) &&
    raw.identities.length > 0
  );
}

function isSignIn(raw: unknown): raw is SignIn {
  const isOne =
    has(raw, 'type', 'identity', 'device', 'signature', 'endpoints') ||
    has(raw, 'type', 'identity', 'device', 'signature', 'endpoints', 'takes');
  return (
    isOne &&
    raw.type === 'sign-in' &&
    matches(raw.identity, BASE64) &&
    raw.identity.length === PUBLIC_KEY_LENGTH &&
    isFingerprint(raw.device) &&
    matches(raw.signature, BASE64) &&
    raw.signature.length <= MAX_SIGNATURE_LENGTH &&
    isList(raw.endpoints, isEndpoint, MAX_ENDPOINTS) &&
    (!('takes' in raw) || isList(raw.takes, isFeature, MAX_FEATURES))
  );
}

/** The usual one, of IPv4. */
function isEndpoint(raw: unknown): raw is Endpoint {
  return (
    has(raw, 'address', 'port') &&
    matches(raw.address, IPV4) &&
    isUnicast(raw.address) &&
    isWhole(raw.port, MIN_ENDPOINT_PORT, 65_535)
  );
}

function isFeature(raw: unknown): raw is string {
  return typeof raw === 'string' && raw.length <= MAX_FEATURE_LENGTH;
}

function isFingerprint(raw: unknown): raw is Fingerprint {
  return matches(raw, FINGERPRINT);
}

function isId(raw: unknown): raw is number {
  return isWhole(raw, 0, Number.MAX_SAFE_INTEGER);
}

/** Whether this is an object of JSON with these names and no other. */
function has<Name extends string>(raw: unknown, ...names: Name[]): raw is Record<Name, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return false;
  return Object.keys(raw).length === names.length && names.every((name) => Object.hasOwn(raw, name));
}

function isList<Item>(
  raw: unknown,
  isItem: (item: unknown) => item is Item,
  most: number,
): raw is readonly Item[] {
  return Array.isArray(raw) && raw.length <= most && raw.every(isItem);
}

function isWhole(raw: unknown, least: number, most: number): raw is number {
  return Number.isSafeInteger(raw) && typeof raw === 'number' && raw >= least && raw <= most;
}

function matches(raw: unknown, pattern: RegExp): raw is string {
  return typeof raw === 'string' && pattern.test(raw);
}
