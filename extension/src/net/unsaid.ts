import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Cancel, Clock } from '../core/ports.ts';
import type { RequestBody } from './pending-requests.ts';

/** How long it waits, milliseconds: a server counts anew by then. */
const SAY_AGAIN_AFTER_MS = 20_000;

/** Which requests are to be made again, and whom they were about. */
export interface Said {
  readonly types: ReadonlySet<RequestBody['type']>;
  readonly identities: readonly Fingerprint[];
}

/** What the server had no time for in a session. */
export class Unsaid {
  readonly #clock: Clock;
  readonly #sayAgain: (said: Said) => void;
  readonly #types = new Set<RequestBody['type']>();
  readonly #identities = new Set<Fingerprint>();
  #cancel: Cancel | undefined;

  /** @param sayAgain called a while after the first of what is added, with all of it */
  constructor(clock: Clock, sayAgain: (said: Said) => void) {
    this.#clock = clock;
    this.#sayAgain = sayAgain;
  }

  add(body: RequestBody): void {
    this.#types.add(body.type);
    if ('identities' in body) for (const identity of body.identities) this.#identities.add(identity);
    this.#cancel ??= this.#clock.after(SAY_AGAIN_AFTER_MS, () => {
      const said = { types: new Set(this.#types), identities: [...this.#identities] };
      this.forget();
      this.#sayAgain(said);
    });
  }

  /** The session is over. */
  forget(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#types.clear();
    this.#identities.clear();
  }
}
