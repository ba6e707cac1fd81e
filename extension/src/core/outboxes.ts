import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Cancel, Clock, Log } from './ports.ts';
import {
  type HistoryStore,
  type OpenOutbox,
  type OutboxStore,
  StorageError,
  type StoredMessage,
} from './storage-ports.ts';
import { pending, type Pending } from './pending-queue.ts';

/** An entry of an outbox with the folder that it lies in. */
interface Found {
  readonly contact: Fingerprint;
  readonly envelope: Envelope;
  readonly folder: string | null;
}

/** Where a message lies. */
interface Place {
  readonly id: string;
  readonly folder: string | null;
}

/** An outbox did not take what was to be done to it. */
interface Failure {
  readonly folder: string | null;
  readonly error: StorageError;
}

/** Who writes: this person's identity, and those that it followed on. */
export interface Me {
  readonly identity: Fingerprint;
  readonly formerIdentities: readonly Fingerprint[];
}

function placeOf({ envelope: { id }, folder }: Found): Place {
  return { id, folder };
}

function authors({ identity, formerIdentities }: Me): Fingerprint[] {
  return [identity, ...formerIdentities];
}

/** All outboxes of this person: one in each workspace's storage, one in global storage. */
export class Outboxes {
  readonly #open: OpenOutbox;
  readonly #history: HistoryStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stores = new Map<string | null, OutboxStore>();
  /** What was acknowledged and lies in an outbox still, by id, with the folder that it lies in. */
  readonly #leftovers = new Map<string, string | null>();
  /** Folders of which something was acknowledged since they were tidied. */
  readonly #untidy = new Set<string | null>();
  #tidying: Cancel | null = null;

  constructor(open: OpenOutbox, history: HistoryStore, clock: Clock, log: Log) {
    this.#open = open;
    this.#history = history;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Makes outboxes and history agree, as both are at start, and returns everything that is still to be delivered, in
   * order of sequence for each contact. What an identity wrote that this person does not have now stays where it is:
   * nobody may send it in another name, and the identity may come back.
   * @throws {StorageError} when the history or the global outbox cannot be used
   */
  reconcile(me: Me, now: number): Pending[] {
    const found = [null, ...this.#history.workspaces()].flatMap((folder) => this.#read(folder));
    // What was written in one tick in several folders stands in the history as it was written.
    const unknown = found
      .filter((entry) => !this.#isKnown(entry, me))
      .sort((a, b) => a.envelope.seq - b.envelope.seq);
    this.#history.addOutgoing(
      unknown.map(({ contact, envelope }) => ({ contact, envelope, storedAt: now })),
      this.#counters(unknown),
    );

    const undelivered = this.#history.undelivered();
    const folders = new Map(found.map(({ envelope, folder }) => [envelope.id, folder]));
    const lost = undelivered.filter(({ envelope }) => !folders.has(envelope.id));
    if (lost.length > 0) this.add(null, lost);

    const waiting = new Set(undelivered.map(({ envelope }) => envelope.id));
    this.#leave(found.filter(({ envelope }) => !waiting.has(envelope.id)).map(placeOf));
    this.#tidy();
    return undelivered
      .filter(({ envelope }) => authors(me).includes(envelope.author))
      .map((message) => pending(message, folders.get(message.envelope.id) ?? null, true));
  }

  /**
   * From now on this folder's outbox counts. Returns what it holds and nobody knew of.
   * @throws {StorageError}
   */
  addWorkspace(folder: string, me: Me, now: number): Pending[] {
    if (this.#history.workspaces().includes(folder)) return [];
    this.#history.addWorkspace(folder);
    const unknown = this.#read(folder).filter(
      (entry) => authors(me).includes(entry.envelope.author) && !this.#isKnown(entry, me),
    );
    const added = this.#history.addOutgoing(
      unknown.map(({ contact, envelope }) => ({ contact, envelope, storedAt: now })),
      this.#counters(unknown),
    );
    return added.map((message) => pending(message, folder, true));
  }

  /**
   * Stores messages durably in one outbox. What was acknowledged of it goes in the same transaction.
   * @throws {StorageError}
   */
  add(folder: string | null, entries: readonly Pick<StoredMessage, 'contact' | 'envelope'>[]): void {
    const gone = [...this.#leftovers].filter(([, where]) => where === folder).map(([id]) => id);
    this.#store(folder).add(entries, gone);
    for (const id of gone) this.#leftovers.delete(id);
    this.#untidy.delete(folder);
  }

  /**
   * These are acknowledged, as the history says: they go with what is written next if that is at once, or without. What
   * cannot be removed then is later, at the next start at the latest.
   */
  acknowledged(entries: readonly Place[]): void {
    this.#leave(entries);
    // Who hears of it may write already; that is stored in the next tick.
    this.#tidying ??= this.#clock.soon(() => {
      this.#tidying = this.#clock.soon(() => this.#tidy());
    });
  }

