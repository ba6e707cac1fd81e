import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodePublicKey, fingerprintOf } from '@p2p-chat/protocol/identity';
import { MAX_DIRECTORY_PAGE } from '@p2p-chat/protocol/limits';
import { userName } from '@p2p-chat/protocol/names';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Correspondence } from './correspondence.ts';
import { DirectoryModel } from './directory-model.ts';
import type { IdentityChanges } from './identity-changes.ts';
import { type Directory, DirectoryUnavailable, type Found } from './net-ports.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import type { Roster } from './roster.ts';
import { StrangerLookUps } from './stranger-lookups.ts';
import type { DirectoryView } from './views.ts';
import { WatchList } from './watch-list.ts';

/** Contacts without an account that are looked for at each connection: of more, most have just left the server. */
const MAX_LOST = 20;

/** What watching a discovery server takes. */
export interface ServerWatchParts {
  readonly identity: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: () => Roster;
  readonly changes: () => IdentityChanges;
  readonly shown: (directory: DirectoryView) => void;
}

/** One time of being online at a server. */
interface Presently {
  readonly session: Directory;
  readonly server: string;
  readonly strangers: StrangerLookUps;
  readonly watched: WatchList;
}

/** The discovery server where this person is online: whom it lists, and what it tells of contacts. */
export class ServerWatch {
  readonly #parts: ServerWatchParts;
  readonly #people: DirectoryModel;
  #current: Presently | null = null;
  #announcement: Cancel | null = null;

  constructor(parts: ServerWatchParts) {
    this.#parts = parts;
    this.#people = new DirectoryModel(() => this.#listing());
  }

  /** Where this device is online now; null when it is not. */
  get current(): Presently | null {
    return this.#current;
  }

  get view(): DirectoryView {
    return this.#people.view;
  }

