import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_REQUESTS } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { nameKey } from '@p2p-chat/protocol/names';
import type { Succession } from '@p2p-chat/protocol/succession';
import { Correspondence } from './correspondence.ts';
import type { Others } from './others.ts';
import { forgotten, succeeded } from './contact-succession.ts';
import type { Pending } from './pending-queue.ts';
import { MAX_SUCCESSORS, StorageError, type StoredContact, type StoredNotice } from './storage-ports.ts';
import type { NearbyContact } from './nearby.ts';
import { seldom } from './seldom.ts';
import type { Surroundings } from './surroundings.ts';
import type { ContactView } from './views.ts';

/** People who were ignored and are remembered, so that they stay ignored: the newest. */
export const MAX_IGNORED = 1_000;

/** What is known of somebody who is met. */
export type FirstContact = Pick<StoredContact, 'identity' | 'server' | 'name' | 'trust' | 'standing'>;

/** Nothing happened with somebody who is just met. */
const anew = {
  beforeBlock: null,
  formerServers: [],
  changedTo: null,
  rejected: [],
  readUpTo: 0,
  theyReadUpTo: 0,
  muted: false,
  pinned: false,
  statusText: '',
  nearbyKey: null,
  typedEndpoint: null,
} as const;

/** What a roster reports. */
export interface RosterEvents {
  /** Somebody is in the directory's place no longer, or again. */
  changed(): void;
  /** Somebody is a contact from now on: their presence is wanted. */
  kept(of: Correspondence): void;
  /** Somebody is no contact any longer. */
  left(identity: Fingerprint): void;
  /** See Others. */
  follow(chain: readonly Succession[]): void;
  /** See Others. */
  heard(of: Correspondence): void;
  /** See Others. */
  tellsRead(): boolean;
  tellsTyping(): boolean;
  /** See Others. */
  statusText(): string;
  /** See Others. */
  nearbyKey(): string;
  estranged(from: Fingerprint): void;
  /** What people wrote in this tick has to be stored before identities change. */
  flush(): void;
}

/** Everybody with whom this person corresponds, by identity: contacts, and strangers who are connected. */
export class Roster {
  readonly #around: Surroundings;
  readonly #events: RosterEvents;
  readonly #others: Others;
  readonly #all = new Map<Fingerprint, Correspondence>();
  /** What waits for people who are no contacts here any longer, since the history was lost: until they are met. */
  readonly #orphans = new Map<Fingerprint, Pending[]>();
  /** Whose place was taken by whom: windows that ask for the one mean the other. */
  readonly #successors: Map<Fingerprint, Fingerprint>;
  /** Whether this device is online. */
  #online = false;