  /**
   * To be called before the history forgets what was acknowledged: whatever of it lay in an outbox still would be new to
   * the next start, and delivered again.
   * @throws {StorageError} when some of it is there still
   */
  letGo(): void {
    const [failure] = this.#removeLeft(new Set(this.#leftovers.values()), 'now');
    if (failure !== undefined) throw failure.error;
  }

  /**
   * Removes what was added and is not to count: at the next start it would. May be called again.
   * @throws {StorageError} when some of it is there still
   */
  takeBack(entries: readonly Place[]): void {
    const [failure] = this.#remove(entries, 'now');
    if (failure !== undefined) throw failure.error;
  }

  /** Gives stored messages other envelopes and contacts. What cannot be written now is corrected at the next start. */
  update(entries: readonly Found[]): void {
    this.#each(entries, (store, group) => store.update(group));
  }

  close(): void {
    this.#tidy();
    for (const store of this.#stores.values()) store.close();
    this.#stores.clear();
  }

  #read(folder: string | null): Found[] {
    try {
      const store = this.#stores.get(folder) ?? this.#open(folder, folder === null);
      if (store === null) return [];
      this.#stores.set(folder, store);
      return store.all().map((entry) => ({ ...entry, folder }));
    } catch (error) {
      if (folder === null || !(error instanceof StorageError)) throw error;
      this.#log('error', `The outbox of a workspace cannot be read: ${error.message}`);
      return [];
    }
  }

  #store(folder: string | null): OutboxStore {
    const known = this.#stores.get(folder);
    if (known !== undefined) return known;
    if (folder !== null) this.#history.addWorkspace(folder);
    const store = this.#open(folder, true);
    this.#stores.set(folder, store);
    return store;
  }

  /** Whether the history has a message, perhaps written anew under a later identity already. */
  #isKnown({ envelope: { id, author } }: Found, me: Me): boolean {
    return [author, ...authors(me)].some((each) => this.#history.find(id, each) !== null);
  }

  /** The counters behind messages that reached an outbox but not the history. */
  #counters(unknown: readonly Found[]) {
    const counters = new Map<Fingerprint, { epoch: string; next: number }>();
    for (const { contact, envelope } of unknown) {
      const { epoch, seq } = envelope;
      const known = counters.get(contact) ?? this.#history.outbound(contact).cursor;
      if (known !== null && known.epoch !== epoch) continue;
      // A number below the counter went to another message: the gap has everything that waits numbered anew.
      const next = known !== null && known.next > seq ? known.next + 1 : seq + 1;
      counters.set(contact, { epoch, next });
    }
    return [...counters].map(([contact, cursor]) => ({ contact, cursor }));
  }

  #leave(entries: readonly Place[]): void {
    for (const { id, folder } of entries) {
      this.#leftovers.set(id, folder);
      this.#untidy.add(folder);
    }
  }

  #tidy(): void {
    this.#tidying?.();
    this.#tidying = null;
    const folders = new Set(this.#untidy);
    this.#untidy.clear();
    this.#removeLeft(folders, 'later');
  }

  /** Removes what was acknowledged in these folders. Returns what failed. */
  #removeLeft(folders: ReadonlySet<string | null>, synced: 'now' | 'later'): Failure[] {
    const left = [...this.#leftovers]
      .map(([id, folder]) => ({ id, folder }))
      .filter(({ folder }) => folders.has(folder));
    const failures = this.#remove(left, synced);
    const failed = new Set(failures.map(({ folder }) => folder));
    for (const { id, folder } of left) if (!failed.has(folder)) this.#leftovers.delete(id);
    return failures;
  }

  #remove(entries: readonly Place[], synced: 'now' | 'later'): Failure[] {
    const ids = (group: readonly Place[]): string[] => group.map(({ id }) => id);
    return this.#each(entries, (store, group) => store.remove(ids(group), synced));
  }

  /** Returns, and logs, what outboxes did not take. */
  #each<T extends { folder: string | null }>(
    entries: readonly T[],
    run: (store: OutboxStore, group: T[]) => void,
  ): Failure[] {
    const failures: Failure[] = [];
    for (const [folder, group] of Map.groupBy(entries, (entry) => entry.folder)) {
      try {
        run(this.#store(folder), group);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        this.#log('error', `An outbox could not be brought up to date: ${error.message}`);
        failures.push({ folder, error });
      }
    }
    return failures;
  }
}
