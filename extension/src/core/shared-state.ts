import type { Link } from './link.ts';
import { type Pace, Paced } from './paced.ts';
import type { Clock } from './ports.ts';

/** How often what a contact says anew is stored, however often they say it. */
const HEARD: Pace = { burst: 3, everyMs: 1_000 };

export interface SharedStateParts {
  readonly clock: Clock;
  /** What the other's `hello` names if they take it. */
  readonly takes: string;
  /** What this person lets them know now. */
  readonly own: () => string;
  readonly send: (link: Link, value: string) => void;
  /** Whether the other may know, and is heard. */
  readonly isShared: () => boolean;
  /** Keeps what the other let this person know. */
  readonly keep: (value: string) => void;
  /** Whether the contact is to be told once after a start, though nothing changed. */
  readonly isNewAtStart: boolean;
}

/** A line that two accepted people let each other know: a state, told anew on each link, never held. */
export class SharedState {
  readonly #parts: SharedStateParts;
  #hasNews: boolean;
  #told: { readonly link: Link; readonly value: string } | null = null;
  /** What the contact said and is not kept yet. */
  #heard: string | null = null;
  readonly #keep: Paced;

  constructor(parts: SharedStateParts) {
    this.#parts = parts;
    this.#hasNews = parts.isNewAtStart;
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

  /** It is another one of this person's now. */
  changed(): void {
    this.#hasNews = true;
  }

  /** Lets the contact know on this link, unless it was told there or does not take it. */
  tell(link: Link): void {
    const { isShared, takes, own, send } = this.#parts;
    if (!isShared()) return;
    if (this.#heard !== null) this.#keep.ask();
    this.#hasNews = false;
    if (link.hello?.takes?.includes(takes) !== true) return;
    const value = own();
    if (this.#told?.link === link && this.#told.value === value) return;
    this.#told = { link, value };
    send(link, value);
  }

  /** The contact said this; of several within a moment the newest is kept. */
  heard(value: string): void {
    this.#heard = value;
    this.#keep.ask();
  }

  stop(): void {
    this.#keep.stop();
  }
}
