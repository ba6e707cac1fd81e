import { TAKES_STATUS } from '@p2p-chat/protocol/link';
import type { Link } from './link.ts';
import { type Pace, Paced } from './paced.ts';
import type { Clock } from './ports.ts';

/** How often another status of a contact's is stored, however often they say one. */
const HEARD: Pace = { burst: 3, everyMs: 1_000 };

export interface StatusTextParts {
  readonly clock: Clock;
  /** What this person says of themselves now. */
  readonly own: () => string;
  /** Whether the other may know, and is heard. */
  readonly isShared: () => boolean;
  /** Keeps what the other says of themselves. */
  readonly keep: (text: string) => void;
}

/** What two people let each other know of themselves in a line: a state, told anew on each link, never held. */
export class StatusTexts {
  readonly #parts: StatusTextParts;
  #hasNews = false;
  #told: { readonly link: Link; readonly text: string } | null = null;
  /** What the contact said and is not kept yet. */
  #heard: string | null = null;
  readonly #keep: Paced;

  constructor(parts: StatusTextParts) {
    this.#parts = parts;
    this.#keep = new Paced(parts.clock, HEARD, () => {
      const heard = this.#heard;
      // Whoever is not accepted is not heard before they are.
      if (heard === null || !parts.isShared()) return;
      this.#heard = null;
      parts.keep(heard);
    });
  }

  /** Whether a link is wanted to let the contact know. */
  get hasNews(): boolean {
    return this.#hasNews && this.#parts.isShared();
  }

  /** This person says something else of themselves now. */
  changed(): void {
    this.#hasNews = true;
  }

  /** Lets the contact know on this link, unless it was told there or does not take it. */
  tell(link: Link): void {
    if (!this.#parts.isShared()) return;
    if (this.#heard !== null) this.#keep.ask();
    this.#hasNews = false;
    const text = this.#parts.own();
    if (link.hello?.takes?.includes(TAKES_STATUS) !== true) return;
    if (this.#told?.link === link && this.#told.text === text) return;
    this.#told = { link, text };
    link.sendStatus(text);
  }

  /** The contact says this of themselves; of several within a moment the newest is kept. */
  heard(text: string): void {
    this.#heard = text;
    this.#keep.ask();
  }

  stop(): void {
    this.#keep.stop();
  }
}
