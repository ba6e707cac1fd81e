import type { Endpoint } from '@p2p-chat/protocol/discovery';
import { DialRounds, type Tried } from './dial-rounds.ts';
import type { LinkPath } from './net-ports.ts';
import type { Clock } from './ports.ts';
import { isSame } from './same-endpoint.ts';
import type { StoredContact } from './storage-ports.ts';
import type { PresenceState } from './views.ts';
import type { Detour } from './ways.ts';

/** The person; or the contact itself, in a network that both are in. */
export type AddressSource = 'typed' | 'nearby';

/** What becomes of what waits for a contact, and why it is not there yet. */
export interface DeliveryReport {
  /** Messages that the contact has not acknowledged. */
  readonly waiting: number;
  /** What stands in the way on this side. */
  readonly obstacle: 'offline' | 'undecided' | 'not-accepted' | null;
  readonly linked: boolean;
  /** How the link goes; null without one. */
  readonly path: LinkPath | null;
  readonly presence: PresenceState;
  readonly lastSeen: number | null;
  /** Whether an attempt is under way. */
  readonly trying: boolean;
  /** When the next one comes; null while one is under way, or none is wanted. */
  readonly nextAt: number | null;
  /** When the last one that came to nothing began. */
  readonly triedAt: number | null;
  /**
   * The contact's addresses, with what became of each (`passed` and `failed`) only while the server calls the contact
   * online: see Delivery.
   */
  readonly addresses: {
    readonly endpoint: Endpoint;
    readonly passed: Tried['passed'][number][];
    readonly failed: Tried['failed'] | null;
    /** Whom the address is from, where not from the discovery server or the last link. */
    readonly from?: AddressSource;
  }[];
  /** The ways by the server's help that led nowhere, told when what became of addresses is. */
  readonly detours: Detour[];
}

/** What a report needs of the correspondence. */
export interface DeliveryState {
  readonly contact: StoredContact;
  readonly isOnline: boolean;
  readonly isLinked: boolean;
  readonly path: LinkPath | null;
  readonly presence: PresenceState;
  readonly lastSeen: number | null;
  /** Where the contact announces itself in this device's own networks. */
  readonly nearby: readonly Endpoint[];
  readonly waiting: number;
  readonly isTrying: boolean;
  readonly nextAt: number | null;
}

/**
 * Why nothing is delivered to one contact. A contact that turns this device away counts as away, and away is where
 * nothing can tell: what became of the single addresses is told only while the contact seems to be there, which ends
 * with being turned away; and of somebody away no address is shown that was heard of later than they were seen, since
 * nobody who is away has new ones.
 */
export class Delivery {
  readonly rounds: DialRounds;
  #shown: PresenceState = 'unknown';
  /** The addresses of somebody who only seems to be away, as they were when that began. */
  #formerEndpoints: readonly Endpoint[] | null = null;

  constructor(clock: Clock) {
    this.rounds = new DialRounds(clock);
  }

  /** This is what is shown of the contact now. What was found out before it is no explanation of it. */
  seen(presence: PresenceState): void {
    if (presence !== this.#shown) this.rounds.tell(presence === 'online');
    this.#shown = presence;
    if (presence === 'online') this.#formerEndpoints = null;
  }

  /** The contact turned this device away. */
  turnedAway(endpoints: readonly Endpoint[]): void {
    this.rounds.turnedAway();
    this.#formerEndpoints ??= endpoints;
  }

  linked(): void {
    this.rounds.linked();
    this.#formerEndpoints = null;
  }

  report(state: DeliveryState): DeliveryReport {
    const { contact, isOnline, isLinked, path, presence, lastSeen, nearby, waiting, isTrying, nextAt } =
      state;
    const { last } = this.rounds;
    return {
      waiting,
      obstacle: obstacleOf(contact, isOnline),
      linked: isLinked,
      path,
      presence,
      lastSeen,
      trying: isTrying,
      nextAt,
      triedAt: last?.at ?? null,
      addresses:
        presence === 'online'
          ? (last?.tried ?? []).map((tried) => ({
              ...tried,
              passed: [...tried.passed],
              ...sourceOf(tried.endpoint, contact, nearby),
            }))
          : this.#known(contact, nearby).map((endpoint) => ({
              endpoint,
              passed: [],
              failed: null,
              ...sourceOf(endpoint, contact, nearby),
            })),
      detours: presence === 'online' ? [...(last?.detours ?? [])] : [],
    };
  }

  /** The addresses of somebody who is not there, or of whom nobody says whether they are. */
  #known({ typedEndpoint, endpoints }: StoredContact, nearby: readonly Endpoint[]): Endpoint[] {
    const told = this.#formerEndpoints ?? [...nearby, ...endpoints];
    const known = [...(typedEndpoint === null ? [] : [typedEndpoint]), ...told];
    return known.filter((each, index) => known.findIndex((earlier) => isSame(earlier, each)) === index);
  }
}

function obstacleOf({ standing, changedTo }: StoredContact, isOnline: boolean): DeliveryReport['obstacle'] {
  if (standing !== 'accepted') return 'not-accepted';
  if (changedTo !== null) return 'undecided';
  return isOnline ? null : 'offline';
}

function sourceOf(
  endpoint: Endpoint,
  { typedEndpoint }: StoredContact,
  nearby: readonly Endpoint[],
): { from?: AddressSource } {
  if (typedEndpoint !== null && isSame(typedEndpoint, endpoint)) return { from: 'typed' };
  return nearby.some((found) => isSame(found, endpoint)) ? { from: 'nearby' } : {};
}
