import type { Endpoint } from '@p2p-chat/protocol/discovery';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Cursor, ReceivedCursor, Refusal, RefusedMessage } from '@p2p-chat/protocol/link';

/** What the core needs of disks: what is stored, how much of it is kept, and the stores. */

/** What bears out that an identity is whom its name says. */
export type Trust =
  /** The discovery server said so at first contact. */
  | 'unverified'
  /** An invite said so: as good as the channel that it came by. */
  | 'invited'
  /** The two people compared their safety number. */
  | 'verified';

/** Whether somebody may write to this person. */
export type Standing =
  | 'accepted'
  /** Wrote first and waits for an answer. */
  | 'request'
  /** Asked, and was ignored: what they write is refused. */
  | 'ignored'
  /** Sees what they would see if this person were away. */
  | 'blocked';

/** How somebody stands who is not blocked. */
export type UnblockedStanding = Exclude<Standing, 'blocked'>;

/** Identities that a person said are not a contact: what is remembered for each, so that nobody is asked in turns. */
export const MAX_REJECTED = 8;

/** Servers besides the present one at which a contact's name is watched over: more than anybody moves between. */
export const MAX_FORMER_SERVERS = 8;

/** A contact as stored: an identity pinned at first contact, under the name that the directory had for it then. */
export interface StoredContact {
  readonly identity: Fingerprint;
  /** Where this person met the contact last. */
  readonly server: string;
  /** Where they met before, the newest MAX_FORMER_SERVERS: the contact's name is theirs there too. */
  readonly formerServers: readonly string[];
  /** A user's name, or `unnamed(identity)` for somebody whom no directory has named yet. */
  readonly name: string;
  readonly trust: Trust;
  readonly standing: Standing;
  /** How somebody blocked stood before, and stands again without the block; means nothing for anybody else. */
  readonly beforeBlock: UnblockedStanding | null;
  /**
   * Another identity that the server gives this contact's name to, without a statement by the pinned one. While it
   * stands here nothing is sent, until the person accepts it or sticks to the pinned one.
   */
  readonly changedTo: Fingerprint | null;
  /** Such identities that the person did not accept, the newest MAX_REJECTED: no reason to ask again. */
  readonly rejected: readonly Fingerprint[];
  /** Last known endpoints: what is left when the discovery server is down. */
  readonly endpoints: readonly Endpoint[];
  readonly lastSeen: number | null;
  /** Messages with an order up to this one were read. */
  readonly readUpTo: number;
  /** What this person wrote with an order up to this one the contact has read, as far as they let others know. */
  readonly theyReadUpTo: number;
  /** Nothing that they write notifies this person. */
  readonly muted: boolean;
  /** Stands before the others. */
  readonly pinned: boolean;
  /** What they said of themselves last; empty for nothing. */
  readonly statusText: string;
  /** What their announcements in local networks are recognised by; null before they said it. */
  readonly nearbyKey: string | null;
  /** Where they can be reached, as this person typed it. */
  readonly typedEndpoint: Endpoint | null;
}

/** A message as stored. */
export interface StoredMessage {
  readonly envelope: Envelope;
  readonly contact: Fingerprint;
  /** Order of local arrival, unique over all conversations and growing. */
  readonly order: number;
  readonly mine: boolean;
  readonly storedAt: number;
  readonly state: 'pending' | 'delivered' | 'refused' | 'received';
  readonly refused: Refusal | null;
  readonly held: boolean;
}

/** A message that this person wrote, on its way into the stores. */
export interface OutgoingMessage {
  readonly envelope: Envelope;
  readonly contact: Fingerprint;
  readonly storedAt: number;
}

/** A message that arrived, on its way into the store. */
export interface IncomingMessage {
  readonly envelope: Envelope;
  readonly held: boolean;
}

/** A line of a conversation that is kept: something happened to the contact's identity or name, or messages are missing. */
export interface StoredNotice {
  readonly contact: Fingerprint;
  readonly kind:
    'identity-replaced' | 'identity-changed' | 'identity-accepted' | 'identity-kept' | 'renamed' | 'missing';
  /** It stands after the message with this order. */
  readonly after: number;
  readonly at: number;
  /** For `renamed`, the name before; for `missing`, how many; of a new identity `verified` if the one before was; else empty. */
  readonly detail: string;
}

/** Where a device's messages stand here. */
export interface InboundPosition {
  readonly cursor: ReceivedCursor | null;
  /** Epochs that it had before. */
  readonly retired: readonly string[];
  /** What was refused of the cursor's epoch: the newest MAX_KEPT_REFUSALS, by sequence. */
  readonly refused: readonly RefusedMessage[];
}

/** Lines that are kept for a contact: more than one person changes their name or key, few enough to read at once. */
export const MAX_STORED_NOTICES = 100;

