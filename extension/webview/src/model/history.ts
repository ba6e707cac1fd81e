import type { Message, Notice } from './api-types.ts';

const byOrder = (a: Message, b: Message): number => a.order - b.order;
const byPlace = (a: Notice, b: Notice): number => a.after - b.after || a.at - b.at;

/** Messages that are kept when the older ones are let go, and more than how many have to be there before they are. */
const KEPT_AT_END = 1_000;
const MOST_AT_END = 5_000;

/**
 * What the loaded messages may weigh together while the person reads further up, about in bytes: a hundred thousand
 * messages of a few lines. From there on nothing older is loaded.
 */
const MOST_WEIGHT = 128 * 1024 * 1024;
/** What a message weighs beside its text. */
const MESSAGE_WEIGHT = 600;

/**
 * The loaded stretch of the conversation with new or changed messages put in, by order. A change to a message that lies
 * before the stretch waits until it is loaded: one message on its own would leave a hole that nobody sees. Touches
 * nothing but the part that changes, since the stretch may be long.
 */
export function withMessages(
  loaded: readonly Message[],
  changes: readonly Message[],
  contact: string,
  hasOlder: boolean,
): readonly Message[] {
  const start = hasOlder ? (loaded[0]?.order ?? -Infinity) : -Infinity;
  const own = changes.filter((change) => change.contact === contact && change.order >= start).sort(byOrder);
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last === undefined) return loaded;
  const from = placeOf(loaded, first.order);
  if (from === loaded.length) return loaded.concat(lastOfEach(own));
  const to = placeOf(loaded, last.order + 1);
  const between = lastOfEach([...loaded.slice(from, to), ...own]);
  return loaded.slice(0, from).concat(between, loaded.slice(to));
}

/** Characters of a message that are kept where another one replies to it; see the core's message-views.ts. */
const MAX_QUOTE = 200;

/** The same messages, with what those that were edited or deleted say now where others reply to them. */
export function withQuotes(messages: readonly Message[], changes: readonly Message[]): readonly Message[] {
  const changed = changes.filter(({ edited, deleted }) => edited || deleted);
  if (changed.length === 0) return messages;
  const said = new Map<number | null, string | null>(changed.map(({ order, text }) => [order, text]));
  return messages.map((message) => {
    const { replyTo } = message;
    const now = replyTo === null ? undefined : said.get(replyTo.order);
    if (replyTo === null || now === undefined) return message;
    return { ...message, replyTo: { ...replyTo, text: now?.slice(0, MAX_QUOTE) ?? null } };
  });
}

/** Of each message its last version, by order. */
function lastOfEach(messages: readonly Message[]): Message[] {
  return [...new Map(messages.map((message) => [message.order, message])).values()].sort(byOrder);
}

/** The index of the first message with this order or a later one. */
export function placeOf(messages: readonly Message[], order: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.order ?? Infinity) < order) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The newest messages, when there are so many that those further up are worth letting go; otherwise the same. */
export function withoutFarOlder(messages: readonly Message[]): readonly Message[] {
  return messages.length > MOST_AT_END ? messages.slice(-KEPT_AT_END) : messages;
}

/** Whether there is room for more messages. */
export function hasRoom(messages: readonly Message[]): boolean {
  let weight = 0;
  for (const { text } of messages) weight += MESSAGE_WEIGHT + (text?.length ?? 0);
  return weight < MOST_WEIGHT;
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
