import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import {
  isBy,
  MAX_NEARBY_ADDRESSES,
  NEARBY_ROTATION_MS,
  nearbyTexts,
  readNearby,
} from '@p2p-chat/protocol/nearby';
import { Allowance } from './allowance.ts';
import type { Announcement, LocalNetworks } from './net-ports.ts';
import type { Cancel, Clock, Random } from './ports.ts';

/** An announcement counts so long without being heard again: longer than the next of the same contact takes to come. */
const KNOWN_FOR_MS = 2 * NEARBY_ROTATION_MS;

/** The first pause before others are asked again to announce themselves, milliseconds, and the longest. */
const FIRST_ASK_AFTER_MS = 10_000;
const LONGEST_ASK_PAUSE_MS = 600_000;

/** Announcements that are looked at, with each contact's key: so many at once, and so many more in a second. */
const LOOKED_AT = { burst: 64, eachSecond: 16 } as const;

/** Announcements of one contact that count: the present one, the one before, and those of a restart or two. */
const MAX_OF_CONTACT = 4;

/** A contact who may be recognised. */
export interface NearbyContact {
  readonly identity: Fingerprint;
  /** See nearbyKey of the protocol. */
  readonly key: string;
}

export interface NearbyParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly networks: LocalNetworks;
  /** See OwnNearbyKey. */
  readonly ownKey: () => string;
  /** Whoever may be recognised now. */
  readonly contacts: () => readonly NearbyContact[];
  /** A contact is said to be at these addresses of this device's own networks, and at no others of them. */
  readonly found: (contact: Fingerprint, endpoints: readonly Endpoint[]) => void;
}

interface Known {
  readonly contact: Fingerprint;
  readonly endpoints: readonly Endpoint[];
  readonly forget: Cancel;
}

/**
 * Contacts in the same local network find each other without a server: each announces what only those recognise who have
 * its key. What is found is a hint where to dial, and nothing more: who answers there has to prove who they are.
 */
export class Nearby {
  readonly #parts: NearbyParts;
  #isAllowed = false;
  /** Where this device listens; null while it does not. */
  #listening: (() => readonly Endpoint[]) | null = null;
  #isRunning = false;
  #stopped: Promise<void> = Promise.resolve();
  /** What was recognised, by the name of the announcement. */
  readonly #known = new Map<string, Known>();
  #rotate: Cancel = () => undefined;
  #ask: Cancel = () => undefined;
  #asked = 0;
  readonly #looks: Allowance;

  constructor(parts: NearbyParts) {
    this.#parts = parts;
    this.#looks = new Allowance(parts.clock, LOOKED_AT);
  }

  /** Whether this person wants it. */
  allow(allowed: boolean): void {
    this.#isAllowed = allowed;
    this.#reconsider();
  }

  /** This device listens, at these endpoints whenever they are asked for. */
  begin(endpoints: () => readonly Endpoint[]): void {
    this.#listening = endpoints;
    this.#reconsider();
  }

  /** This device does not listen any longer. Ends once that was said. */
  end(): Promise<void> {
    this.#listening = null;
    this.#reconsider();
    return this.#stopped;
  }