/** Of those about missing messages, which whoever sends can make any number of: they take no other line's place. */
export const MAX_MISSING_NOTICES = 20;

/**
 * Ended epochs that are remembered for a contact and for a device, the newest: somebody who names a new one on each
 * link makes no more of them. One that was forgotten counts as never seen, and what comes of it is known by its id.
 */
export const MAX_RETIRED_EPOCHS = 256;

/**
 * Devices of a contact whose counters are kept, the newest: nobody writes on more, and who makes some up makes no more
 * of them here. Of one that was forgotten the same holds.
 */
export const MAX_CONTACT_DEVICES = 64;

/** Replaced identities of contacts that are remembered, so that what a window still has of them is found. */
export const MAX_SUCCESSORS = 1_000;

/** Messages that one call forgets: a few milliseconds of a slow disk. */
export const FORGOTTEN_AT_ONCE = 1_000;

/** Messages that one call takes into the full-text index, and the bytes of their rows: a few milliseconds. */
export const INDEXED_AT_ONCE = 64;
export const INDEXED_BYTES_AT_ONCE = 64 * 1024;

/** Characters of the shortest text that is looked for in the full-text index, which is one of three characters each. */
export const MIN_INDEXED_QUERY = 3;

/** Newest messages among which anything shorter is looked for: reading them takes a few milliseconds. */
export const SEARCHED_WITHOUT_INDEX = 1_000;

/** Newest reactions of one person to one message that are read: whoever has and takes back more of them overdoes it. */
export const MAX_REACTIONS_READ = 100;

/** Newest messages that a search reads since the index does not have them: what comes in a burst of seconds. */
export const MAX_READ_UNINDEXED = 20_000;

/** What the tree shows of a conversation without opening it. */
export interface ConversationSummary {
  readonly unread: number;
  readonly lastMessageAt: number | null;
}

/**
 * History, contacts and counters, in global storage. Every method is one transaction, durable when it returns.
 * All of them throw StorageError when the disk does not take or give the data.
 */
