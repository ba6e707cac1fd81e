import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Caller } from './caller.ts';
import type { ContactRecord } from './contact-record.ts';
import { type Pace, Paced } from './paced.ts';
import type { Clock } from './ports.ts';
import type { StoredContact } from './storage-ports.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * How often what a server tells of a contact's whereabouts is followed: whoever tells it has this device dial any
 * addresses and write to its disk. A laptop that wakes in another network tells two or three things at once.
 */
const NEWS_PACE: Pace = { burst: 4, everyMs: 5_000 };

export interface NewsParts {
  readonly clock: Clock;
  readonly record: ContactRecord;
  readonly whereabouts: Whereabouts;
  readonly caller: Pick<Caller, 'again'>;
  /** The news was followed: what is shown of the contact may be different. */
  readonly followed: () => void;
}

/** What a discovery server tells of where a contact is: stored, and followed by an attempt to reach them. */
export class News {
  readonly #parts: NewsParts;
  readonly #paced: Paced;
  /** The contact came back, and nothing was made of it yet. */
  #cameBack = false;
  /** The server that told of it last. */
  #toldBy = '';

  constructor(parts: NewsParts) {
    this.#parts = parts;
    this.#paced = new Paced(parts.clock, NEWS_PACE, (isLate) => this.#follow(isLate));
  }

  /** News of the server at this origin; null when it cannot be asked any longer. */
  take(presence: Presence | null, server: string): void {
    const { record, whereabouts } = this.#parts;
    if (whereabouts.take(presence)) this.#cameBack = true;
    this.#toldBy = server;
    if (this.#cameBack || record.differs(this.#told)) this.#paced.ask();
  }

  stop(): void {
    this.#paced.stop();
  }

  /** What a presence says that is stored. */
  get #told(): Partial<StoredContact> {
    const { record, whereabouts } = this.#parts;
    const { presence } = whereabouts;
    if (presence === null) return {};
    const { online, endpoints, lastSeen } = presence;
    return { ...record.metAt(this.#toldBy), ...(online ? { endpoints } : { lastSeen }) };
  }

  #follow(isLate: boolean): void {
    const { record, whereabouts, caller, followed } = this.#parts;
    const told = this.#told;
    const moved = told.endpoints !== undefined && record.differs({ endpoints: told.endpoints });
    const isThere = whereabouts.presence?.online === true;
    if (isThere && (this.#cameBack || (moved && !whereabouts.isTurnedAway))) {
      whereabouts.hope();
      caller.again(!isLate);
    }
    // Waits for the disk: what is dialled meanwhile does not wait too.
    record.note(told);
    this.#cameBack = false;
    followed();
  }
}
