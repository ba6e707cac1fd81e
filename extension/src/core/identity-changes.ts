import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodePublicKey, fingerprintOf } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { nameKey, unnamed } from '@p2p-chat/protocol/names';
import { type Succession, verifySuccessions } from '@p2p-chat/protocol/succession';
import type { Correspondence } from './correspondence.ts';
import { ContactStateError } from './errors.ts';
import type { Found } from './net-ports.ts';
import type { Clock, Log } from './ports.ts';
import { MAX_REJECTED, StorageError } from './storage-ports.ts';
import type { Roster } from './roster.ts';
import { seldom } from './seldom.ts';
import { Suspicions } from './suspicions.ts';
import { t } from './words.ts';

/** What is needed to find out about identities. */
export interface IdentityChangeParts {
  readonly identity: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: Roster;
  /** Asks the directory; null when it does not know. */
  readonly lookUp: (identity: Fingerprint) => Promise<Found | 'unreachable' | null>;
  /** Who is shown in the directory may be different now. */
  readonly changed: () => void;
}

/**
 * Watches over the identities of contacts. A contact follows a statement by the pinned identity by itself, wherever
 * it came from. When the server gives a contact's name to another identity without one, the person decides.
 */
export class IdentityChanges {
  readonly #parts: IdentityChangeParts;
  readonly #suspicions: Suspicions;
  /** About what anybody may state. */
  readonly #statementLog: Log;