export interface HistoryStore {
  contacts(): StoredContact[];
  saveContact(contact: StoredContact): void;
  /**
   * `next` takes the place of the contact `from`, with all messages and lines; those of a contact that `next` was
   * already come to them. Received messages count as written by `next`, so that a repeated one is known. Counters of
   * `from` are left: its devices write no more. When `next` is accepted it is remembered who took the place of `from`.
   * @param notice is added to the lines
   * @param forgotten of the two, those whose messages and lines are removed instead
   * @param between identities by which the one led to the other: `next` took their place too
   * @returns the summary of the one conversation
   */
  replaceContact(
    from: Fingerprint,
    next: StoredContact,
    notice: StoredNotice,
    forgotten: readonly Fingerprint[],
    between: readonly Fingerprint[],
  ): ConversationSummary;
  /** Who took whose place, the newest MAX_SUCCESSORS, oldest first. */
  successors(): { from: Fingerprint; to: Fingerprint }[];
  /** Removes a contact with messages and lines; counters stay, so that nothing is taken twice. */
  removeContact(contact: Fingerprint): void;
  /** Forgets the messages and lines of a contact, who stands as given from now on, last of all; counters stay. */
  forgetMessages(contact: StoredContact): void;
  /**
   * Deletes messages and lines of a contact, but for what is not acknowledged; counters stay. A change of a message that
   * is gone goes too, once it is acknowledged.
   */
  clear(contact: Fingerprint): void;
  /** How many devices of this contact have a counter here. */
  devices(contact: Fingerprint): number;
  /** How many messages came from this contact, and the bytes of their texts: what bounds a request. */
  received(contact: Fingerprint): { messages: number; bytes: number };
  notices(contact: Fingerprint): StoredNotice[];
  /** The newest MAX_STORED_NOTICES of a contact are kept, and besides the newest MAX_MISSING_NOTICES about missing messages. */
  addNotice(notice: StoredNotice): void;
  /**
   * Forgets messages and lines stored before this time, but for what is not acknowledged, and what changes these
   * messages: at most FORGOTTEN_AT_ONCE rows, so that nothing else waits for long. Returns how many messages, changes and
   * lines; 0 when none is left.
   */
  forget(before: number): number;
  summary(contact: Fingerprint): ConversationSummary;
  /**
   * The newest `limit` messages before `before` (null: the newest of all), oldest first. What changes another message is
   * in no page, and counts in no summary.
   */
  page(
    contact: Fingerprint,
    before: number | null,
    limit: number,
  ): { messages: StoredMessage[]; hasOlder: boolean };
  /** The newest message of a contact with an order up to this one. */
  newestReceived(contact: Fingerprint, upTo: number): StoredMessage | null;
  find(id: string, author: Fingerprint): StoredMessage | null;
  /**
   * What changes messages of these ids and was not refused, of each oldest first: of either person the newest edit, the
   * first deletion and the newest MAX_REACTIONS_READ reactions.
   */
  changes(contact: Fingerprint, ids: readonly string[]): StoredMessage[];
  /**
   * Takes the oldest messages that the full-text index does not have yet into it, at most INDEXED_AT_ONCE. Returns how
   * many it looked at; 0 when none is left. What is removed leaves the index in the same transaction; when much is, the
   * index begins anew.
   */
  index(): number;
  /**
   * The newest `limit` messages and edits whose text has this in it, whatever the case, newest first; of one contact, or
   * (null) of all. Less than MIN_INDEXED_QUERY characters are looked for in the newest SEARCHED_WITHOUT_INDEX messages, more
   * in the full-text index, and in the newest MAX_READ_UNINDEXED of what it does not have yet.
   */
  search(text: string, where: { contact: Fingerprint | null; limit: number }): StoredMessage[];
  /** Everything that this person wrote and nobody acknowledged yet, by contact and sequence. */
  undelivered(): StoredMessage[];
  /** Where this device's counter for a contact stands, with the epochs that it had before. */
  outbound(contact: Fingerprint): { cursor: Cursor | null; retired: readonly string[] };
  /**
   * Adds written messages (those already there are left alone) and moves the counters on. Returns them as they are. May
   * be synced up to a second later: outboxes have the same.
   */
  addOutgoing(
    messages: readonly OutgoingMessage[],
    counters: readonly { contact: Fingerprint; cursor: Cursor }[],
  ): StoredMessage[];
  /**
   * Starts a new epoch for a contact: its pending messages get these envelopes by their ids, of another author or
   * conversation too; the old epoch is retired.
   */
  renumber(contact: Fingerprint, cursor: Cursor, envelopes: readonly Envelope[]): void;
  inbound(device: Fingerprint): InboundPosition;
  /**
   * Adds what arrived (an id seen before is left alone, also one of a message that was deleted since), remembers what was refused of the cursor's epoch and moves
   * the device's cursor, in one transaction. A cursor of another epoch retires the one before. Of the contact's devices
   * the newest MAX_CONTACT_DEVICES are kept. What a message said that is deleted by it is erased.
   * @param line is added to the lines: what the new cursor says no longer
   * @returns the messages that are new
   */
  receive(
    contact: Fingerprint,
    device: Fingerprint,
    cursor: ReceivedCursor,
    messages: readonly IncomingMessage[],
    refused: readonly RefusedMessage[],
    now: number,
    line?: StoredNotice | null,
  ): StoredMessage[];
  /**
   * Ends pending messages of this person; others are left alone. What a message said that was deleted is erased once its
   * deletion is delivered, and a change of a message that is gone goes too. Returns the ids of those that changed.
   */
  settle(author: Fingerprint, ends: readonly MessageEnd[]): ReadonlySet<string>;
  /** Folders of all workspaces that ever held an outbox. */
  workspaces(): string[];
  addWorkspace(folder: string): void;
  /** Small values of the peer itself, such as the port that it listened on last. */
  setting(name: string): string | null;
  setSetting(name: string, value: string): void;
  close(): void;
}

/** What became of a message of this person's. */
export interface MessageEnd {
  readonly id: string;
  readonly state: 'delivered' | 'refused';
  readonly refused: Refusal | null;
  /** Whether it changes another message: only then anything follows from it. */
  readonly isChange: boolean;
}

/** One workspace's outbox. Every method is one transaction, durable when it returns. Throws StorageError. */
export interface OutboxStore {
  /** In order of sequence within each contact. */
  all(): { contact: Fingerprint; envelope: Envelope }[];
  /** @param gone ids that leave it in the same transaction, and count for nothing if they are not there */
  add(entries: readonly { contact: Fingerprint; envelope: Envelope }[], gone?: readonly string[]): void;
  /** Replaces the entries with the same id. */
  update(entries: readonly { contact: Fingerprint; envelope: Envelope }[]): void;
  /**
   * @param synced whether they are gone for good when this returns, or up to a second later: where the history has what
   *   became of them
   */
  remove(ids: readonly string[], synced: 'now' | 'later'): void;
  close(): void;
}

/**
 * Opens the outbox of a workspace storage folder; `null` is global storage. Without `create`, null when there is
 * none: a deleted workspace is not made again.
 * @throws {StorageError}
 */
export interface OpenOutbox {
  (folder: string | null, create: true): OutboxStore;
  (folder: string | null, create: boolean): OutboxStore | null;
}

/** The disk did not take or give the data. The message says which file and what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
