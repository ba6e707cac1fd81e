import { randomUUID } from 'node:crypto';
import type { Endpoint, Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { makeSuccession, type Succession, verifySuccessions } from '@p2p-chat/protocol/succession';
import { Chat } from '../../src/core/chat.ts';
import { Outboxes } from '../../src/core/outboxes.ts';
import {
  type DialAttempt,
  DialError,
  type Directory,
  DirectoryUnavailable,
  type Found,
} from '../../src/core/net-ports.ts';
import { type HistoryStore, type OutboxStore, StorageError } from '../../src/core/storage-ports.ts';
import type { ContactView, DirectoryView, MessageView, NoticeView } from '../../src/core/views.ts';
import { fingerprintNamed, newMessageId } from '../support/envelopes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryChannelPair, type MemoryChannel } from '../support/memory-channel.ts';
import { MemoryNetwork } from '../support/memory-networks.ts';
import { memoryHistory, memoryOutbox } from '../support/memory-stores.ts';

/** The steps to somebody who is there. */
const STEPS: DialAttempt['passed'] = (['tcp', 'tls', 'identity', 'websocket'] as const).map((step) => ({
  step,
  ms: 3,
}));

/** Nobody is there. */
function refused(endpoint: Endpoint, ended: (attempt: DialAttempt) => void): DialAttempt {
  const why = { fault: 'refused', error: 'nobody listens there' } as const;
  const attempt = { endpoint, passed: [], failed: { step: 'tcp', ms: 1, ...why } } as const;
  ended(attempt);
  return attempt;
}

/** What stays when a person's editor ends: the disks. */
export interface Disks {
  readonly history: HistoryStore;
  readonly outboxes: Map<string | null, OutboxStore>;
}

export function emptyDisks(): Disks {
  return { history: memoryHistory(), outboxes: new Map() };
}

/** Who somebody is; without a key the identity is made of the name and can follow on nobody. */
export interface Who {
  readonly key?: KeyPair;
  readonly successions?: readonly Succession[];
  /** How far this person's clock is ahead, milliseconds. */
  readonly skew?: number;
}

/** Several people, a network and a discovery server, all in memory, under one clock. */
export class World {
  readonly clock = new FakeClock();
  readonly people = new Map<Fingerprint, Person>();
  readonly channels: MemoryChannel[] = [];
  /** In which all are. */
  readonly localNetwork = new MemoryNetwork();
  serverUp = true;
  networkUp = true;
  /** Whether the one may dial the other: a firewall may be between. */
  lets: (from: Person, to: Person) => boolean = () => true;
  /** What dials wait for before they lead anywhere; null: nothing. */
  slowDials: Promise<unknown> | null = null;
  /** What the server does for two who cannot reach each other. */
  offers = { dialBack: false, relay: false };
  /** What the server makes of somebody's presence when it tells this viewer; null when it keeps it to itself. */
  tell: (presence: Presence, viewer: Person) => Presence | null = (presence) => presence;
  /** What the server answers to a look-up, in place of what it knows. */
  answer: ((identity: Fingerprint, viewer: Person) => Promise<Found | null>) | null = null;
  #port = 5000;

  newPort(): number {
    this.#port += 1;
    return this.#port;
  }

  /** Somebody with an editor open, offline, with empty disks or those of an earlier run. */
  person(name: string, disks: Disks = emptyDisks(), who: Who = {}): Person {
    const person = new Person(this, name, disks, who);
    this.people.set(person.identity, person);
    return person;
  }

  /** Ends this person's run and begins another under a new identity, with the statement of the one before. */
  async replaceIdentity(person: Person): Promise<Person> {
    const { key, successions } = person;
    if (key === null) throw new Error('only an identity with a key can be replaced');
    const next = generateKeyPair();
    const chain = [...successions, makeSuccession(key, next)];
    return this.person(person.name, await person.crash(), { key: next, successions: chain });
  }

  /** What the server tells this viewer of everybody. */
  presences(viewer: Person): Presence[] {
    return [...this.people.values()].flatMap(({ presence }) => this.tell(presence, viewer) ?? []);
  }

  async lookUp(identity: Fingerprint, viewer: Person): Promise<Found | null> {
    if (this.answer !== null) return this.answer(identity, viewer);
    const person =
      this.people.get(identity) ??
      [...this.people.values()].find(({ formerIdentities }) => formerIdentities.includes(identity));
    const presence = person === undefined ? null : this.tell(person.presence, viewer);
    return presence === null ? null : { presence, successions: person?.successions ?? [] };
  }

  /** Tells everybody who is online how this person stands. */
  announce(about: Person): void {
    if (!this.serverUp) return;
    for (const other of this.people.values()) {
      const presence = this.tell(about.presence, other);
      if (other.isOnline && presence !== null) other.chat.presence(presence);
    }
  }

  /** Tells everybody who is online that somebody has an account from now on. */
  async introduce(somebody: Person): Promise<void> {
    for (const other of this.people.values()) {
      const presence = this.tell(somebody.presence, other);
      if (other !== somebody && other.isOnline && presence !== null) other.chat.account(presence);
    }
    await this.clock.settle();
  }

  stopServer(): void {
    this.serverUp = false;
    for (const person of this.people.values()) person.chat.directoryDisconnected();
  }

  cutAll(): void {
    for (const channel of this.channels.splice(0)) channel.cut();
  }
}

/** One person with one device and one run of the peer. */
export class Person {
  name: string;
  readonly identity: Fingerprint;
  readonly device: Fingerprint;
  readonly disks: Disks;
  readonly key: KeyPair | null;
  readonly successions: readonly Succession[];
  readonly formerIdentities: readonly Fingerprint[];
  readonly chat: Chat;
  readonly window = {};
  readonly seen = {
    contacts: new Map<Fingerprint, ContactView>(),
    messages: new Map<string, MessageView>(),
    arrived: [] as MessageView[],
    typing: [] as Fingerprint[],
    notices: [] as NoticeView[],
    directory: null as DirectoryView | null,
    replaced: [] as { from: Fingerprint; to: ContactView }[],
    removed: [] as Fingerprint[],
    /** Moments before which all was forgotten. */
    forgotten: [] as number[],
    log: [] as string[],
  };
  /** Dials, for counting. */
  dials = 0;
  /** What the server was asked to ask of others. */
  readonly asked: ('dial-back' | 'relay')[] = [];
  /** How far this person's clock is ahead, milliseconds. */
  skew: number;
  isOnline = false;
  /** The person's session with the discovery server. */
  readonly directory: Directory;
  readonly #world: World;
  #leftAt: number | null = null;
  #endpoint: Endpoint;

  constructor(world: World, name: string, disks: Disks, { key, successions = [], skew = 0 }: Who) {
    this.#world = world;
    this.name = name;
    this.skew = skew;
    this.key = key ?? null;
    this.identity = key === undefined ? fingerprintNamed(name) : fingerprintOf(key.publicKey);
    this.successions = successions;
    this.formerIdentities = verifySuccessions(successions).slice(0, -1);
    this.device = fingerprintNamed(`${name}'s device`);
    this.disks = disks;
    this.#endpoint = { address: '127.0.0.1', port: world.newPort() };
    this.directory = this.#session();
    const log = (_level: string, text: string): void => void this.seen.log.push(text);
    const outboxes = new Outboxes(
      (folder) => {
        const store = disks.outboxes.get(folder) ?? memoryOutbox();
        disks.outboxes.set(folder, store);
        return store;
      },
      disks.history,
      world.clock,
      log,
    );
    this.chat = new Chat({
      identity: this.identity,
      device: this.device,
      bootId: randomUUID(),
      agent: 'test/1',
      name: () => this.name,
      successions,
      formerIdentities: this.formerIdentities,
      clock: {
        now: () => world.clock.now() + this.skew,
        after: (ms, run) => world.clock.after(ms, run),
        soon: (run) => world.clock.soon(run),
      },
      random: { uuid: () => randomUUID(), fraction: () => 0.5 },
      log,
      history: disks.history,
      outboxes,
      dialer: {
        dial: async (identity, endpoints, signal, ended = () => undefined) => {
          this.dials += 1;
          if (world.slowDials !== null) await world.slowDials;
          const other = [...world.people.values()].find(
            (person) =>
              person.identity === identity &&
              person.isOnline &&
              endpoints.some(({ port }) => port === person.#endpoint.port),
          );
          if (other === undefined || !world.networkUp || !world.lets(this, other) || signal.aborted)
            throw new DialError(endpoints.map((endpoint) => refused(endpoint, ended)));
          const reached: DialAttempt = { endpoint: other.#endpoint, passed: STEPS, failed: null };
          ended(reached);
          return this.#linkTo(other, other.#endpoint);
        },
      },
      localNetworks: world.localNetwork.join(() => [this.#endpoint.address]),
      events: {
        contact: (contact) => void this.seen.contacts.set(contact.id, contact),
        directory: (directory) => (this.seen.directory = directory),
        messages: (messages) => {
          for (const message of messages) this.seen.messages.set(message.id, message);
        },
        arrived: (messages) => void this.seen.arrived.push(...messages),
        typing: (contact) => void this.seen.typing.push(contact),
        notice: (notice) => void this.seen.notices.push(notice),
        contactReplaced: (replacement) => void this.seen.replaced.push(replacement),
        contactRemoved: (identity) => void this.seen.removed.push(identity),
        forgotten: (before) => void this.seen.forgotten.push(before),
      },
    });
  }

  get presence(): Presence {
    return {
      name: this.name,
      identity: this.identity,
      online: this.isOnline,
      lastSeen: this.isOnline ? this.#world.clock.now() : this.#leftAt,
      device: this.isOnline ? this.device : null,
      endpoints: this.isOnline ? [this.#endpoint] : [],
    };
  }

  async goOnline(): Promise<void> {
    this.isOnline = true;
    this.chat.goOnline(this.directory, 'http://127.0.0.1:8000', () => [this.#endpoint]);
    if (this.#world.serverUp) await this.chat.directoryConnected();
    this.#world.announce(this);
    await this.#world.clock.settle();
  }

  async goOffline(): Promise<void> {
    if (this.isOnline) this.#leftAt = this.#world.clock.now();
    this.isOnline = false;
    await this.chat.goOffline();
    this.#world.announce(this);
    await this.#world.clock.settle();
  }

  /** Another network: nobody answers any longer where this person was. */
  move(): void {
    this.#endpoint = { address: '127.0.0.1', port: this.#world.newPort() };
  }

  /** The process ends without a word; the disks stay. */
  async crash(): Promise<Disks> {
    this.isOnline = false;
    this.#world.people.delete(this.identity);
    this.#world.cutAll();
    this.chat.stop();
    await this.#world.clock.settle();
    return this.disks;
  }

  open(other: Person): void {
    this.chat.open(other.identity, this.window, 50, true);
  }

  /** Compares the number that is shown. */
  verify(other: Person): ContactView {
    return this.chat.decisions.setVerified(
      other.identity,
      this.chat.decisions.safetyNumber(other.identity).digits,
    );
  }

  async write(other: Person, text: string, folder: string | null = null): Promise<MessageView> {
    const written = this.chat.write({ id: newMessageId(), contact: other.identity, text, folder });
    await Promise.allSettled([written, this.#world.clock.settle()]);
    return written;
  }

  /** The conversation as it is stored: who wrote what. */
  conversation(other: Person): string[] {
    const { messages } = this.chat.older(other.identity, null, 10_000);
    return messages.map(({ mine, text }) => `${mine ? this.name : other.name}: ${text ?? ''}`);
  }

  states(other: Person): string[] {
    return this.chat
      .older(other.identity, null, 10_000)
      .messages.filter(({ mine }) => mine)
      .map(({ state }) => state);
  }

  /** How the tree shows somebody, whether contact or not. */
  view(identity: Fingerprint): ContactView | undefined {
    return this.chat.contacts.find(({ id }) => id === identity);
  }

  /** The lines about identities and names that a conversation has. */
  lines(identity: Fingerprint): string[] {
    const { notices } = this.chat.open(identity, this.window, 50, false);
    return notices.map(({ kind }) => kind).filter((kind) => kind !== 'connected' && kind !== 'away');
  }

  /** Messages that wait in any outbox. */
  get waiting(): number {
    return [...this.disks.outboxes.values()].reduce((sum, store) => sum + store.all().length, 0);
  }

  /** @param endpoint null: through the relay */
  #linkTo(other: Person, endpoint: Endpoint | null): MemoryChannel {
    const [near, far] = memoryChannelPair(this, other, endpoint, endpoint === null ? 'relayed' : 'direct');
    this.#world.channels.push(near, far);
    // As the peer does it; whatever is no failing disk fails the test.
    void other.chat.accept(far).catch((error: unknown) => {
      far.close(LinkClose.storageFailed, 'could not store');
      if (!(error instanceof StorageError)) throw error;
    });
    return near;
  }

  #session(): Directory {
    const world = this.#world;
    const otherOf = (identity: Fingerprint): Person | undefined => {
      const other = world.people.get(identity);
      return world.serverUp && other?.isOnline === true ? other : undefined;
    };
    return {
      start: () => undefined,
      announce: () => undefined,
      watch: (identities) => {
        if (!world.serverUp) return;
        for (const presence of world.presences(this)) {
          if (identities.includes(presence.identity)) this.chat.presence(presence);
        }
      },
      unwatch: () => undefined,
      page: () => Promise.resolve({ users: world.presences(this), next: null }),
      lookUp: (identity) =>
        world.serverUp
          ? world.lookUp(identity, this)
          : Promise.reject(new DirectoryUnavailable('no session')),
      rename: () => Promise.reject(new DirectoryUnavailable('no names are changed here')),
      deleteAccount: () => Promise.reject(new DirectoryUnavailable('no accounts are deleted here')),
      get offers() {
        return world.serverUp ? world.offers : { dialBack: false, relay: false };
      },
      dialBack: (identity) => {
        this.asked.push('dial-back');
        otherOf(identity)?.chat.dialBack({ identity: this.identity, endpoints: [this.#endpoint] });
        return Promise.resolve();
      },
      relay: (identity) => {
        this.asked.push('relay');
        const other = otherOf(identity);
        return other === undefined
          ? Promise.reject(new DirectoryUnavailable('they are not there'))
          : Promise.resolve(this.#linkTo(other, null));
      },
      stop: () => Promise.resolve(),
    };
  }
}

/** Sam and Carol, both online and in each other's directory. */
export async function samAndCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const [sam, carol] = [world.person('Sam'), world.person('Carol')];
  await sam.goOnline();
  await carol.goOnline();
  // The second to come online is news to the first, as an account is on a server.
  sam.chat.account(carol.presence);
  await world.clock.settle();
  return { world, sam, carol };
}

/** The same, and Sam has the conversation with Carol open. */
export async function samOpenToCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const people = await samAndCarol();
  people.sam.open(people.carol);
  await people.world.clock.settle();
  return people;
}
