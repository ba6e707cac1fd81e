import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Clock, Log } from './ports.ts';
import {
  type HistoryStore,
  MAX_MISSING_NOTICES,
  MAX_STORED_NOTICES,
  StorageError,
  type StoredNotice,
} from './storage-ports.ts';
import type { NoticeView } from './views.ts';

/** Passing lines of a conversation, of those who came and went; older ones are of no interest any more. */
const MAX_PASSING = 50;

/** What lines are made with. */
export interface NoticeParts {
  readonly clock: Clock;
  readonly history: HistoryStore;
  readonly log: Log;
}

/**
 * The lines of one conversation that are no messages. Those about who is there live as long as the peer runs, those
 * about the contact's identity and name, and about missing messages, are kept.
 */
export class Notices {
  readonly #parts: NoticeParts;
  readonly #contact: Fingerprint;
  readonly #added: (notice: NoticeView) => void;
  #kept: NoticeView[];
  #passing: NoticeView[] = [];
  #lastOrder: number;

  /** @throws {StorageError} */
  constructor(parts: NoticeParts, contact: Fingerprint, added: (notice: NoticeView) => void) {
    this.#parts = parts;
    this.#contact = contact;
    this.#added = added;
    this.#lastOrder = parts.history.page(contact, null, 1).messages[0]?.order ?? 0;
    this.#kept = parts.history.notices(contact).map(viewOf);
  }

  /** In the order in which they stand among the messages. */
  get all(): NoticeView[] {
    return [...this.#kept, ...this.#passing].sort((a, b) => a.after - b.after || a.at - b.at);
  }

  /** The newest message. */
  get lastOrder(): number {
    return this.#lastOrder;
  }

  /** Later lines stand after this message. */
  messageAt(order: number): void {
    this.#lastOrder = Math.max(this.#lastOrder, order);
  }

  connected(): void {
    if (this.#passing.at(-1)?.kind !== 'connected') this.#pass('connected');
  }

  away(): void {
    if (this.#passing.at(-1)?.kind !== 'away') this.#pass('away');
  }

  /** A line that says how many messages are missing here; it is stored with what came instead of them. */
  missing(count: number): StoredNotice {
    return this.line('missing', String(count));
  }

  /** A line was stored with something else. */
  stored(notice: StoredNotice): void {
    this.#add(notice);
  }

  /** Something happened to the contact's identity or name. A disk that does not take it is logged: it is shown all the same. */
  record(kind: StoredNotice['kind'], detail = ''): void {
    const notice = this.line(kind, detail);
    try {
      this.#parts.history.addNotice(notice);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log('error', `A line could not be stored: ${error.message}`);
    }
    this.#add(notice);
  }

  /** A line that stands here and is not stored yet. */
  line(kind: StoredNotice['kind'], detail = ''): StoredNotice {
    return { ...this.#here(), kind, detail };
  }

  /** The same, of a conversation that goes on from another one. */
  lineAfter(from: Notices, kind: StoredNotice['kind'], detail: string): StoredNotice {
    const after = Math.max(this.#lastOrder, from.lastOrder);
    return { ...this.line(kind, detail), after };
  }

  /** The conversation goes on with the lines of another one; the newest of them is stored already. */
  inherit(from: Notices, newest: StoredNotice): void {
    const lines = from.#kept.map((line) => ({ ...line, contact: this.#contact }));
    this.#kept = [...this.#kept, ...lines].sort((a, b) => a.at - b.at);
    this.messageAt(from.lastOrder);
    this.#add(newest);
  }

  /** The conversation was forgotten. */
  clear(): void {
    this.#kept = [];
    this.#passing = [];
  }

  /** What is older than this was forgotten. */
  forget(before: number): void {
    this.#kept = this.#kept.filter(({ at }) => at >= before);
  }

  #add(notice: StoredNotice): void {
    const view = viewOf(notice);
    const isMissing = notice.kind === 'missing';
    const most = isMissing ? MAX_MISSING_NOTICES : MAX_STORED_NOTICES;
    const alike = this.#kept.filter(({ kind }) => (kind === 'missing') === isMissing);
    const gone = new Set(alike.slice(0, Math.max(0, alike.length + 1 - most)));
    this.#kept = [...this.#kept.filter((each) => !gone.has(each)), view];
    this.#added(view);
  }

  #pass(kind: 'connected' | 'away'): void {
    const notice = { ...this.#here(), kind, count: 0, detail: '' };
    this.#passing = [...this.#passing, notice].slice(-MAX_PASSING);
    this.#added(notice);
  }

  #here() {
    return { contact: this.#contact, after: this.#lastOrder, at: this.#parts.clock.now() };
  }
}

function viewOf(notice: StoredNotice): NoticeView {
  if (notice.kind !== 'missing') return { ...notice, count: 0 };
  return { ...notice, count: Number(notice.detail), detail: '' };
}
