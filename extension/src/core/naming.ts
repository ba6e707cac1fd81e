import { nameKey } from '@p2p-chat/protocol/names';
import type { ContactRecord } from './contact-record.ts';

export interface NamingParts {
  readonly record: ContactRecord;
  /** What the directory calls the contact; undefined while it tells nothing of them. */
  readonly listed: () => string | undefined;
  /** Whether no other contact has this name, or one that looks like it. */
  readonly isFree: (name: string) => boolean;
  /** The contact has another name than this from now on. */
  readonly renamed: (before: string) => void;
}

/** What one contact is called: as the directory says, once the contact itself says so in a hello. See ContactRecord. */
export class Naming {
  readonly #parts: NamingParts;
  /** What the contact said it is called. */
  #said: string | null = null;
  #isAsked = false;

  constructor(parts: NamingParts) {
    this.#parts = parts;
  }

  /** Whether a hello is wanted for what the contact says it is called. */
  get isAsked(): boolean {
    return this.#isAsked && this.#parts.record.value.standing === 'accepted';
  }

  /** Whether the directory calls the contact by a name that is not the one here. */
  get isListedOtherwise(): boolean {
    const listed = this.#parts.listed();
    return listed !== undefined && nameKey(listed) !== this.#parts.record.nameKey;
  }

  /** The contact is to say what it is called. Returns whether it was not asked already. */
  ask(): boolean {
    if (this.#isAsked) return false;
    this.#isAsked = true;
    return true;
  }

  /** The contact said hello, with what it is called or without. */
  heard(said: string | null): void {
    this.#said = said;
    this.#isAsked = false;
    this.#take();
  }

  /** There is news of the directory. */
  told(): void {
    this.#take();
    // Its own word would end the question who has its name.
    if (this.#parts.record.value.changedTo !== null && this.isListedOtherwise) this.#isAsked = true;
  }

  #take(): void {
    const { record, isFree, renamed } = this.#parts;
    const listed = this.#parts.listed();
    if (listed === undefined || listed === record.value.name || !isFree(listed)) return;
    const before = record.takeName(listed, this.#said);
    if (before === null) return;
    this.#isAsked = false;
    renamed(before);
  }
}
