import type { Message, Notice } from './api-types.ts';

const byOrder = (a: Message, b: Message): number => a.order - b.order;
const byPlace = (a: Notice, b: Notice): number => a.after - b.after || a.at - b.at;

/**
 * The loaded stretch of the conversation with new or changed messages put in, by id. A change to a message that lies
 * before the stretch waits until it is loaded: one message on its own would leave a hole that nobody sees.
 */
export function withMessages(
  loaded: readonly Message[],
  changes: readonly Message[],
  contact: string,
  hasOlder: boolean,
): readonly Message[] {
  const first = loaded[0];
  const byId = new Map(loaded.map((message) => [message.id, message]));
  for (const change of changes) {
    if (change.contact !== contact) continue;
    const before = hasOlder && first !== undefined && change.order < first.order;
    if (!before || byId.has(change.id)) byId.set(change.id, change);
  }
  return [...byId.values()].sort(byOrder);
}

/**
 * A fresh newest stretch, with what was loaded before it kept where the two overlap, so that a new owner of the peer
 * does not take away what someone is reading. Without an overlap, or when nothing older exists any more, the fresh
 * stretch is all.
 */
export function refreshed(
  loaded: readonly Message[],
  fresh: readonly Message[],
  hasOlder: boolean,
): { readonly messages: readonly Message[]; readonly keptOlder: boolean } {
  const first = fresh[0];
  const overlaps = hasOlder && first !== undefined && loaded.some((message) => message.id === first.id);
  const older = overlaps ? loaded.filter((message) => message.order < first.order) : [];
  return { messages: [...older, ...[...fresh].sort(byOrder)], keptOlder: older.length > 0 };
}

/**
 * Comings and goings at one place are told once each, the newest: what happened ten times between two messages is two
 * lines, and a page left open for weeks does not grow. Everything else stays, each on its own.
 */
export function withNotices(
  known: readonly Notice[],
  added: readonly Notice[],
  contact: string,
): readonly Notice[] {
  const byPlaceAndKind = new Map<string, Notice>();
  for (const notice of [...known, ...added].filter((each) => each.contact === contact).sort(byPlace)) {
    byPlaceAndKind.set(noticeKey(notice), notice);
  }
  return [...byPlaceAndKind.values()].sort(byPlace);
}

function noticeKey({ kind, after, at }: Notice): string {
  return kind === 'connected' || kind === 'away' ? `${kind}:${after}` : `${kind}:${after}:${at}`;
}

/** Whether a message is gone when all that was stored before is: but for what is still to be delivered. */
export function isForgotten({ storedAt, state }: Message, before: number): boolean {
  return storedAt < before && state !== 'held' && state !== 'sending';
}

/** The place of the newest message of the contact, 0 when there is none. */
export function newestReceived(messages: readonly Message[]): number {
  return messages.findLast((message) => !message.mine)?.order ?? 0;
}
