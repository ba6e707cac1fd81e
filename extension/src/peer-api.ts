import * as z from 'zod/mini';
import { endpoint, joinCode } from '@p2p-chat/protocol/discovery';
import { messageId, timestamp } from '@p2p-chat/protocol/message-fields';
import { fingerprint } from '@p2p-chat/protocol/fingerprint';
import { change, messageReference } from '@p2p-chat/protocol/kinds';
import { shownName, userName } from '@p2p-chat/protocol/names';
import { statusText } from '@p2p-chat/protocol/status';
import { contact, message, notice, person } from './conversation-api.ts';
import { deliveryReport } from './delivery-api.ts';

/**
 * What a window and the peer say to each other over the local socket, as JSON-RPC. Both ends validate. The peer
 * pushes whole values (a status, a contact, a message), never differences that a window would have to add up.
 */

/** What stands between this person and being online, with a sentence that says what to do. */
export const problemCode = z.enum([
  'bad-address',
  'server-unreachable',
  'server-refused',
  'not-a-discovery-server',
  /** Its certificate is one that no authority vouches for, and nobody accepted its key yet. */
  'server-unknown',
  /** It shows another key than the one that was accepted. */
  'server-changed',
  /** The server asks for a join code, or for another than was given. */
  'join-code',
  'name-taken',
  'name-invalid',
  'identity-has-other-name',
  'identity-lost',
  /** The account was deleted elsewhere, or the server lost it. */
  'no-account',
  'port-taken',
  'listen-failed',
  'signed-in-elsewhere',
  'storage-failed',
  'text-too-long',
  'unknown-contact',
  'contact-blocked',
  'not-online',
  /** The window that runs the peer stands still; the sentence names it. */
  'owner-silent',
  'internal',
]);
export type ProblemCode = z.infer<typeof problemCode>;
export const problem = z.object({
  code: problemCode,
  message: z.string(),
  /** For `server-unknown` and `server-changed`: the key that the server shows, to be accepted or not. */
  serverKey: z.optional(fingerprint),
});
export type Problem = z.infer<typeof problem>;

/** Whether this person is online. `retrying` is true when the peer goes on trying by itself. */
export const status = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('offline') }),
  z.object({ kind: z.literal('connecting'), name: userName, server: z.string() }),
  z.object({
    kind: z.literal('online'),
    name: userName,
    server: z.string(),
    identity: fingerprint,
    endpoints: z.array(endpoint),
  }),
  z.object({
    kind: z.literal('problem'),
    name: userName,
    server: z.string(),
    problem,
    retrying: z.boolean(),
  }),
]);
export type Status = z.infer<typeof status>;

export * from './conversation-api.ts';

/** People on the server who are no contacts yet, as far as pages were loaded. */
export const directory = z.object({ people: z.array(person), more: z.boolean() });
export type Directory = z.infer<typeof directory>;

/** Files of this person that were damaged and put aside since the peer started, by their new paths. */
export const damagedFiles = z.array(z.string());

/** Everything a window shows outside of conversations. */
export const snapshot = z.object({
  status,
  contacts: z.array(contact),
  directory,
  damagedFiles,
});
export type Snapshot = z.infer<typeof snapshot>;

/** A stretch of a conversation, oldest first. */
export const conversationPage = z.object({
  contact,
  messages: z.array(message),
  notices: z.array(notice),
  hasOlder: z.boolean(),
  /** Messages with an order up to this one were read. */
  readUpTo: z.int(),
});
export type ConversationPage = z.infer<typeof conversationPage>;

/** What Go Online needs; most of it comes from settings. */
export const onlineOptions = z.object({
  server: z.string(),
  name: z.string(),
  /** Empty for every interface. */
  listenHost: z.string(),
  /** 0 for any free port, kept for the next time. */
  listenPort: z.int().check(z.gte(0), z.lte(65_535)),
  /** For a new account on a server that asks for it. Never kept. */
  joinCode: z.nullable(joinCode),
  /** The key of the server's certificate that the person accepted or that an invite brought; null for no news. */
  serverKey: z.nullable(z.object({ key: fingerprint, by: z.enum(['person', 'invite']) })),
  /**
   * The person asked for it now: what takes over from another device, or makes an account anew that was deleted. A start
   * and a reload do neither.
   */
  byPerson: z.boolean(),
});
export type OnlineOptions = z.infer<typeof onlineOptions>;

