import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Clock } from './ports.ts';
import type { PresenceState } from './views.ts';

/**
 * Somebody whom the server calls online is not called away before this long without a link: their editor may just
 * be reloading a window. Milliseconds.
 */
const RELOAD_GRACE_MS = 10_000;

/** Whether a contact is there, as far as the server and the links tell. */
export class Whereabouts {
  readonly #clock: Clock;
  #online = false;
  #presence: Presence | null = null;
  /** When there was last reason to think that the contact can be reached. */
  #hopeSince = 0;
  /** The device of the contact that said it is unavailable. Until another comes, or this one anew, it counts as away. */
  #turnedAwayBy: Fingerprint | null = null;
  /** When that began. Until the contact is seen again they count as gone since then, whatever the server says. */
  #goneSince: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get presence(): Presence | null {
    return this.#presence;
  }

  /** When the contact was last there, as far as it may be shown; null when nobody here was told. */
  get lastSeen(): number | null {
    return this.#presence === null ? null : (this.#goneSince ?? this.#presence.lastSeen);
  }

  /** Whether this device is online itself. */
  get isOnline(): boolean {
    return this.#online;
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) this.#presence = null;
  }

  /**
   * News of the discovery server; null when it cannot be asked any longer.
   * @returns whether the contact came back
   */
  take(presence: Presence | null): boolean {
    const before = this.#presence;
    this.#presence = presence;
    if (presence === null) return false;
    if (!presence.online) {
      this.#turnedAwayBy = null;
      return false;
    }
    if (this.#turnedAwayBy !== null) {
      if (presence.device === this.#turnedAwayBy) return false;
      this.#turnedAwayBy = null;
      this.#goneSince = null;
      return true;
    }
    this.#goneSince = null;
    return before?.online !== true || before.device !== presence.device;
  }

  /** There is reason to think that the contact can be reached. */
  hope(): void {
    this.#hopeSince = this.#clock.now();
  }

  /** Whether the contact is there but wants nothing of this device, which is to look like being away. */
  get isTurnedAway(): boolean {
    return this.#turnedAwayBy !== null;
  }

  /** @returns whether the contact seemed to be there until now */
  turnedAway(device: Fingerprint): boolean {
    const seemedThere = this.state === 'online';
    this.#turnedAwayBy = device;
    this.#goneSince ??= this.#clock.now();
    return seemedThere;
  }

  linked(): void {
    this.#turnedAwayBy = null;
    this.#goneSince = null;
  }

  /** What is shown of a contact without a link. While the server cannot be asked that is the same for everybody. */
  get state(): PresenceState {
    if (this.#presence === null) return 'unknown';
    if (this.#turnedAwayBy !== null) return 'offline';
    return this.#presence.online ? 'online' : 'offline';
  }

  /**
   * Whether what is written to a contact without a link has to wait for them to come back.
   * @param isHopeful whether no attempt to reach them failed since there was last reason for hope
   */
  isAway(isHopeful: boolean): boolean {
    if (!this.#online || this.state === 'offline') return true;
    if (isHopeful) return false;
    return this.#presence === null || this.#clock.now() - this.#hopeSince > RELOAD_GRACE_MS;
  }
}
