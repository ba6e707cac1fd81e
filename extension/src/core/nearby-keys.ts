import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { TAKES_NEARBY } from '@p2p-chat/protocol/link';
import { nearbyKey } from '@p2p-chat/protocol/nearby';
import type { Link } from './link.ts';
import { type Pace, Paced } from './paced.ts';
import type { Clock, Log, Random } from './ports.ts';
import { type HistoryStore, StorageError } from './storage-ports.ts';

/** How often another key of a contact's is stored, however often they say one. */
const HEARD: Pace = { burst: 3, everyMs: 1_000 };

/** What contacts recognise this person's announcements by in local networks: made when it is first needed, and kept. */
export class OwnNearbyKey {
  readonly #parts: {
    readonly history: Pick<HistoryStore, 'setting' | 'setSetting'>;
    readonly identity: Fingerprint;
    readonly random: Random;
    readonly log: Log;
  };
  #value: string | null = null;

  /** Another identity of the same person has a key of its own: nobody shall know both by one. */
  constructor(parts: {
    readonly history: Pick<HistoryStore, 'setting' | 'setSetting'>;
    readonly identity: Fingerprint;
    readonly random: Random;
    readonly log: Log;
  }) {
    this.#parts = parts;
  }

  get value(): string {
    this.#value ??= this.#stored ?? this.#make();
    return this.#value;
  }

  /** Whoever knew the key until now recognises nothing any longer. */
  replace(): void {
    this.#value = this.#make();
  }

  get #name(): string {
    return `nearby key ${this.#parts.identity}`;
  }

  get #stored(): string | null {
    return nearbyKey.safeParse(this.#parts.history.setting(this.#name)).data ?? null;
  }

  #make(): string {
    const { history, random, log } = this.#parts;
    const key = random.uuid();
    try {
      history.setSetting(this.#name, key);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log('error', `The key for local networks could not be stored: ${error.message}`);
    }
    return key;
  }
}

export interface NearbyKeysParts {
  readonly clock: Clock;
  /** See OwnNearbyKey. */
  readonly own: () => string;
  /** Whether the other may recognise this person. */
  readonly isShared: () => boolean;
  /** Keeps what the other is recognised by. */
  readonly keep: (key: string) => void;
}

/** What two people recognise each other by in local networks: told anew on each link, to accepted contacts alone. */
export class NearbyKeys {
  readonly #parts: NearbyKeysParts;
  /** Whether the contact was told of the key of now, since this program started. */
  #isTold = false;
  #told: { readonly link: Link; readonly key: string } | null = null;
  /** What the contact said and is not kept yet. */
  #heard: string | null = null;
  readonly #keep: Paced;

  constructor(parts: NearbyKeysParts) {
    this.#parts = parts;
    this.#keep = new Paced(parts.clock, HEARD, () => {
      const heard = this.#heard;
      // Whoever is not accepted is not heard before they are.
      if (heard === null || !parts.isShared()) return;
      this.#heard = null;
      parts.keep(heard);
    });
  }

  /** Whether a link to somebody nearby is wanted, so that they recognise this person as well. */
  get hasNews(): boolean {
    return !this.#isTold && this.#parts.isShared();
  }

  /** This person's key is another one now. */
  changed(): void {
    this.#isTold = false;
  }

  /** Lets the contact know on this link, unless it was told there or does not take it. */
  tell(link: Link): void {
    if (!this.#parts.isShared()) return;
    if (this.#heard !== null) this.#keep.ask();
    this.#isTold = true;
    if (link.hello?.takes?.includes(TAKES_NEARBY) !== true) return;
    const key = this.#parts.own();
    if (this.#told?.link === link && this.#told.key === key) return;
    this.#told = { link, key };
    link.sendNearby(key);
  }

  /** The contact is recognised by this from now on; of several within a moment the newest is kept. */
  heard(key: string): void {
    this.#heard = key;
    this.#keep.ask();
  }

  stop(): void {
    this.#keep.stop();
  }
}
