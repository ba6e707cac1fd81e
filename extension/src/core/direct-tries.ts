import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { type Pace, Paced } from './paced.ts';
import type { Channel, Dialer } from './net-ports.ts';
import type { Cancel, Clock, Random } from './ports.ts';

/** The first pause before a relayed link is tried to be replaced, milliseconds, and the longest. */
export const FIRST_TRY_AFTER_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/** How often a contact has this device dial by asking for it. */
const ASKED_PACE: Pace = { burst: 3, everyMs: 10_000 };

export interface DirectTriesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
}

export interface DirectTriesEvents {
  /** Where to try, best first. */
  endpoints(): Endpoint[];
  /** Whether the contact may be dialled. */
  mayDial(): boolean;
  /** Whether there is a link, and it goes through a relay. */
  isRelayed(): boolean;
  /** A channel to the contact, which takes the place of the link that there is. */
  reached(channel: Channel): void;
}

/**
 * Dials a contact's addresses though no link is missing here: the one that there is goes through a relay; or the contact,
 * to whom one is missing, has asked to be dialled. The caller does the rest.
 */
export class DirectTries {
  readonly #parts: DirectTriesParts;
  readonly #identity: Fingerprint;
  readonly #events: DirectTriesEvents;
  readonly #asked: Paced;
  #askedAt: readonly Endpoint[] = [];
  /** There was news since the dialling under way began. */
  #isOutdated = false;
  #tries = 0;
  #next: Cancel | null = null;
  #dialing: AbortController | null = null;

  constructor(parts: DirectTriesParts, identity: Fingerprint, events: DirectTriesEvents) {
    this.#parts = parts;
    this.#identity = identity;
    this.#events = events;
    this.#asked = new Paced(parts.clock, ASKED_PACE, () => this.#dial(this.#askedAt));
  }

  /** The link is another one, or there is none any longer. */
  linkChanged(): void {
    this.#tries = 0;
    this.#next?.();
    this.#next = null;
    if (this.#events.isRelayed()) this.#wait();
  }

  /** There is another network here or there: a relayed link may not be needed any longer. */
  again(): void {
    if (!this.#events.isRelayed()) return;
    this.#tries = 0;
    this.#dial([]);
  }

  /** The contact asks to be dialled, there too. */
  asked(endpoints: readonly Endpoint[]): void {
    this.#askedAt = endpoints;
    this.#asked.ask();
  }

  stop(): void {
    this.#asked.stop();
    this.#isOutdated = false;
    this.#next?.();
    this.#next = null;
    this.#dialing?.abort();
    this.#dialing = null;
  }

  #wait(): void {
    const { clock, random } = this.#parts;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_TRY_AFTER_MS * 2 ** Math.min(this.#tries, 10));
    // Both ends try: a little apart, they hardly meet.
    this.#next?.();
    this.#next = clock.after(Math.round(pause * (1 + random.fraction() / 4)), () => {
      this.#next = null;
      if (this.#events.isRelayed()) this.#dial([]);
    });
  }

  #dial(alsoAt: readonly Endpoint[]): void {
    if (this.#dialing !== null) {
      this.#isOutdated = true;
      return;
    }
    if (!this.#events.mayDial()) {
      // They may be accepted later.
      if (this.#events.isRelayed()) this.#wait();
      return;
    }
    const abort = new AbortController();
    this.#dialing = abort;
    this.#tries += 1;
    const endpoints = [...alsoAt, ...this.#events.endpoints()];
    this.#parts.dialer
      .dial(this.#identity, endpoints, abort.signal)
      .then(
        (channel) => {
          this.#isOutdated = false;
          if (abort.signal.aborted || !this.#events.mayDial()) channel.close(1000, 'not wanted any longer');
          else this.#events.reached(channel);
        },
        () => undefined,
      )
      .finally(() => {
        if (this.#dialing !== abort) return;
        this.#dialing = null;
        if (this.#isOutdated) {
          this.#isOutdated = false;
          this.#dial(this.#askedAt);
          return;
        }
        // A channel that was reached may still come to nothing.
        if (this.#events.isRelayed()) this.#wait();
      });
  }
}