/** Who this person is, whether online or not. */
export const ownIdentity = z.object({
  identity: fingerprint,
  device: fingerprint,
  /** The server that was used last, as its origin, with the name there; null before the first time. */
  account: z.nullable(
    z.object({
      name: userName,
      server: z.string(),
      /** Fingerprint of the server's key where it is pinned; null on plain HTTP or under an authority. */
      serverKey: z.nullable(fingerprint),
    }),
  ),
});
export type OwnIdentity = z.infer<typeof ownIdentity>;

/** What a person wants of the peer besides being online; from settings, so the same in every window. */
export const preferences = z.object({
  acceptMessagesFrom: z.enum(['everyone', 'contacts']),
  /** Messages older than this are forgotten; 0 keeps all. */
  keepHistoryDays: z.int().check(z.gte(0), z.lte(36_500)),
  /** Whether contacts hear how far this person has read. */
  sendReadReceipts: z.boolean(),
  /** Whether contacts see that this person is writing to them. */
  sendTypingIndicator: z.boolean(),
  /** Whether contacts in the same local network are found there, and find this person. */
  localDiscovery: z.boolean(),
});
export type Preferences = z.infer<typeof preferences>;

/** What a window shows now, so that one of a person's windows notifies, and only where it is not seen anyway. */
export const attention = z.object({
  focused: z.boolean(),
  /** Whose conversations are visible in it. */
  inView: z.array(fingerprint),
  /** Of whom a notification is open in it. */
  notifying: z.array(fingerprint),
});
export type Attention = z.infer<typeof attention>;

/** Messages for a notification: how many, and how the newest begins; null where its kind has no text. */
export const arrivals = z.object({ count: z.int().check(z.gte(0)), newest: z.nullable(z.string()) });
export type Arrivals = z.infer<typeof arrivals>;

const safetyDigits = z.string().check(z.regex(/^\d{60}$/));

/** Characters that can be searched for: more than anybody remembers of a message. */
export const MAX_QUERY_LENGTH = 200;

