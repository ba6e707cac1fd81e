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
export function timeline({ messages, notices, hasOlder, newAfter }: TimelineInput): readonly Row[] {
  const lines = new Lines(newAfter, messages.length === 0);
  if (!hasOlder) lines.beginning();
  const first = messages[0];
  // A notice before the loaded stretch belongs to what is not loaded yet.
  const waiting = notices.filter((notice) => !hasOlder || first === undefined || notice.after >= first.order);
  let next = 0;
  for (const message of messages) {
    for (let notice = waiting[next]; notice !== undefined && notice.after < message.order;) {
      lines.notice(notice);
      notice = waiting[++next];
    }
    lines.message(message);
  }
  for (const notice of waiting.slice(next)) lines.notice(notice);
  return lines.rows;
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
  #newAfter: number | null;
  readonly #empty: boolean;
  #day: number | null = null;
  readonly #opened = new Map<number, number>();
  /** Whether the last lines stand under "Sent while you were away". */
  #away = false;

  constructor(newAfter: number | null, empty: boolean) {
    this.#newAfter = newAfter;
    this.#empty = empty;
  }

  beginning(): void {
    this.rows.push({ kind: 'beginning', key: 'beginning', empty: this.#empty });
  }

  notice(notice: Notice): void {
    // By its own clock a notice may open a day, but never reopens an earlier one.
    if (!this.#empty && (this.#day === null || localDay(notice.at) > this.#day)) this.#openDay(notice.at);
    this.rows.push({ kind: 'notice', key: `${notice.kind}:${notice.after}:${notice.at}`, notice });
  }

  message(message: Message): void {
    if (localDay(message.storedAt) !== this.#day) this.#openDay(message.storedAt);
    if (this.#newAfter !== null && !message.mine && message.order > this.#newAfter) {
      this.#newAfter = null;
      this.rows.push({ kind: 'new', key: 'new' });
    }
    if (waited(message) && !this.#away) this.rows.push({ kind: 'away', key: `away:${message.id}` });
    const row = this.#row(message);
    this.#away = waited(message);
    this.rows.push(row);
  }

  #openDay(at: number): void {
    this.#day = localDay(at);
    this.#away = false;
    // A clock that was set back opens one day more than once.
    const times = this.#opened.get(this.#day) ?? 0;
    this.#opened.set(this.#day, times + 1);
    this.rows.push({ kind: 'day', key: `day:${this.#day}:${times}`, at });
  }

  #row(message: Message): MessageRow {
    const shownAt = shownTime(message);
    const last = this.rows.at(-1);
    const starts = !(
      last?.kind === 'message' &&
      last.message.mine === message.mine &&
      this.#away === waited(message) &&
      Math.abs(shownAt - last.shownAt) <= GROUP_WITHIN_MS
    );
    if (!starts) this.rows[this.rows.length - 1] = { ...last, ends: false };
    return { kind: 'message', key: message.id, message, starts, ends: true, shownAt };
  }
}
