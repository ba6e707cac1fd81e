import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodePublicKey, fingerprintOf } from '@p2p-chat/protocol/identity';
import type { Succession } from '@p2p-chat/protocol/succession';
import type { Correspondence } from './correspondence.ts';
import { DirectoryModel } from './directory-model.ts';
import type { IdentityChanges } from './identity-changes.ts';
import type { Cancel, Clock, Directory, Found, Log } from './ports.ts';
import { DirectoryUnavailable } from './ports.ts';
import type { Roster } from './roster.ts';
import type { DirectoryView } from './views.ts';

/** What watching a discovery server takes. */
export interface ServerWatchParts {
  readonly identity: Fingerprint;
  readonly clock: Clock;
  readonly log: Log;
  readonly roster: () => Roster;
  readonly changes: () => IdentityChanges;
  readonly shown: (directory: DirectoryView) => void;
}

/** The discovery server where this person is online: whom it lists, and what it tells of contacts. */
export class ServerWatch {
  readonly #parts: ServerWatchParts;
  readonly #people: DirectoryModel;
  #current: { readonly session: Directory; readonly server: string } | null = null;
  #announcement: Cancel | null = null;

  constructor(parts: ServerWatchParts) {
    this.#parts = parts;
    this.#people = new DirectoryModel(() => this.#listing());
  }

  /** Where this device is online now; null when it is not. */
  get current(): { readonly session: Directory; readonly server: string } | null {
    return this.#current;
  }

  get view(): DirectoryView {
    return this.#people.view;
  }

  begin(session: Directory, server: string): void {
    this.#current = { session, server };
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
    current.session.watch(this.#parts.roster().contacts.map(({ identity }) => identity));
    try {
      const page = await this.#people.reload(current.session);
      if (this.#current === current) this.#listed(page);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error;
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
    this.#people.add(presence);
    this.#listed([presence]);
  }

  succession(chain: readonly Succession[]): void {
    const identities = identitiesOf(chain);
    const next = identities.pop();
    const hasFollowed = this.#parts.changes().followQuietly(chain);
    const wasListed = identities.filter((old) => this.#people.remove(old)).length > 0;
    if (next === undefined || !(hasFollowed || wasListed)) return;
    this.announce();
    void this.lookUp(next).then((found) => {
      if (found?.presence.identity === next) this.account(found.presence);
    });
  }

  removed(identity: Fingerprint): void {
    const contact = this.#parts.roster().get(identity);
    if (contact !== undefined && this.#current !== null) {
      const { name, lastSeen, server } = contact.contact;
      contact.setPresence({ name, identity, online: false, lastSeen, device: null, endpoints: [] }, server);
    }
    if (this.#people.remove(identity)) this.announce();
  }

  /** Somebody is a contact from now on. */
  kept(of: Correspondence): void {
    if (this.#current !== null) {
      const { session, server } = this.#current;
      const listed = this.#people.find(of.identity);
      if (listed !== undefined) of.setPresence(listed, server);
      session.watch([of.identity]);
    }
    this.announce();
  }

  /** Somebody is no contact any longer. */
  left(identity: Fingerprint): void {
    this.#current?.session.unwatch([identity]);
  }

  /** Somebody whom the list shows. */
  find(identity: Fingerprint): { presence: Presence; server: string } | null {
    const presence = this.#people.find(identity);
    if (presence === undefined || this.#current === null || !this.#people.shows(identity)) return null;
    return { presence, server: this.#current.server };
  }

  /** Null when the server does not know the identity, or cannot be asked. */
  async lookUp(identity: Fingerprint): Promise<Found | null> {
    try {
      return (await this.#current?.session.lookUp(identity)) ?? null;
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) {
        this.#parts.log('warn', `The directory could not be asked: ${String(error)}`);
      }
      return null;
    }
  }

  /** Shows the list anew, once a tick: a page of presences is one picture. */
  announce(): void {
    this.#announcement ??= this.#parts.clock.soon(() => {
      this.#announcement = null;
      this.#parts.shown(this.#people.view);
    });
  }

  /** Those of a page, or new ones. */
  #listed(presences: readonly Presence[]): void {
    if (this.#current === null) return;
    const { session, server } = this.#current;
    for (const presence of presences) this.#parts.changes().seen(presence, server);
    if (presences.length > 0) session.watch(presences.map(({ identity }) => identity));
    this.announce();
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