/** Requests of a window: method name to schemas of parameters and result. */
export const peerRequests = {
  /** Current state; from then on this window gets pushes. */
  subscribe: { params: z.object({}), result: snapshot },
  /** Ends when online or with an error of code `problemCode`. `accountCreated`: the name was new. */
  goOnline: { params: onlineOptions, result: z.object({ accountCreated: z.boolean() }) },
  goOffline: { params: z.object({}), result: z.object({}) },
  /**
   * Makes the person a contact (pinning the identity) and wants a link while at least one window has it open.
   * Answers with the newest `limit` messages.
   */
  openConversation: {
    params: z.object({
      contact: fingerprint,
      limit: z.int().check(z.gte(1), z.lte(500)),
      /** The person asked for it now: whoever was ignored is accepted by that. A panel that is restored asks without. */
      byPerson: z.boolean(),
    }),
    result: conversationPage,
  },
  closeConversation: { params: z.object({ contact: fingerprint }), result: z.object({}) },
  /** Messages before `order`. */
  loadOlder: {
    params: z.object({ contact: fingerprint, before: z.int(), limit: z.int().check(z.gte(1), z.lte(500)) }),
    result: z.object({ messages: z.array(message), hasOlder: z.boolean() }),
  },
  /** The newest messages that have this text, also as a part of a word; newest first. `contact`: null for all of them. */
  search: {
    params: z.object({
      contact: z.nullable(fingerprint),
      text: z.string().check(z.minLength(1), z.maxLength(MAX_QUERY_LENGTH)),
      limit: z.int().check(z.gte(1), z.lte(100)),
    }),
    result: z.object({ messages: z.array(message) }),
  },
  /**
   * Ends once the message is stored durably. `id` is made by the window, so that a request repeated after a
   * change of owner is one message. `workspace` is the folder of workspace storage, null when none is open.
   */
  send: {
    params: z.object({
      id: messageId,
      contact: fingerprint,
      text: z.string(),
      /** The message of the same conversation that it replies to; this person is the sender. */
      replyTo: z.optional(messageReference),
      workspace: z.nullable(z.string()),
    }),
    result: message,
  },
  /** Edits or deletes a message of this person's, or reacts to one; like `send`. The result is how that one looks now. */
  change: {
    params: z.object({ id: messageId, contact: fingerprint, change, workspace: z.nullable(z.string()) }),
    result: message,
  },
  /** The person is writing to a contact just now, who is told if they take it and this person lets them know. */
  typing: { params: z.object({ contact: fingerprint }), result: z.object({}) },
  /** Why what waits for a contact is not delivered: to be asked again while somebody looks. */
  deliveryReport: { params: z.object({ contact: fingerprint }), result: deliveryReport },
  /** Dials a contact at once, if something is to be sent; what failed before counts no longer. */
  tryNow: { params: z.object({ contact: fingerprint }), result: deliveryReport },
  markRead: { params: z.object({ contact: fingerprint, upTo: z.int() }), result: z.object({}) },
  /** Loads the next directory page; the result comes as a `directory` push. */
  moreDirectory: { params: z.object({}), result: z.object({}) },
  configure: { params: preferences, result: z.object({}) },
  ownIdentity: { params: z.object({}), result: ownIdentity },
  /** Another name on the server; needs to be online. */
  rename: { params: z.object({ name: z.string() }), result: z.object({ name: userName }) },
  /** Ends the account on the server, and being online. Contacts and history stay here. */
  deleteAccount: { params: z.object({}), result: z.object({}) },
  /** Pins an identity that an invite brought, before any server is asked. One that is a contact already stays as it is. */
  addContact: {
    params: z.object({ identity: fingerprint, name: userName, server: z.string() }),
    result: contact,
  },
  /** Answers a request, blocks, or unblocks. Blocking closes the link. Ignoring forgets what was received. */
  setStanding: {
    params: z.object({
      contact: fingerprint,
      /** `unblocked` is the only way out of a block: an `accepted` that comes late does not lift it. */
      standing: z.enum(['accepted', 'ignored', 'blocked', 'unblocked']),
    }),
    result: contact,
  },
  setMuted: { params: z.object({ contact: fingerprint, muted: z.boolean() }), result: contact },
  setPinned: { params: z.object({ contact: fingerprint, pinned: z.boolean() }), result: contact },
  /** What this person says of themselves, to accepted contacts only; empty for nothing. */
  setStatusText: { params: z.object({ text: statusText }), result: z.object({}) },
  ownStatusText: { params: z.object({}), result: z.object({ text: statusText }) },
  /** Where a contact can be reached, as the person typed it; tried besides whatever else is known. Null takes it back. */
  setAddress: {
    params: z.object({ contact: fingerprint, endpoint: z.nullable(endpoint) }),
    result: z.object({}),
  },
  typedAddress: {
    params: z.object({ contact: fingerprint }),
    result: z.object({ endpoint: z.nullable(endpoint) }),
  },
  /** Forgets a contact with everything that was said; what is held for them is not sent. */
  removeContact: { params: z.object({ contact: fingerprint }), result: z.object({}) },
  /** Deletes what was said with a contact, or (null) with all; what waits to be delivered stays. */
  clearHistory: { params: z.object({ contact: z.nullable(fingerprint) }), result: z.object({}) },
  /** What this window shows from now on; forgotten when it goes. */
  attend: { params: attention, result: z.object({}) },
  /** 60 digits, the same on both sides. */
  safetyNumber: {
    params: z.object({ contact: fingerprint }),
    result: z.object({
      digits: safetyDigits,
      /** Those shared with `changedTo`, which are what to compare before it is accepted. */
      changed: z.nullable(z.object({ identity: fingerprint, digits: safetyDigits })),
    }),
  },
  /** `digits` is what the person compared, and has to be the number shared with this very identity; null takes it back. */
  setVerified: {
    params: z.object({ contact: fingerprint, digits: z.nullable(safetyDigits) }),
    result: contact,
  },
  /** The identity to which the contact changed counts from now on; what was held goes to it. The result is who it is now. */
  acceptIdentity: {
    params: z.object({ contact: fingerprint, identity: fingerprint }),
    result: contact,
  },
  /** The pinned identity goes on counting, and what was held goes to it. */
  rejectIdentity: {
    params: z.object({ contact: fingerprint, identity: fingerprint }),
    result: contact,
  },
  /** The peer stops; a window starts it anew, with the keys that the secret storage has then. */
  restart: { params: z.object({}), result: z.object({}) },
  /** Registers a workspace's outbox, so that what was held there is delivered from now on. */
  addWorkspace: { params: z.object({ workspace: z.string() }), result: z.object({}) },
} as const;
export type PeerRequests = typeof peerRequests;
export type PeerMethod = keyof PeerRequests;
export type PeerParams<M extends PeerMethod> = z.infer<PeerRequests[M]['params']>;
export type PeerResult<M extends PeerMethod> = z.infer<PeerRequests[M]['result']>;

