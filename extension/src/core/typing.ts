import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { TYPING_TOLD_EVERY_MS } from '@p2p-chat/protocol/limits';
import { TAKES_TYPING } from '@p2p-chat/protocol/link';
import type { Link } from './link.ts';
import type { Clock } from './ports.ts';
import type { StoredContact } from './storage-ports.ts';

export interface TypingParts {
  readonly clock: Clock;
  readonly contact: () => StoredContact;
  /** Whether this person lets contacts know. */
  readonly tells: () => boolean;
  /** The contact is writing to this person now. */
  readonly heard: (contact: Fingerprint) => void;
}

/** What two people let each other know of writing just now: never stored, never worth a link of its own. */
export class Typing {
  readonly #parts: TypingParts;
  readonly #times = { told: -Infinity, heard: -Infinity };

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  /** This person is writing; said on this link if the contact takes it. */
  tell(link: Link): void {
    if (!this.#isAccepted || !this.#parts.tells()) return;
    if (link.hello?.takes?.includes(TAKES_TYPING) === true && this.#isTime('told')) link.sendTyping();
  }

  /** The contact says that they are writing. */
  heard(): void {
    if (this.#isAccepted && this.#isTime('heard')) this.#parts.heard(this.#parts.contact().identity);
  }

  /** A message left: what is written after it is told anew. */
  wrote(): void {
    this.#times.told = -Infinity;
  }

  /** A message of the contact came: what they write after it counts anew. */
  arrived(): void {
    this.#times.heard = -Infinity;
  }

  get #isAccepted(): boolean {
    return this.#parts.contact().standing === 'accepted';
  }

  /** However often it is said, it counts so often. */
  #isTime(of: 'told' | 'heard'): boolean {
    const now = this.#parts.clock.now();
    // A clock that was set back would keep it quiet.
    if (Math.abs(now - this.#times[of]) < TYPING_TOLD_EVERY_MS / 2) return false;
    this.#times[of] = now;
    return true;
  }
}
