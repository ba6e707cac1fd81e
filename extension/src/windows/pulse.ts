import type { Cancel, Clock } from '../core/ports.ts';

/** From an answer to the next question, milliseconds: few enough wakings for a battery, and soon enough for a person. */
export const ASK_AFTER_MS = 3_000;

/** How long an answer may take, milliseconds: the owner's thread is never busy for long, so anything slower stands still. */
export const ANSWER_WITHIN_MS = 5_000;

/** A timer this much late means that this process stood still itself, or the whole machine, milliseconds. */
const OVERDUE_MS = 1_000;

export interface PulseOptions {
  readonly clock: Clock;
  /** Asks for a sign of life. */
  ask(): void;
  /** None has come in time. */
  silent(): void;
  /** One has come after all. */
  back(): void;
}

type State =
  | { readonly kind: 'resting'; readonly cancel: Cancel }
  | { readonly kind: 'asked'; readonly cancel: Cancel }
  /** The question still stands: its answer is what ends this. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'stopped' };

/** Notices that the other end of a connection stands still though the connection does not end, and that it goes on. */
export class Pulse {
  readonly #options: PulseOptions;
  #state: State;

  /** Watches from now on. */
  constructor(options: PulseOptions) {
    this.#options = options;
    this.#state = this.#resting();
  }

  /** Whether the other end owes an answer for longer than it may. */
  get isSilent(): boolean {
    return this.#state.kind === 'silent';
  }

  /** Anything came in. */
  heard(): void {
    const { kind } = this.#state;
    if (kind !== 'asked' && kind !== 'silent') return;
    this.#transition(this.#resting());
    if (kind === 'silent') this.#options.back();
  }

  stop(): void {
    this.#transition({ kind: 'stopped' });
  }

  #transition(next: State): void {
    const old = this.#state;
    this.#state = next;
    if (old.kind === 'resting' || old.kind === 'asked') old.cancel();
  }

  #resting(): State {
    return { kind: 'resting', cancel: this.#options.clock.after(ASK_AFTER_MS, () => this.#ask()) };
  }

  #ask(): void {
    const { clock } = this.#options;
    const askedAt = clock.now();
    const cancel = clock.after(ANSWER_WITHIN_MS, () => this.#unanswered(askedAt));
    this.#transition({ kind: 'asked', cancel });
    this.#options.ask();
  }

  #unanswered(askedAt: number): void {
    const { clock } = this.#options;
    const took = clock.now() - askedAt;
    // While this end stood still, the other one may have, too.
    if (took < 0 || took > ANSWER_WITHIN_MS + OVERDUE_MS) {
      this.#ask();
      return;
    }
    // What came in while this thread was busy is read before this.
    const cancel = clock.soon(() => {
      this.#transition({ kind: 'silent' });
      this.#options.silent();
    });
    this.#transition({ kind: 'asked', cancel });
  }
}
