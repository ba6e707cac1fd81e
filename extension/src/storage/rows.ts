import * as z from 'zod/mini';
import { endpoint, endpoints } from '@p2p-chat/protocol/discovery';
import { envelope, type Envelope } from '@p2p-chat/protocol/envelope';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { cursor, refusal, refusedMessage, type RefusedMessage } from '@p2p-chat/protocol/link';
import { nearbyKey } from '@p2p-chat/protocol/nearby';
import { statusText } from '@p2p-chat/protocol/status';
import { decodeJson, validate } from '@p2p-chat/protocol/text';
import type { StoredContact, StoredMessage, StoredNotice } from '../core/storage-ports.ts';
import type { Layout, Row } from './database.ts';

/** Rows of a file are bytes from outside: each becomes a value through one of these schemas. */

const flag = z.pipe(
  z.union([z.literal(0), z.literal(1)]),
  z.transform((bit) => bit === 1),
);

const fingerprints = z.array(fingerprint);

const origins = z.array(z.string());

const contactRow = z.object({
  identity: fingerprint,
  server: z.string(),
  former_servers: z.string(),
  name: z.string(),
  trust: z.enum(['unverified', 'invited', 'verified']),
  standing: z.enum(['accepted', 'request', 'ignored', 'blocked']),
  before_block: z.nullable(z.enum(['accepted', 'request', 'ignored'])),
  changed_to: z.nullable(fingerprint),
  rejected: z.string(),
  endpoints: z.string(),
  last_seen: z.nullable(z.number()),
  read_up_to: z.number(),
  they_read_up_to: z.number(),
  muted: flag,
  pinned: flag,
  status_text: z.catch(statusText, ''),
  nearby_key: z.catch(z.nullable(nearbyKey), null),
  typed_endpoint: z.nullable(z.string()),
});

export function toContact(row: Row): StoredContact {
  const value = validate(contactRow, row);
  return {
    identity: value.identity,
    server: value.server,
    formerServers: decodeJson(origins, value.former_servers),
    name: value.name,
    trust: value.trust,
    standing: value.standing,
    beforeBlock: value.before_block,
    changedTo: value.changed_to,
    rejected: decodeJson(fingerprints, value.rejected),
    endpoints: decodeJson(endpoints, value.endpoints),
    lastSeen: value.last_seen,
    readUpTo: value.read_up_to,
    theyReadUpTo: value.they_read_up_to,
    muted: value.muted,
    pinned: value.pinned,
    statusText: value.status_text,
    nearbyKey: value.nearby_key,
    typedEndpoint: value.typed_endpoint === null ? null : decodeJson(endpoint, value.typed_endpoint),
  };
}

const successorRow = z.object({ identity: fingerprint, next: fingerprint });

export function toSuccessor(row: Row): { from: Fingerprint; to: Fingerprint } {
  const { identity, next } = validate(successorRow, row);
  return { from: identity, to: next };
}

const messageRow = z.object({
  ord: z.number(),
  contact: fingerprint,
  mine: flag,
  envelope: z.string(),
  stored_at: z.number(),
  state: z.enum(['pending', 'delivered', 'refused', 'received']),
  refused: z.nullable(refusal),
  held: flag,
});

export function toMessage(row: Row): StoredMessage {
  const value = validate(messageRow, row);
  return {
    envelope: toEnvelope(value.envelope),
    contact: value.contact,
    order: value.ord,
    mine: value.mine,
    storedAt: value.stored_at,
    state: value.state,
    refused: value.refused,
    held: value.held,
  };
}

const ordRow = z.object({ ord: z.number() });

export function toOrd(row: Row): number {
  return validate(ordRow, row).ord;
}

const countRow = z.object({ count: z.number() });

export function toCount(row: Row | undefined): number {
  return validate(countRow, row).count;
}

const textRow = z.object({ text: z.string() });

export function toText(row: Row): string {
  return validate(textRow, row).text;
}

const noticeLine = { contact: fingerprint, after: z.number(), at: z.number() };
const noticeRow = z.union([
  z.object({
    ...noticeLine,
    kind: z.enum(['identity-replaced', 'identity-changed', 'identity-accepted', 'identity-kept', 'renamed']),
    detail: z.string(),
  }),
  z.object({
    ...noticeLine,
    kind: z.literal('missing'),
    detail: z.string().check(z.regex(/^[1-9]\d{0,15}$/)),
  }),
]);

export function toNotice(row: Row): StoredNotice {
  return validate(noticeRow, row);
}

export function toRefused(row: Row): RefusedMessage {
  return validate(refusedMessage, row);
}

export function toEnvelope(text: string): Envelope {
  return decodeJson(envelope, text);
}

function toCursor(row: Row): unknown {
  return validate(cursor, row);
}

/** Every row of the history that is more than a text which SQLite itself looks after. */
export const HISTORY_ROWS: Layout['rows'] = [
  { sql: 'SELECT * FROM contacts', read: toContact },
  {
    sql: 'SELECT ord, contact, mine, envelope, stored_at, state, refused, held FROM messages',
    read: toMessage,
  },
  { sql: 'SELECT * FROM notices', read: toNotice },
  { sql: 'SELECT seq, reason FROM refusals', read: toRefused },
  { sql: 'SELECT identity, next FROM successors', read: toSuccessor },
  { sql: 'SELECT epoch, next FROM outbound UNION ALL SELECT epoch, next FROM inbound', read: toCursor },
];
