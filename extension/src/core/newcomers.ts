import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS, MAX_REQUESTS } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { unnamed } from '@p2p-chat/protocol/names';
import type { IdentityChanges } from './identity-changes.ts';
import {
  type Channel,
  type Clock,
  type Directory,
  DirectoryUnavailable,
  type Found,
  type Log,
} from './ports.ts';
import type { Roster } from './roster.ts';

/** Look-ups for strangers under way at once: more than a team's mornings, few enough for any server. */
const MAX_LOOKUPS = 32;

/** What is needed to let somebody in. */
export interface NewcomerParts {
  readonly identity: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: Roster;
  readonly changes: IdentityChanges;
  /** Where this device is online now; null when it is not. */
  readonly directory: () => { session: Directory; server: string } | null;
  /** Whether strangers may write. */
  readonly takesStrangers: () => boolean;
}

/**
 * Decides about whoever dialled this device. Who it is follows from the certificates alone: a contact by its pin,
 * anybody else by the directory. Whoever is not wanted is told the same, whatever the reason.
 */
export class Newcomers {
  readonly #parts: NewcomerParts;
  #lookups = 0;

  constructor(parts: NewcomerParts) {
    this.#parts = parts;
  }

  /** @throws {StorageError} */
  async accept(channel: Channel): Promise<void> {
    if (this.#admitKnown(channel)) return;
    const directory = this.#parts.directory();
    if (directory === null || this.#lookups >= MAX_LOOKUPS || channel.identity === this.#parts.identity) {
      this.#turnAway(channel);
      return;
    }
    const found = await this.#lookUp(directory.session, channel.identity);
    if (this.#parts.directory() !== directory) {
      this.#turnAway(channel);
      return;
    }
    const { changes } = this.#parts;
    if (found !== 'unreachable') {
      if (found?.presence.identity !== channel.identity) {
        this.#turnAway(channel);
        return;
      }
      changes.follow(found.successions);
      changes.seen(found.presence, directory.server);
    }
    // The answer may have made them a contact, or somebody who claims to be one.
    if (changes.isDisputed(channel.identity)) {
      this.#turnAway(channel);
      return;
    }
    if (this.#admitKnown(channel)) return;
    this.#admitStranger(channel, found === 'unreachable' ? null : found.presence, directory.server);
  }

  /** Decides without asking anybody, when it can. */
  #admitKnown(channel: Channel): boolean {
    const { roster, changes, takesStrangers } = this.#parts;
    const known = roster.get(channel.identity);
    // Whoever claims a contact's place may have a statement that gives it to them.
    if (known === undefined || changes.isDisputed(channel.identity)) return false;
    const { standing } = known.contact;
    if (standing === 'accepted' || (standing !== 'blocked' && takesStrangers())) known.accept(channel);
    else this.#turnAway(channel);
    return true;
  }

  #admitStranger(channel: Channel, presence: Presence | null, server: string): void {
    const { roster, takesStrangers } = this.#parts;
    const { identity } = channel;
    const isOwed = roster.owes(identity);
    const hasRoom = roster.hasRoomForRequest() && roster.strangers < MAX_REQUESTS;
    if (!isOwed && !(takesStrangers() && hasRoom)) {
      this.#turnAway(channel);
      return;
    }
    const stranger = {
      identity,
      server,
      name: presence?.name ?? unnamed(identity),
      trust: 'unverified',
      standing: isOwed ? 'accepted' : 'request',
      changedTo: null,
      rejected: null,
      endpoints: presence?.endpoints ?? [],
      lastSeen: presence?.lastSeen ?? null,
      readUpTo: 0,
    } as const;
    roster.meet(stranger, presence).accept(channel);
  }

  /** For as long as a handshake may take: whoever hangs takes nobody else's place. */
  async #lookUp(session: Directory, identity: Fingerprint): Promise<Found | 'unreachable' | null> {
    this.#lookups += 1;
    let cancel = (): void => undefined;
    const tooLate = new Promise<'unreachable'>((resolve) => {
      cancel = this.#parts.clock.after(HANDSHAKE_TIMEOUT_MS, () => resolve('unreachable'));
    });
    try {
      return await Promise.race([session.lookUp(identity), tooLate]);
    } catch (error) {
      if (error instanceof DirectoryUnavailable) return 'unreachable';
      throw error;
    } finally {
      cancel();
      this.#lookups -= 1;
    }
  }

  #turnAway(channel: Channel): void {
    this.#parts.log('info', `A device of the identity ${channel.identity} was turned away.`);
    channel.close(LinkClose.unavailable, 'unavailable');
  }
}