  constructor(parts: IdentityChangeParts) {
    this.#parts = parts;
    const { clock, roster, lookUp, changed } = parts;
    this.#statementLog = seldom(parts.log, clock);
    this.#suspicions = new Suspicions({
      clock,
      roster,
      lookUp,
      changed,
      follow: (chain) => this.followQuietly(chain) !== 'failed',
      isRival: (of, rival, server) =>
        holdsName(of, server) && !of.contact.rejected.includes(rival) && !this.#isNamed(rival),
      flag: (of, rival) => this.#flag(of, rival),
    });
  }

  /**
   * Whether this identity claims a contact's place: nothing is taken from it and it is not shown as anybody else,
   * until the person has accepted it, or pinned it by other means.
   * @param called what a server calls it now, if that is known
   */
  isDisputed(identity: Fingerprint, called: { name: string; server: string } | null = null): boolean {
    const known = this.#parts.roster.get(identity);
    if (known?.isKept === true && known.contact.standing === 'accepted') return false;
    if (this.claimants.has(identity)) return true;
    return called !== null && this.#holders(called.name, called.server, identity).length > 0;
  }

  /** Whether the person once said that this identity is not a contact: what it is called now has to be asked. */
  wasRejected(identity: Fingerprint): boolean {
    return this.#parts.roster.contacts.some(({ contact }) => contact.rejected.includes(identity));
  }

  /** Everybody whom the server gave a contact's name to, while it is open what that means. */
  get claimants(): Set<Fingerprint> {
    const claimants = new Set(this.#suspicions.rivals);
    for (const { contact } of this.#parts.roster.contacts) {
      if (contact.changedTo !== null) claimants.add(contact.changedTo);
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
    this.#suspicions.named(identity, nameKey(name));
    if (identity === this.#parts.identity || this.#isNamed(identity)) return;
    for (const holder of this.#holders(name, server, identity)) {
      const { changedTo, rejected } = holder.contact;
      if (changedTo === identity || rejected.includes(identity)) continue;
      this.#suspicions.raise(holder, identity, server);
    }
  }

  /** A contact said what it is called, or took another name. */
  heard(of: Correspondence): void {
    this.#suspicions.heard(of);
  }

  /** There is a new session with the server at this origin. */
  connected(server: string): void {
    this.#suspicions.connected(server);
  }

  /**
   * An invite says that this identity is who has the name at the server of this origin. When a contact has it, the
   * person decides whether that is the same person with a new key.
   * @returns that contact
   * @throws {StorageError}
   */
  invited(identity: Fingerprint, name: string, server: string): Correspondence | null {
    const known = this.#parts.roster.get(identity);
    if (this.#isNamed(identity) && known?.nameKey !== nameKey(name)) return null;
    const holders = this.#holders(name, server, identity);
    for (const holder of holders) {
      const { changedTo, rejected } = holder.contact;
      holder.change({ changedTo: identity, rejected: rejected.filter((each) => each !== identity) });
      if (changedTo === null) holder.notices.record('identity-changed');
    }
    return holders[0] ?? null;
  }

  /**
   * Identities replaced each other, as somebody says. Contacts follow where every signature holds. An identity that
   * signed two others over is in two hands: whom the contact followed to first stays, and the person decides.
   * @returns whether a contact did
   * @throws {StorageError}
   */
  follow(chain: readonly Succession[]): boolean {
    const { roster, identity: self } = this.#parts;
    if (!this.#concernsContact(chain)) return false;
    const identities = verifySuccessions(chain);
    const next = identities.at(-1);
    if (next === undefined || identities.includes(self)) {
      const text = 'Somebody stated that an identity was replaced, and the signatures do not bear it out.';
      this.#statementLog('warn', text);
      return false;
    }
    let hasFollowed = false;
    for (const [index, old] of identities.slice(0, -1).entries()) {
      const contact = roster.get(roster.today(old));
      if (contact?.isKept !== true) continue;
      if (contact.identity === old) {
        roster.replace(contact, next, 'identity-replaced', identities.slice(index + 1, -1));
        hasFollowed = true;
      } else if (roster.today(next) !== contact.identity && !contact.contact.rejected.includes(next)) {
        this.#flag(contact, next);
      }
    }
    return hasFollowed;
  }

  /** The same for what a server says: a disk that does not take it is logged, and it comes again. */
  followQuietly(chain: readonly Succession[]): boolean | 'failed' {
    try {
      return this.follow(chain);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#parts.log('error', `A contact's new identity could not be stored: ${error.message}`);
      return 'failed';
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
    const { changedTo, rejected } = correspondence.contact;
    if (changedTo === null && rejected.includes(next)) return;
    mustClaim(correspondence, next);
    const others = rejected.filter((each) => each !== next);
    correspondence.change({ changedTo: null, rejected: [...others, next].slice(-MAX_REJECTED) });
    correspondence.notices.record('identity-kept');
  }

  stop(): void {
    this.#suspicions.stop();
  }

  /** Contacts who have this name at the server of this origin, but for `identity` itself. */
  #holders(name: string, server: string, identity: Fingerprint): Correspondence[] {
    const key = nameKey(name);
    return this.#parts.roster.contacts.filter(
      (each) => each.nameKey === key && each.identity !== identity && holdsName(each, server),
    );
  }

  /** Whether somebody is a contact in their own right: a name that a server gives them besides is just that. */
  #isNamed(identity: Fingerprint): boolean {
    const known = this.#parts.roster.get(identity);
    if (known?.isKept !== true || known.contact.name === unnamed(identity)) return false;
    return known.contact.standing === 'accepted' || known.contact.standing === 'blocked';
  }

  #flag(correspondence: Correspondence, rival: Fingerprint): void {
    const { roster, log } = this.#parts;
    roster.get(rival)?.connection.close(LinkClose.unavailable, 'unavailable');
    const isFirst = correspondence.contact.changedTo === null;
    try {
      correspondence.change({ changedTo: rival });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log('error', `A contact's change of identity could not be stored: ${error.message}`);
      return;
    }
    if (isFirst) correspondence.notices.record('identity-changed');
  }

  /** Whether the chain leads away from what is or was a contact's identity: only then is it worth verifying. */
  #concernsContact(chain: readonly Succession[]): boolean {
    return chain.some(({ from }) => {
      try {
        const { roster } = this.#parts;
        return roster.get(roster.today(fingerprintOf(decodePublicKey(from))))?.isKept === true;
      } catch {
        return false;
      }
    });
  }
}

/** Whether nobody else may have this contact's name there. Of those ignored or blocked nobody keeps track. */
function holdsName({ contact }: Correspondence, server: string): boolean {
  const isThere = contact.server === server || contact.formerServers.includes(server);
  return isThere && (contact.standing === 'accepted' || contact.standing === 'request');
}

function mustClaim(correspondence: Correspondence, next: Fingerprint): void {
  if (correspondence.contact.changedTo !== next) {
    throw new ContactStateError(
      t('This identity is not the one that was shown: look at the conversation again.'),
    );
  }
}
