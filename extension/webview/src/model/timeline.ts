import type { Message, Notice } from './api-types.ts';
import { localDay } from './calendar.ts';

/** Messages of one sender within this time stand together under one name. */
export const GROUP_WITHIN_MS = 5 * 60_000;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: Message;
  /** Whether it opens a group: the sender is shown. */
  readonly starts: boolean;
  /** Whether it closes a group. */
  readonly ends: boolean;
  /** The time to show: for what waited at its sender when it was written, otherwise when it was stored here. */
  readonly shownAt: number;
}

/** One line of the conversation. `key` stays the same for as long as the line means the same. */
export type Row =
  | { readonly kind: 'beginning'; readonly key: string; readonly empty: boolean }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'away'; readonly key: string }
  | { readonly kind: 'notice'; readonly key: string; readonly notice: Notice }
  | MessageRow;

export interface TimelineInput {
  /** By order. */
  readonly messages: readonly Message[];
  /** By place. */
  readonly notices: readonly Notice[];
  readonly hasOlder: boolean;
  readonly newAfter: number | null;
}

/** The conversation as lines: day by day, grouped by sender, with everything that is no message at its place. */
export function timeline(input: TimelineInput): readonly Row[] {
  return new Timeline().rows(input);
}

/** What the lines before a block leave to those in it. */
interface Carried {
  readonly newAfter: number | null;
  readonly day: number | null;
  /** Whether the last lines stand under "Sent while you were away". */
  readonly away: boolean;
  /** The line before, where it is a message. */
  readonly last: MessageRow | null;
}

/** Neighbours whose lines are made together, and made anew only when something about them has changed. */
interface Block {
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
  readonly carried: Carried;
  readonly rows: readonly Row[];
  /** The same, as they are when the block after it goes on with the last group. */
  readonly continued: readonly Row[];
  readonly leaves: Carried;
}

/** Messages in a block, on the average. */
const BLOCK = 64;

/**
 * Where blocks begin follows from the messages alone, so that those that come before or after leave them as they are. By
 * a hash: the orders of one conversation may all be odd.
 */
function opensBlock({ order }: Message): boolean {
  return Math.imul(order, 0x9e3779b1) >>> 0 < 2 ** 32 / BLOCK;
}

/**
 * The lines of one conversation after another version of it: a line of which nothing has changed is the same object
 * again, and costs next to nothing, however long the conversation is.
 */
export class Timeline {
  #blocks: ReadonlyMap<number, Block> = new Map<number, Block>();

  /** The lines of this version. */
  rows({ messages, notices, hasOlder, newAfter }: TimelineInput): readonly Row[] {
    const first = messages[0];
    const empty = first === undefined;
    const blocks = new Map<number, Block>();
    const parts: (readonly Row[])[] = [];
    // A notice before the loaded stretch belongs to what is not loaded yet.
    const waiting = notices.filter((notice) => !hasOlder || empty || notice.after >= first.order);
    let carried: Carried = { newAfter, day: null, away: false, last: null };
    let before: Block | undefined;
    let told = 0;
    for (let from = 0; from < messages.length;) {
      const to = endOfBlock(messages, from);
      const next = placeOfNotice(waiting, told, messages[to - 1]?.order ?? 0);
      const block = this.#block(messages, from, to, waiting.slice(told, next), carried);
      if (before !== undefined) parts.push(continues(block) ? before.continued : before.rows);
      blocks.set(messages[from]?.order ?? 0, block);
      ({ leaves: carried } = block);
      [before, from, told] = [block, to, next];
    }
    if (before !== undefined) parts.push(before.rows);
    const lines = new Lines(carried, empty);
    for (const notice of waiting.slice(told)) lines.notice(notice);
    this.#blocks = blocks;
    const beginning: Row[] = hasOlder ? [] : [{ kind: 'beginning', key: 'beginning', empty }];
    return beginning.concat(...parts, lines.rows);
  }

  #block(
    messages: readonly Message[],
    from: number,
    to: number,
    notices: readonly Notice[],
    before: Carried,
  ): Block {
    const { newAfter } = before;
    // Only the block in which the line may stand needs to know of it.
    const isPast = newAfter === null || (messages[to - 1]?.order ?? 0) <= newAfter;
    const carried = isPast ? { ...before, newAfter: null } : before;
    const known = this.#blocks.get(messages[from]?.order ?? 0);
    const own =
      known !== undefined && isSame(known, messages, from, to, notices, carried)
        ? known
        : blockOf(messages.slice(from, to), notices, carried, known?.continued ?? []);
    return isPast && newAfter !== own.leaves.newAfter ? { ...own, leaves: { ...own.leaves, newAfter } } : own;
  }
}

function endOfBlock(messages: readonly Message[], from: number): number {
  let to = from + 1;
  for (let message = messages[to]; message !== undefined && !opensBlock(message);) message = messages[++to];
  return to;
}