  /** @throws {StorageError} */
  constructor(around: Surroundings, events: RosterEvents) {
    this.#around = around;
    this.#events = events;
    this.#others = {
      strangersLog: seldom(around.log, around.clock),
      kept: (of) => events.kept(of),
      changed: () => events.changed(),
      idle: (of) => this.drop(of),
      isNameFree: (name, identity) => this.#isNameFree(nameKey(name), identity),
      hasRoomForRequest: () => this.hasRoomForRequest(),
      follow: (chain) => events.follow(chain),
      heard: (of) => events.heard(of),
      tellsRead: () => events.tellsRead(),
      tellsTyping: () => events.tellsTyping(),
      statusText: () => events.statusText(),
      nearbyKey: () => events.nearbyKey(),
      estranged: (from) => events.estranged(from),
    };
    this.#successors = new Map(around.history.successors().map(({ from, to }) => [from, to]));
    for (const contact of around.history.contacts()) this.#add(this.#make(contact, true));
  }

  get(identity: Fingerprint): Correspondence | undefined {
    return this.#all.get(identity);
  }

  /** Who somebody is now, after whatever replacements. */
  today(identity: Fingerprint): Fingerprint {
    let today = identity;
    // A contact that is one in its own right again ends the search, so it ends.
    for (let next = this.#successors.get(today); next !== undefined && !this.#all.has(today);) {
      today = next;
      next = this.#successors.get(today);
    }
    return today;
  }

  get all(): Correspondence[] {
    return [...this.#all.values()];
  }

  /** Those who are stored, of whatever standing. */
  get contacts(): Correspondence[] {
    return this.all.filter(({ isKept }) => isKept);
  }

  /** Strangers who are connected, and of whom nothing is stored: whoever came first is first. */
  get strangers(): Correspondence[] {
    return this.all.filter(({ isKept }) => !isKept);
  }

  /** Whether this person wrote to somebody before the history was lost. */
  owes(identity: Fingerprint): boolean {
    return this.#orphans.has(identity);
  }

  /** Whoever may be recognised in a local network. */
  get recognisable(): NearbyContact[] {
    return this.contacts.flatMap(({ contact: { identity, nearbyKey: key, standing, changedTo } }) =>
      key !== null && standing === 'accepted' && changedTo === null ? [{ identity, key }] : [],
    );
  }

  hasRoomForRequest(): boolean {
    return this.#standing('request').length < MAX_REQUESTS;
  }

  /** Ends with a stranger of whom nothing is stored. Who comes again is met again. */
  drop(stranger: Correspondence): void {
    if (this.#all.get(stranger.identity) !== stranger) return;
    this.#all.delete(stranger.identity);
    stranger.stop(LinkClose.goingAway, 'nothing was said');
  }

  setOnline(online: boolean): void {
    this.#online = online;
    for (const correspondence of this.all) correspondence.connection.setOnline(online);
  }

  /** Messages of an earlier run. @throws {StorageError} */
  restore(entries: readonly Pending[]): void {
    for (const [identity, group] of Map.groupBy(entries, ({ message }) => message.contact)) {
      const correspondence = this.#all.get(identity);
      if (correspondence !== undefined) correspondence.restore(group);
      else this.#orphans.set(identity, [...(this.#orphans.get(identity) ?? []), ...group]);
    }
  }

  /** First contact: from here on the name stands for this identity. Stored when something is said. @throws {StorageError} */
  meet(who: FirstContact, presence: Presence | null): Correspondence {
    const { identity, server } = who;
    const { endpoints = [], lastSeen = null } = presence ?? {};
    const correspondence = this.#add(this.#make({ ...who, ...anew, endpoints, lastSeen }, false));
    if (presence !== null) correspondence.setPresence(presence, server);
    const waiting = this.#orphans.get(identity) ?? [];
    this.#orphans.delete(identity);
    if (waiting.length > 0) correspondence.keep();
    correspondence.restore(waiting);
    return correspondence;
  }

  /**
   * A contact goes on as `next`, with all messages; what waits goes to `next`. Both sides' links are made anew.
   * @param between identities by which the one led to the other
   * @throws {StorageError} and then nothing changed
   */
  replace(
    from: Correspondence,
    next: Fingerprint,
    kind: StoredNotice['kind'],
    between: readonly Fingerprint[] = [],
  ): Correspondence {
    this.#events.flush();
    const existing = this.#all.get(next);
    const already = existing?.isKept === true ? existing.contact : null;
    const contact = succeeded(from.contact, next, already, kind === 'identity-replaced');
    const gone = forgotten(from.contact, already, contact.standing);
    // Whatever has to be read is read before anything changes, so that disk, memory and windows agree.
    const successor = this.#make(contact, true);
    const notice = successor.notices.lineAfter(
      from.notices,
      kind,
      from.contact.trust === 'verified' ? 'verified' : '',
    );
    if (gone.length > 0) this.#around.outboxes.letGo();
    const summary = this.#around.history.replaceContact(from.identity, contact, notice, gone, between);

    const legacies = [from, ...(existing === undefined ? [] : [existing])].map((each) => each.legacy);
    for (const each of [from, existing]) each?.stop(LinkClose.replaced, 'an identity was replaced');
    this.#all.delete(from.identity);
    for (const old of [...between, from.identity]) this.#remember(old, contact);
    this.#add(successor);
    const presence = legacies.at(1)?.presence ?? null;
    if (presence !== null) successor.setPresence(presence, contact.server);
    this.#around.events.contactReplaced({ from: from.identity, to: successor.shown.viewWith(summary) });
    if (gone.includes(next)) successor.notices.clear();
    if (gone.includes(from.identity)) from.notices.clear();
    successor.notices.inherit(from.notices, notice);
    const waiting = legacies
      .flatMap(({ entries }) => entries)
      .map((entry) => ({ ...entry, message: { ...entry.message, contact: next } }))
      .sort((a, b) => a.message.order - b.message.order);
    this.#events.left(from.identity);
    this.#events.kept(successor);
    this.#events.changed();
    if (from.contact.standing === 'accepted') this.#events.estranged(from.identity);
    for (const window of legacies.flatMap(({ windows }) => [...windows])) successor.open(window);
    try {
      successor.restore(waiting);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#around.log('error', `What waits for a contact could not be numbered anew yet: ${error.message}`);
    }
    return successor;
  }

  /** Forgets what a request brought, and remembers only not to take more. @throws {StorageError} */
  ignore(correspondence: Correspondence): void {
    const ignored = { standing: 'ignored', readUpTo: 0 } as const;
    this.#around.outboxes.letGo();
    this.#around.history.forgetMessages({ ...correspondence.contact, ...ignored });
    correspondence.notices.clear();
    correspondence.change(ignored);
    this.#all.delete(correspondence.identity);
    this.#all.set(correspondence.identity, correspondence);
    for (const { identity } of this.#standing('ignored').slice(0, -MAX_IGNORED)) {
      this.#around.history.removeContact(identity);
      this.#all.get(identity)?.stop(LinkClose.unavailable, 'unavailable');
      this.#all.delete(identity);
      this.#events.left(identity);
      this.#around.events.contactRemoved(identity);
    }
  }

  /**
   * Forgets a contact with the conversation and with what waits for them. The outboxes give it back first: what the
   * history has and they have not is put there again at the next start, so that a failure loses nothing.
   * @throws {StorageError} and then they are a contact still
   */
  remove(correspondence: Correspondence): void {
    this.#events.flush();
    const { outboxes, history, random } = this.#around;
    const { identity } = correspondence;
    const { entries } = correspondence.legacy;
    outboxes.takeBack(entries.map(({ message, folder }) => ({ id: message.envelope.id, folder })));
    outboxes.letGo();
    // Whoever comes next of this epoch would seem to lack what is withdrawn here.
    if (entries.length > 0) history.renumber(identity, { epoch: random.uuid(), next: 1 }, []);
    history.removeContact(identity);
    correspondence.stop(LinkClose.goingAway, 'removed');
    this.#all.delete(identity);
    this.#events.left(identity);
    this.#around.events.contactRemoved(identity);
    this.#events.changed();
    if (correspondence.contact.standing === 'accepted') this.#events.estranged(identity);
  }

  /** Views of everybody whom a person sees as theirs: those ignored are shown in the directory. */
  get views(): ContactView[] {
    return this.contacts
      .filter(({ contact }) => contact.standing !== 'ignored')
      .map(({ shown }) => shown.view);
  }

  stop(): void {
    for (const correspondence of this.all) correspondence.stop();
  }

  #standing(standing: StoredContact['standing']): Correspondence[] {
    return this.contacts.filter(({ contact }) => contact.standing === standing);
  }

  #isNameFree(key: string, identity: Fingerprint): boolean {
    return !this.contacts.some((other) => other.identity !== identity && other.nameKey === key);
  }

  /** @throws {StorageError} */
  #make(contact: StoredContact, kept: boolean): Correspondence {
    return new Correspondence(this.#around, contact, kept, this.#others);
  }

  #add(correspondence: Correspondence): Correspondence {
    this.#all.set(correspondence.identity, correspondence);
    correspondence.connection.setOnline(this.#online);
    return correspondence;
  }

  /** The same as the history remembers. */
  #remember(from: Fingerprint, { identity: to, standing }: StoredContact): void {
    this.#successors.delete(to);
    if (standing !== 'accepted') return;
    this.#successors.delete(from);
    this.#successors.set(from, to);
    for (const oldest of [...this.#successors.keys()].slice(0, -MAX_SUCCESSORS))
      this.#successors.delete(oldest);
  }
}