  begin(session: Directory, server: string): void {
    const strangers = new StrangerLookUps(session, this.#parts.clock);
    this.#current = { session, server, strangers, watched: new WatchList(session) };
  }

  end(): void {
    this.#current = null;
    this.#people.clear();
    this.announce();
  }

  stop(): void {
    this.#announcement?.();
    this.#announcement = () => undefined;
  }

  /** The session is open: everything known of the server is read anew. */
  async connected(): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    current.watched.renew();
    this.#watchContacts();
    this.#parts.changes().connected(current.server);
    try {
      const page = await this.#people.reload(current.session);
      if (this.#current !== current) return;
      this.#listed(page);
      await this.#lookForLost(current);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error;
    }
  }

  /**
   * Contacts whom the server no longer knows: somebody else may have their names by now, on a page that nobody has read.
   * @throws {DirectoryUnavailable}
   */
  async #lookForLost(current: Presently): Promise<void> {
    const lost = this.#parts
      .roster()
      .contacts.filter(
        ({ contact, connection }) => contact.standing === 'accepted' && connection.listed === null,
      );
    for (const { contact } of lost.slice(0, MAX_LOST)) {
      // The page that begins before the name: users are sorted by it.
      const before = contact.name.slice(0, -1);
      const isName = userName.safeParse(before).success;
      const { users } = await current.session.page(isName ? before : null, MAX_DIRECTORY_PAGE);
      if (this.#current !== current) return;
      for (const presence of users) this.#parts.changes().seen(presence, current.server);
    }
  }

  /** @throws {DirectoryUnavailable} */
  async more(): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    const page = await this.#people.more(current.session);
    if (this.#current === current) this.#listed(page);
  }

  presence(presence: Presence): void {
    if (this.#current === null) return;
    const { server } = this.#current;
    this.#parts.roster().get(presence.identity)?.setPresence(presence, server);
    this.#parts.changes().seen(presence, server);
    if (this.#people.update(presence)) this.announce();
  }

  account(presence: Presence): void {
    this.#current?.strangers.named(presence.identity);
    this.#people.add(presence);
    this.#listed([presence]);
  }

  succession(chain: readonly Succession[]): void {
    const identities = identitiesOf(chain);
    const next = identities.pop();
    const hasFollowed = this.#parts.changes().followQuietly(chain) === true;
    for (const old of identities)
      if (this.#parts.roster().get(old) === undefined) this.#current?.watched.drop(old);
    const wasListed = identities.filter((old) => this.#people.remove(old)).length > 0;
    if (next === undefined || !(hasFollowed || wasListed)) return;
    this.announce();
    void this.lookUp(next).then((found) => {
      if (found !== 'unreachable' && found?.presence.identity === next) this.account(found.presence);
    });
  }

  removed(identity: Fingerprint): void {
    const contact = this.#parts.roster().get(identity);
    if (contact !== undefined && this.#current !== null) {
      const { name, lastSeen, server } = contact.contact;
      contact.setPresence({ name, identity, online: false, lastSeen, device: null, endpoints: [] }, server);
    } else {
      this.#current?.watched.drop(identity);
    }
    if (this.#people.remove(identity)) this.announce();
  }

  /** Somebody is a contact from now on. */
  kept(of: Correspondence): void {
    if (this.#current !== null) {
      const listed = this.#people.find(of.identity);
      if (listed !== undefined) of.setPresence(listed, this.#current.server);
      this.#watchContacts();
    }
    this.announce();
  }

  /** Somebody is no contact any longer. */
  left(identity: Fingerprint): void {
    this.#current?.watched.drop(identity);
  }

  /** Somebody whom the list shows. */
  find(identity: Fingerprint): { presence: Presence; server: string } | null {
    const presence = this.#people.find(identity);
    if (presence === undefined || this.#current === null || !this.#people.shows(identity)) return null;
    return { presence, server: this.#current.server };
  }

  /** Null when the server does not know the identity. */
  async lookUp(identity: Fingerprint): Promise<Found | 'unreachable' | null> {
    if (this.#current === null) return 'unreachable';
    try {
      return await this.#current.session.lookUp(identity);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) {
        this.#parts.log('warn', `The directory could not be asked: ${String(error)}`);
      }
      return 'unreachable';
    }
  }

  /** Shows the list anew, once a tick: a page of presences is one picture. */
  announce(): void {
    this.#announcement ??= this.#parts.clock.soon(() => {
      this.#announcement = null;
      // Somebody may be accepted or ignored now.
      this.#watchContacts();
      this.#parts.shown(this.#people.view);
    });
  }

  /** Those of a page, or new ones. */
  #listed(presences: readonly Presence[]): void {
    if (this.#current === null) return;
    const { server, watched } = this.#current;
    const { identity: self, changes } = this.#parts;
    for (const presence of presences) changes().seen(presence, server);
    watched.addListed(presences.map(({ identity }) => identity).filter((identity) => identity !== self));
    this.announce();
  }

  /** Whoever may write or be written to comes first, those ignored like anybody whom the directory lists. */
  #watchContacts(): void {
    if (this.#current === null) return;
    const byStanding = Map.groupBy(this.#parts.roster().contacts, ({ contact }) => contact.standing);
    const identities = (['accepted', 'request', 'blocked', 'ignored'] as const).map((standing) =>
      (byStanding.get(standing) ?? []).map(({ identity }) => identity),
    );
    const ignored = identities.pop() ?? [];
    this.#current.watched.setContacts(identities.flat());
    this.#current.watched.addListed(ignored);
  }

  /** Who belongs in the list: not this person, no contacts, and nobody under a contact's name. */
  #listing(): (identity: Fingerprint, key: string) => boolean {
    const claimants = this.#parts.changes().claimants;
    const { roster, identity: self } = this.#parts;
    const names = this.#parts.changes().namesAt(this.#current?.server ?? '');
    return (identity, key) => {
      if (identity === self || claimants.has(identity) || names.has(key)) return false;
      const known = roster().get(identity);
      return known?.isKept !== true || known.contact.standing === 'ignored';
    };
  }
}

/** The identities of a chain, oldest first; nothing of it is verified. */
function identitiesOf(chain: readonly Succession[]): Fingerprint[] {
  const keys = chain.flatMap(({ from, to }) => [from, to]);
  try {
    return [...new Set(keys.map((key) => fingerprintOf(decodePublicKey(key))))];
  } catch {
    return [];
  }
}