/** Pushes of the peer to every subscribed window. */
export const peerPushes = {
  status,
  contact,
  /** A contact goes on under another identity: what is open for `from` is to be read again as `to`. */
  contactReplaced: z.object({ from: fingerprint, to: contact }),
  /** No contact any longer. */
  contactRemoved: z.object({ contact: fingerprint }),
  directory,
  damagedFiles,
  /** New, or changed: replaces the one with the same id. */
  messages: z.array(message),
  notice,
  /** A contact is writing to this person: true for 2 × TYPING_TOLD_EVERY_MS, or until a message of theirs comes. */
  typing: z.object({ contact: fingerprint }),
  /** To the one window that is to notify of what a contact wrote. */
  notify: z.object({
    contact: fingerprint,
    name: shownName,
    all: arrivals,
    /** Those of them that call this person by name. */
    mentions: arrivals,
  }),
  /** Messages and notices stored before this are gone, but for what is still to be delivered; `contact` null: of all. */
  forgotten: z.object({ before: timestamp, contact: z.nullable(fingerprint) }),
  /** Something the log shall say; never a message's text, never a secret. */
  log: z.object({ level: z.enum(['debug', 'info', 'warn', 'error']), text: z.string() }),
} as const;
export type PeerPushes = typeof peerPushes;
export type PeerPush = keyof PeerPushes;
export type PeerPushValue<P extends PeerPush> = z.infer<PeerPushes[P]>;

/** A request failed for a reason that a person can do something about. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: ProblemCode;
  /** See Problem. */
  readonly serverKey: string | undefined;

  constructor(
    code: ProblemCode,
    message: string,
    options?: ErrorOptions & { serverKey?: string | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.serverKey = options?.serverKey;
  }
}

/** What every part of a window uses to reach the peer; see windows/ for the real one. */
export interface PeerClient {
  /** The newest state; `undefined` until the first connection. */
  readonly snapshot: Snapshot | undefined;
  /**
   * @throws {PeerError} with a code and a sentence for the person
   */
  request<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<PeerResult<M>>;
  /** The listener is called for each push; returns what ends it. */
  onPush<P extends PeerPush>(push: P, listener: (value: PeerPushValue<P>) => void): () => void;
  /** Called with the whole state after each (re)connection to a peer: everything shown is to be read again. */
  onConnected(listener: (snapshot: Snapshot) => void): () => void;
  /** Called when the peer is gone; the client looks for the next one by itself. */
  onDisconnected(listener: () => void): () => void;
}
