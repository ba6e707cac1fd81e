import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { safetyNumber } from '@p2p-chat/protocol/safety-number';
import { standingUnblocked } from './contact-record.ts';
import { ContactStateError, UnknownContactError } from './errors.ts';
import type { IdentityChanges } from './identity-changes.ts';
import type { People } from './people.ts';
import type { StoredContact } from './storage-ports.ts';
import type { Roster } from './roster.ts';
import type { Surroundings } from './surroundings.ts';
import type { ContactView, SafetyNumbers } from './views.ts';
import { t } from './words.ts';

export interface ContactDecisionsParts {
  readonly around: Surroundings;
  readonly roster: Roster;
  readonly changes: IdentityChanges;
  readonly people: People;
}

/** What a person decides about others: who is a contact, who may write and notify, and whether they are whom they say. */
export class ContactDecisions {
  readonly #parts: ContactDecisionsParts;

  constructor(parts: ContactDecisionsParts) {
    this.#parts = parts;
  }

  /**
   * Pins an identity that an invite brought, before any server is asked. Whoever is a contact already stays what they
   * are, but for being vouched for now; an invite does not lift a block. A contact who has that name at that server
   * may be the same person from before: the person decides, and until then the invited identity is nobody of its own.
   * @returns the contact, or the one of that name who is to be decided about
   * @throws {UnknownContactError} for this person's own
   * @throws {StorageError}
   */
  addContact({ identity, name, server }: Pick<StoredContact, 'identity' | 'name' | 'server'>): ContactView {
    if (identity === this.#parts.around.identity)
      throw new UnknownContactError(t('This invite is your own.'));
    const { roster, changes } = this.#parts;
    const known = roster.get(identity);
    const holder = changes.invited(identity, name, server);
    if (holder !== null && known?.contact.standing !== 'accepted') return holder.shown.view;
    const invited = { identity, name, server, trust: 'invited', standing: 'accepted' } as const;
    const added = known ?? roster.meet(invited, null);
    const { trust, standing } = added.contact;
    added.change({
      trust: trust === 'unverified' ? 'invited' : trust,
      standing: standing === 'blocked' ? standing : 'accepted',
    });
    added.keep();
    return added.shown.view;
  }

  /**
   * Answers a request, blocks or unblocks. Blocking closes the links; ignoring forgets what a request brought. Whoever is
   * unblocked stands as before the block; whoever was nobody then is a request.
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} to ignore somebody who is no request, or to accept somebody who is blocked
   */
  setStanding(
    identity: Fingerprint,
    standing: 'accepted' | 'ignored' | 'blocked' | 'unblocked',
  ): ContactView {
    const correspondence = this.#parts.people.find(identity);
    const { contact, isKept } = correspondence;
    const { standing: before, name } = contact;
    const unblocked = isKept ? standingUnblocked(contact) : 'request';
    if (standing === 'unblocked') {
      if (before === 'blocked') correspondence.change({ standing: unblocked, beforeBlock: null });
    } else if (standing === 'accepted' && before === 'blocked') {
      throw new ContactStateError(t('You blocked {0}. Unblock them first.', name));
    } else if (standing === 'ignored' && before !== 'ignored') {
      if (!isKept || before !== 'request') {
        throw new ContactStateError(t('Only a request can be ignored. You can block this contact.'));
      }
      this.#parts.roster.ignore(correspondence);
    } else {
      correspondence.change({ standing, beforeBlock: standing === 'blocked' ? unblocked : null });
      correspondence.keep();
    }
    return correspondence.shown.view;
  }

  /** Whether what a contact writes notifies this person. @throws {UnknownContactError | StorageError} */
  setMuted(identity: Fingerprint, muted: boolean): ContactView {
    const correspondence = this.#parts.people.contact(identity);
    correspondence.change({ muted });
    return correspondence.shown.view;
  }

  /** Whether a contact stands before the others. @throws {UnknownContactError | StorageError} */
  setPinned(identity: Fingerprint, pinned: boolean): ContactView {
    const correspondence = this.#parts.people.contact(identity);
    correspondence.change({ pinned });
    return correspondence.shown.view;
  }

  /** Where a contact can be reached, as this person typed it, if they did. @throws {UnknownContactError} */
  address(identity: Fingerprint): Endpoint | null {
    return this.#parts.people.contact(identity).contact.typedEndpoint;
  }

  /** Null takes it back. @throws {UnknownContactError | StorageError} */
  setAddress(identity: Fingerprint, endpoint: Endpoint | null): void {
    this.#parts.people.contact(identity).setAddress(endpoint);
  }

  /**
   * Deletes what was said with a contact, or (null) with everybody who is one; what waits to be delivered stays.
   * @throws {UnknownContactError | StorageError}
   */
  clearHistory(identity: Fingerprint | null): void {
    const { history, outboxes, events } = this.#parts.around;
    outboxes.letGo();
    for (const contact of identity === null
      ? this.#parts.roster.contacts
      : [this.#parts.people.contact(identity)]) {
      history.clear(contact.identity);
      contact.cleared();
      events.forgotten(Number.MAX_SAFE_INTEGER, contact.identity);
    }
  }

  /**
   * Forgets a contact with everything that was said; what waits for them is never sent. Whoever writes again after it is
   * a request. Repeated it changes nothing.
   * @throws {StorageError} and then they are a contact still
   */
  removeContact(identity: Fingerprint): void {
    const known = this.#parts.roster.get(this.#parts.roster.today(identity));
    if (known?.isKept === true) this.#parts.roster.remove(known);
  }

  /**
   * 60 digits, the same on both sides; besides, those shared with the identity that the contact changed to, if any.
   * @throws {UnknownContactError}
   */
  safetyNumber(identity: Fingerprint): SafetyNumbers {
    const { identity: pinned, changedTo } = this.#parts.people.contact(identity).contact;
    const shared = (other: Fingerprint): string => safetyNumber(this.#parts.around.identity, other);
    const changed = changedTo === null ? null : { identity: changedTo, digits: shared(changedTo) };
    return { digits: shared(pinned), changed };
  }

  /**
   * The two people compared these digits, or (null) want to anew. They count for exactly this identity.
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} when the contact has another identity now, or the digits are not shared with it
   */
  setVerified(identity: Fingerprint, digits: string | null): ContactView {
    const correspondence = this.#parts.people.contact(identity);
    const isPresent = correspondence.identity === identity;
    if (!isPresent || (digits !== null && digits !== safetyNumber(this.#parts.around.identity, identity))) {
      throw new ContactStateError(
        t('{0} has another identity now: compare again.', correspondence.contact.name),
      );
    }
    correspondence.change({ trust: digits === null ? 'unverified' : 'verified' });
    return correspondence.shown.view;
  }

  /**
   * The contact is `next` from now on; what was held goes to it. Repeated it changes nothing.
   * @returns who it is now
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} when `next` is not what the contact changed to
   */
  acceptIdentity(identity: Fingerprint, next: Fingerprint): ContactView {
    const correspondence = this.#parts.people.contact(identity);
    if (correspondence.identity === next) return correspondence.shown.view;
    return this.#parts.changes.accept(correspondence, next).shown.view;
  }

  /**
   * The pinned identity goes on counting, and what was held goes to it.
   * @throws {UnknownContactError | StorageError}
   * @throws {ContactStateError} when `next` is not what the contact changed to
   */
  rejectIdentity(identity: Fingerprint, next: Fingerprint): ContactView {
    const correspondence = this.#parts.people.contact(identity);
    this.#parts.changes.reject(correspondence, next);
    return correspondence.shown.view;
  }
}