  /** This device is in other networks, or at other addresses of them. */
  networkChanged(): void {
    const wasRunning = this.#isRunning;
    this.#reconsider();
    if (!wasRunning || !this.#isRunning) return;
    this.#announce();
    this.#askFromNowOn();
  }

  /** Contacts know this person by another key, or are to know them by it. */
  keyChanged(): void {
    if (this.#isRunning) this.#announce();
  }

  /** Somebody is no contact any longer, or goes by another key. */
  forget(contact: Fingerprint): void {
    for (const [instance, known] of this.#known) if (known.contact === contact) this.#gone(instance);
  }

  /** Where others in a network can dial this device, as it announces it; none where it listens for itself alone. */
  get #endpoints(): readonly Endpoint[] {
    return (this.#listening?.() ?? []).filter(({ address }) => this.#parts.networks.has(address));
  }

  #reconsider(): void {
    const wanted = this.#isAllowed && this.#endpoints.length > 0;
    if (wanted === this.#isRunning) return;
    this.#isRunning = wanted;
    if (wanted) this.#start();
    else this.#stop();
  }

  #start(): void {
    const { networks } = this.#parts;
    networks.start({
      seen: (announcement) => this.#seen(announcement),
      gone: (instance) => this.#gone(instance),
    });
    this.#announce();
    this.#askFromNowOn();
  }

  #stop(): void {
    this.#rotate();
    this.#ask();
    this.#stopped = this.#parts.networks.stop();
    for (const instance of [...this.#known.keys()]) this.#gone(instance);
  }

  /** Says everything anew, under names that nobody has heard yet. */
  #announce(): void {
    const { clock, random, networks } = this.#parts;
    networks.announce((own) => this.#announcementIn(own));
    this.#rotate();
    // Not all at once, where many started in one moment.
    const after = NEARBY_ROTATION_MS * (1 - random.fraction() / 8);
    this.#rotate = clock.after(Math.round(after), () => this.#announce());
  }

  #announcementIn(own: readonly string[]): Announcement | null {
    const { clock, random, ownKey } = this.#parts;
    const here = this.#endpoints.filter(({ address }) => own.includes(address));
    const port = here[0]?.port;
    if (port === undefined) return null;
    const instance = random.uuid().replaceAll('-', '');
    const addresses = here.map(({ address }) => address).slice(0, MAX_NEARBY_ADDRESSES);
    return { instance, port, text: nearbyTexts(ownKey(), { instance, port, addresses }, clock.now()) };
  }

  #askFromNowOn(): void {
    this.#asked = 0;
    this.#parts.networks.ask();
    this.#waitToAsk();
  }

  #waitToAsk(): void {
    const { clock, random, networks } = this.#parts;
    const pause = Math.min(LONGEST_ASK_PAUSE_MS, FIRST_ASK_AFTER_MS * 2 ** this.#asked);
    this.#ask();
    this.#ask = clock.after(Math.round(pause * (1 + random.fraction() / 4)), () => {
      this.#asked += 1;
      networks.ask();
      this.#waitToAsk();
    });
  }

  #seen(announcement: Announcement): void {
    const { clock, contacts, networks } = this.#parts;
    if (!this.#isRunning || !this.#looks.take()) return;
    const heard = readNearby(announcement, clock.now());
    if (heard === null) return;
    const by = contacts().find(({ key }) => isBy(key, heard));
    if (by === undefined) return;
    // Nobody sends this device anywhere beyond its own networks.
    const endpoints = heard.endpoints.filter(({ address }) => networks.has(address));
    const { instance } = heard;
    this.#known.get(instance)?.forget();
    this.#known.delete(instance);
    const forget = clock.after(KNOWN_FOR_MS, () => this.#gone(instance));
    this.#known.set(instance, { contact: by.identity, endpoints, forget });
    const ofContact = [...this.#known].filter(([, { contact }]) => contact === by.identity);
    for (const [oldest, { forget: drop }] of ofContact.slice(0, -MAX_OF_CONTACT)) {
      drop();
      this.#known.delete(oldest);
    }
    this.#tell(by.identity);
  }

  #gone(instance: string): void {
    const known = this.#known.get(instance);
    if (known === undefined) return;
    known.forget();
    this.#known.delete(instance);
    this.#tell(known.contact);
  }

  /** The newest announcement first: it was made where the contact is now. */
  #tell(contact: Fingerprint): void {
    const all = [...this.#known.values()].filter((known) => known.contact === contact);
    const endpoints = all.reverse().flatMap((known) => known.endpoints);
    this.#parts.found(contact, endpoints.slice(0, MAX_NEARBY_ADDRESSES));
  }
}
