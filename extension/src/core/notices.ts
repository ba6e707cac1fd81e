import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Clock } from './ports.ts';
import type { NoticeView } from './views.ts';

/** Lines kept for a conversation; older ones are of no interest any more. */
const MAX_NOTICES = 50;

/** The lines of one conversation that are no messages. They live as long as the peer runs. */
export class Notices {
  readonly #contact: Fingerprint;
  readonly #clock: Clock;
  readonly #added: (notice: NoticeView) => void;
  #all: NoticeView[] = [];
  #lastOrder: number;

  constructor(contact: Fingerprint, lastOrder: number, clock: Clock, added: (notice: NoticeView) => void) {
    this.#contact = contact;
    this.#lastOrder = lastOrder;
    this.#clock = clock;
    this.#added = added;
  }

  get all(): readonly NoticeView[] {
    return this.#all;
  }

  /** Later lines stand after this message. */
  messageAt(order: number): void {
    this.#lastOrder = Math.max(this.#lastOrder, order);
  }

  connected(): void {
    if (this.#lastOfPresence() !== 'connected') this.#add('connected', 0);
  }

  away(): void {
    if (this.#lastOfPresence() !== 'away') this.#add('away', 0);
  }

  missing(count: number): void {
    this.#add('missing', count);
  }

  #lastOfPresence(): NoticeView['kind'] | undefined {
    return this.#all.findLast(({ kind }) => kind !== 'missing')?.kind;
  }

  #add(kind: NoticeView['kind'], count: number): void {
    const notice = { contact: this.#contact, kind, after: this.#lastOrder, at: this.#clock.now(), count };
    this.#all = [...this.#all, notice].slice(-MAX_NOTICES);
    this.#added(notice);
  }
}
