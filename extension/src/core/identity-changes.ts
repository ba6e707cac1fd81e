import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodePublicKey, fingerprintOf } from '@p2p-chat/protocol/identity';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { nameKey, unnamed } from '@p2p-chat/protocol/names';
import { type Succession, verifySuccessions } from '@p2p-chat/protocol/succession';
import type { Correspondence } from './correspondence.ts';
import { ContactStateError } from './errors.ts';
import { type Cancel, type Clock, type Found, type Log, StorageError } from './ports.ts';
import type { Roster } from './roster.ts';

/** What is needed to find out about identities. */
export interface IdentityChangeParts {
  readonly identity: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: Roster;
  /** Asks the directory; null when it does not know, or cannot be asked. */
  readonly lookUp: (identity: Fingerprint) => Promise<Found | null>;
  /** Who is shown in the directory may be different now. */
  readonly changed: () => void;
}

/**
 * Watches over the identities of contacts. A contact follows a statement by the pinned identity by itself, wherever
 * it came from. When the server gives a contact's name to another identity without one, the person decides.
 */
export class IdentityChanges {
  readonly #parts: IdentityChangeParts;
  /** Identities that the server calls by a contact's name, while it is asked about the pinned one. */
  readonly #suspects = new Map<Fingerprint, Correspondence>();
  readonly #timeouts = new Set<Cancel>();

  constructor(parts: IdentityChangeParts) {
    this.#parts = parts;
  }

  /**
   * Whether this identity claims a contact's place: nothing is taken from it and it is not shown as anybody else,
   * until the person has accepted it, or pinned it by other means.
   */
  isDisputed(identity: Fingerprint): boolean {
    const known = this.#parts.roster.get(identity);
    if (known?.isKept === true && known.contact.standing === 'accepted') return false;
    return this.claimants.has(identity);
  }

  /** Everybody to whom the server gives, or gave, a contact's name. */
  get claimants(): Set<Fingerprint> {
    const claimants = new Set(this.#suspects.keys());
    for (const { contact } of this.#parts.roster.contacts) {
      if (contact.changedTo !== null) claimants.add(contact.changedTo);
      if (contact.rejected !== null) claimants.add(contact.rejected);
    }
    return claimants;
  }

  /** The names, as nameKey, that nobody but a contact has at the server of this origin. */
  namesAt(server: string): Set<string> {
    const held = this.#parts.roster.contacts.filter((each) => holdsName(each, server));
    return new Set(held.map((each) => each.nameKey));
  }

  /** The server at this origin says who has this name. */
  seen({ identity, name }: Presence, server: string): void {
    if (identity === this.#parts.identity || this.#isNamed(identity)) return;
    const key = nameKey(name);
    for (const correspondence of this.#parts.roster.contacts) {
      const { contact } = correspondence;
      if (correspondence.nameKey !== key || contact.identity === identity) continue;
      if (!holdsName(correspondence, server)) continue;
      if (contact.changedTo === identity || contact.rejected === identity) continue;
      this.#suspect(correspondence, identity);
    }
  }

  /**
   * Identities replaced each other, as somebody says. Contacts follow where every signature holds.
   * @returns whether a contact did
   * @throws {StorageError}
   */
  follow(chain: readonly Succession[]): boolean {
    const { roster, log, identity: self } = this.#parts;
    if (!this.#concernsContact(chain)) return false;
    const identities = verifySuccessions(chain);
    const next = identities.at(-1);
    if (next === undefined || identities.includes(self)) {
      log('warn', 'Somebody stated that an identity was replaced, and the signatures do not bear it out.');
      return false;
    }
    for (const old of identities.slice(0, -1)) {
      const contact = roster.get(old);
      if (contact?.isKept === true) roster.replace(contact, next, 'identity-replaced');
    }
    return true;
  }

  /** The same for what a server says: a disk that does not take it is logged, and it comes again. */
  followQuietly(chain: readonly Succession[]): boolean {
    try {
      return this.follow(chain);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log('error', `A contact's new identity could not be stored: ${error.message}`);
      return false;
    }
  }

  /**
   * The person accepts that a contact is `next` from now on.
   * @throws {ContactStateError | StorageError}
   */
  accept(correspondence: Correspondence, next: Fingerprint): Correspondence {
    mustClaim(correspondence, next);
    return this.#parts.roster.replace(correspondence, next, 'identity-accepted');
  }

  /**
   * The person sticks to the pinned identity.
   * @throws {ContactStateError | StorageError}
   */
  reject(correspondence: Correspondence, next: Fingerprint): void {
    mustClaim(correspondence, next);
    correspondence.change({ changedTo: null, rejected: next });
  }

  stop(): void {
    for (const cancel of this.#timeouts) cancel();
    this.#timeouts.clear();
  }

  /** Whether somebody is a contact in their own right: a name that a server gives them besides is just that. */
  #isNamed(identity: Fingerprint): boolean {
    const known = this.#parts.roster.get(identity);
    if (known?.isKept !== true || known.contact.name === unnamed(identity)) return false;
    return known.contact.standing === 'accepted' || known.contact.standing === 'blocked';
  }

  /**
   * The server may be about to say that the pinned identity was replaced by a statement: it is asked. Until it has
   * answered, or for as long as a handshake may take, the other one is nobody.
   */
  #suspect(correspondence: Correspondence, rival: Fingerprint): void {
    if (this.#suspects.has(rival)) return;
    if ([...this.#suspects.values()].includes(correspondence)) return this.#flag(correspondence, rival);
    const { clock, roster, lookUp, changed } = this.#parts;
    this.#suspects.set(rival, correspondence);
    roster.get(rival)?.close(LinkClose.unavailable, 'unavailable');
    let isSettled = false;
    const settle = (found: Found | null): void => {
      if (isSettled) return;
      isSettled = true;
      cancel();
      this.#timeouts.delete(cancel);
      this.#suspects.delete(rival);
      if (found !== null) this.followQuietly(found.successions);
      this.#flag(correspondence, rival);
      changed();
    };
    const cancel = clock.after(HANDSHAKE_TIMEOUT_MS, () => settle(null));
    this.#timeouts.add(cancel);
    void lookUp(correspondence.identity).then(settle);
    changed();
  }

  #flag(correspondence: Correspondence, rival: Fingerprint): void {
    const { roster, log } = this.#parts;
    // Who followed a statement meanwhile is somebody else.
    if (roster.get(correspondence.identity) !== correspondence) return;
    const isFirst = correspondence.contact.changedTo === null;
    try {
      correspondence.change({ changedTo: rival });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log('error', `A contact's change of identity could not be stored: ${error.message}`);
      return;
    }
    if (isFirst) correspondence.note('identity-changed');
  }

  /** Whether the chain leads away from a contact's identity: only then is it worth verifying. */
  #concernsContact(chain: readonly Succession[]): boolean {
    return chain.some(({ from }) => {
      try {
        return this.#parts.roster.get(fingerprintOf(decodePublicKey(from)))?.isKept === true;
      } catch {
        return false;
      }
    });
  }
}

/** Whether nobody else may have this contact's name there. Of those ignored or blocked nobody keeps track. */
function holdsName({ contact }: Correspondence, server: string): boolean {
  return contact.server === server && (contact.standing === 'accepted' || contact.standing === 'request');
}

function mustClaim(correspondence: Correspondence, next: Fingerprint): void {
  if (correspondence.contact.changedTo !== next) {
    throw new ContactStateError(
      'This identity is not the one that was shown: look at the conversation again.',
    );
  }
}