/** The index of the first notice that stands after the message with this order. */
function placeOfNotice(notices: readonly Notice[], from: number, order: number): number {
  let next = from;
  for (let notice = notices[next]; notice !== undefined && notice.after < order;) notice = notices[++next];
  return next;
}

function isSame(
  known: Block,
  messages: readonly Message[],
  from: number,
  to: number,
  notices: readonly Notice[],
  carried: Carried,
): boolean {
  return (
    known.messages.length === to - from &&
    isAt(known.messages, messages, from) &&
    known.notices.length === notices.length &&
    isAt(known.notices, notices, 0) &&
    known.carried.newAfter === carried.newAfter &&
    known.carried.day === carried.day &&
    known.carried.away === carried.away &&
    known.carried.last?.message.mine === carried.last?.message.mine &&
    known.carried.last?.shownAt === carried.last?.shownAt
  );
}

/** A loop, for it runs over the whole conversation whenever a message comes. */
function isAt<Part>(parts: readonly Part[], all: readonly Part[], from: number): boolean {
  for (let index = 0; index < parts.length; index++) {
    if (parts[index] !== all[from + index]) return false;
  }
  return true;
}

function blockOf(
  messages: readonly Message[],
  notices: readonly Notice[],
  carried: Carried,
  known: readonly Row[],
): Block {
  const lines = new Lines(carried, false);
  let told = 0;
  for (const message of messages) {
    const next = placeOfNotice(notices, told, message.order);
    for (const notice of notices.slice(told, next)) lines.notice(notice);
    lines.message(message);
    told = next;
  }
  const { leaves } = lines;
  const rows = withKnown(lines.rows, known);
  const last = rows.at(-1);
  const continued = last?.kind === 'message' ? [...rows.slice(0, -1), { ...last, ends: false }] : rows;
  return { messages, notices, carried, rows, continued, leaves };
}

/** The same lines, each that is as it was as the object that it was. */
function withKnown(rows: readonly Row[], known: readonly Row[]): readonly Row[] {
  const byKey = new Map(known.map((row) => [row.key, row]));
  return rows.map((row) => {
    const before = byKey.get(row.key);
    return before !== undefined && isEqual(row, before) ? before : row;
  });
}

function isEqual(a: Row, b: Row): boolean {
  const values = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(([name, value]) => values.get(name) === value);
}

/** Whether its first line goes on with the group before it. */
function continues({ rows: [first] }: Block): boolean {
  return first?.kind === 'message' && !first.starts;
}

/** When the message was written, for what waited at its sender; otherwise when it was stored here, by one clock. */
export function shownTime(message: Message): number {
  return waited(message) || message.mine ? message.writtenAt : message.storedAt;
}

function waited(message: Message): boolean {
  return !message.mine && message.held;
}

/** Collects the lines from the first to the last and knows what the next one continues. */
class Lines {
  readonly rows: Row[] = [];
  readonly #empty: boolean;
  #newAfter: number | null;
  #day: number | null;
  #away: boolean;
  #last: MessageRow | null;

  constructor({ newAfter, day, away, last }: Carried, empty: boolean) {
    this.#newAfter = newAfter;
    this.#day = day;
    this.#away = away;
    this.#last = last;
    this.#empty = empty;
  }

  get leaves(): Carried {
    return { newAfter: this.#newAfter, day: this.#day, away: this.#away, last: this.#last };
  }

  notice(notice: Notice): void {
    const key = `${notice.kind}:${notice.after}:${notice.at}`;
    // By its own clock a notice may open a day, but never reopens an earlier one.
    if (!this.#empty && (this.#day === null || localDay(notice.at) > this.#day))
      this.#openDay(notice.at, key);
    this.#push({ kind: 'notice', key, notice });
  }

  message(message: Message): void {
    const key = String(message.order);
    if (localDay(message.storedAt) !== this.#day) this.#openDay(message.storedAt, key);
    if (this.#newAfter !== null && !message.mine && message.order > this.#newAfter) {
      this.#newAfter = null;
      this.#push({ kind: 'new', key: 'new' });
    }
    if (waited(message) && !this.#away) this.#push({ kind: 'away', key: `away:${key}` });
    const row = this.#row(message, key);
    this.#away = waited(message);
    this.#push(row);
  }

  #push(row: Row): void {
    this.rows.push(row);
    this.#last = row.kind === 'message' ? row : null;
  }

  /** A clock that was set back opens one day more than once: its key says before what. */
  #openDay(at: number, before: string): void {
    this.#day = localDay(at);
    this.#away = false;
    this.#push({ kind: 'day', key: `day:${before}`, at });
  }

  #row(message: Message, key: string): MessageRow {
    const shownAt = shownTime(message);
    const last = this.#last;
    const starts = !(
      last?.message.mine === message.mine &&
      this.#away === waited(message) &&
      Math.abs(shownAt - last.shownAt) <= GROUP_WITHIN_MS
    );
    if (!starts && this.rows.length > 0) this.rows[this.rows.length - 1] = { ...last, ends: false };
    return { kind: 'message', key, message, starts, ends: true, shownAt };
  }
}
