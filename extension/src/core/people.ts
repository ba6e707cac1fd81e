import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Correspondence } from './correspondence.ts';
import { UnknownContactError } from './errors.ts';
import type { IdentityChanges } from './identity-changes.ts';
import type { Roster } from './roster.ts';
import type { ServerWatch } from './server-watch.ts';
import { t } from './words.ts';

export function noContact(): UnknownContactError {
  return new UnknownContactError(t('This person is not in your contacts.'));
}

export interface PeopleParts {
  readonly roster: Roster;
  readonly server: ServerWatch;
  readonly changes: IdentityChanges;
}

/** Finds whom a window means by an identity, which may have been replaced since the window heard of it. */
export class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Somebody who is a contact, of whatever standing. @throws {UnknownContactError} */
  contact(identity: Fingerprint): Correspondence {
    const { roster } = this.#parts;
    const known = roster.get(roster.today(identity));
    if (known?.isKept === true) return known;
    throw noContact();
  }

  /** The same, or somebody whom the directory shows: they are met by it. @throws {UnknownContactError | StorageError} */
  find(identity: Fingerprint): Correspondence {
    const { roster, server, changes } = this.#parts;
    const known = roster.get(roster.today(identity));
    if (known !== undefined && (known.isKept || !changes.isDisputed(known.identity))) return known;
    const listed = server.find(identity);
    if (listed === null) {
      throw new UnknownContactError(t('This person is not in your contacts or on your discovery server.'));
    }
    const { name } = listed.presence;
    const who = { identity, name, server: listed.server, trust: 'unverified', standing: 'accepted' } as const;
    return roster.meet(who, listed.presence);
  }
}
