import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_REQUESTS } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { unnamed } from '@p2p-chat/protocol/names';
import type { Correspondence } from './correspondence.ts';
import type { IdentityChanges } from './identity-changes.ts';
import type { Channel } from './net-ports.ts';
import type { Clock, Log } from './ports.ts';
import type { Roster } from './roster.ts';
import { seldom } from './seldom.ts';
import type { StrangerLookUps } from './stranger-lookups.ts';

/**
 * Strangers, of the MAX_REQUESTS there may be, who were let in while no server could name them: anybody can make up
 * identities, so those whom a server names always find room.
 */
export const MAX_UNNAMED_STRANGERS = 10;

/** What is needed to let somebody in. */
export interface NewcomerParts {
  readonly identity: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: Roster;
  readonly changes: IdentityChanges;
  /** Where this device is online now; null when it is not. */
  readonly directory: () => { readonly server: string; readonly strangers: StrangerLookUps } | null;
  /** Whether strangers may write. */
  readonly takesStrangers: () => boolean;
}

/**
 * Decides about whoever dialled this device. Who it is follows from the certificates alone: a contact by its pin,
 * anybody else by the directory. Whoever is not wanted is told the same, whatever the reason.
 */
export class Newcomers {
  readonly #parts: NewcomerParts;
  readonly #log: Log;

  constructor(parts: NewcomerParts) {
    this.#parts = parts;
    this.#log = seldom(parts.log, parts.clock);
  }

  /** @throws {StorageError} */
  async accept(channel: Channel): Promise<void> {
    if (this.#admitKnown(channel, !this.#parts.changes.wasRejected(channel.identity))) return;
    const directory = this.#parts.directory();
    if (directory === null || channel.identity === this.#parts.identity) {
      this.#turnAway(channel);
      return;
    }
    const found = await directory.strangers.ask(channel.identity);
    if (found === 'nobody' || found === 'busy' || this.#parts.directory() !== directory) {
      this.#turnAway(channel);
      return;
    }
    const { changes } = this.#parts;
    if (found !== 'unreachable') {
      changes.follow(found.successions);
      changes.seen(found.presence, directory.server);
    }
    // The answer may have made them a contact, or somebody who claims to be one.
    const called = found === 'unreachable' ? null : { name: found.presence.name, server: directory.server };
    if (changes.isDisputed(channel.identity, called)) {
      this.#turnAway(channel);
      return;
    }
    if (this.#admitKnown(channel, true)) return;
    this.#admitStranger(channel, found === 'unreachable' ? null : found.presence, directory.server);
  }

  /**
   * Decides without asking anybody, when it can.
   * @param isKnownEnough whether the name that the directory gives them now does not matter
   */
  #admitKnown(channel: Channel, isKnownEnough: boolean): boolean {
    const { roster, changes, takesStrangers } = this.#parts;
    const known = roster.get(channel.identity);
    // Whoever claims a contact's place may have a statement that gives it to them.
    if (known === undefined || changes.isDisputed(channel.identity)) return false;
    const { standing } = known.contact;
    if (standing !== 'accepted' && !isKnownEnough) return false;
    if (standing === 'accepted' || (standing !== 'blocked' && takesStrangers()))
      known.connection.accept(channel);
    else this.#turnAway(channel);
    return true;
  }

  #admitStranger(channel: Channel, presence: Presence | null, server: string): void {
    const { roster, takesStrangers } = this.#parts;
    const { identity } = channel;
    const isOwed = roster.owes(identity);
    if (!isOwed && !(takesStrangers() && this.#makesRoom(presence !== null))) {
      this.#turnAway(channel);
      return;
    }
    const stranger = {
      identity,
      server,
      name: presence?.name ?? unnamed(identity),
      trust: 'unverified',
      standing: isOwed ? 'accepted' : 'request',
    } as const;
    roster.meet(stranger, presence).connection.accept(channel);
  }

  /**
   * Whether one more stranger may wait, who has a name or has none. Requests keep their places. Whoever only connected
   * has one until others come who may have something to say: an honest first message is stored within a second.
   */
  #makesRoom(isNamed: boolean): boolean {
    const { roster } = this.#parts;
    if (!roster.hasRoomForRequest()) return false;
    if (!isNamed) {
      const requests = roster.contacts.filter(({ contact }) => contact.standing === 'request');
      const left = MAX_UNNAMED_STRANGERS - requests.filter(isNameless).length;
      if (left <= 0) return false;
      this.#leaveOneOf(left, roster.strangers.filter(isNameless));
    }
    this.#leaveOneOf(MAX_REQUESTS, roster.strangers);
    return true;
  }

  /** Of so many places one is free afterwards: whoever has one for longest goes. */
  #leaveOneOf(places: number, strangers: readonly Correspondence[]): void {
    for (const longest of strangers.slice(0, Math.max(0, strangers.length - places + 1))) {
      this.#parts.roster.drop(longest);
    }
  }

  #turnAway(channel: Channel): void {
    this.#log('info', `A device of the identity ${channel.identity} was turned away.`);
    channel.close(LinkClose.unavailable, 'unavailable');
  }
}

function isNameless({ contact }: Correspondence): boolean {
  return contact.name === unnamed(contact.identity);
}
