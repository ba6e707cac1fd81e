import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Refusal } from '@p2p-chat/protocol/link';
import type { LinkPath } from './net-ports.ts';
import type { Standing, Trust } from './storage-ports.ts';

/** What the core tells whoever shows it. Whole values: each replaces the one before with the same id. */

export type PresenceState = 'online' | 'offline' | 'unknown';

export interface PersonView {
  readonly id: Fingerprint;
  readonly name: string;
  readonly presence: PresenceState;
  readonly lastSeen: number | null;
}

export interface ContactView extends PersonView {
  readonly trust: Trust;
  readonly standing: Standing;
  /** Another identity that the server gives this name to: sending waits until the person has decided. */
  readonly changedTo: Fingerprint | null;
  readonly unread: number;
  readonly linked: boolean;
  /** How the link goes; null without one. */
  readonly path: LinkPath | null;
  readonly lastMessageAt: number | null;
  readonly muted: boolean;
  readonly pinned: boolean;
  /** What they say of themselves; empty for nothing, and of whoever is not accepted. */
  readonly statusText: string;
}

export interface DirectoryView {
  readonly people: PersonView[];
  readonly more: boolean;
}

/** An emoji at a message, and whose it is; of one of the two people at least. */
export interface ReactionView {
  readonly emoji: string;
  readonly mine: boolean;
  readonly theirs: boolean;
}

/** What a message replies to. */
export interface ReplyView {
  readonly id: string;
  readonly mine: boolean;
  /** Null when it is not here (any longer), and so is `text`. */
  readonly order: number | null;
  /** How it begins now; null also when it was deleted or has no text. */
  readonly text: string | null;
}

export interface MessageView {
  readonly id: string;
  readonly contact: Fingerprint;
  readonly order: number;
  readonly mine: boolean;
  readonly kind: string;
  /** Null for a kind that is not known, and once it was deleted. */
  readonly text: string | null;
  /** Its author changed what it says. */
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly reactions: ReactionView[];
  readonly replyTo: ReplyView | null;
  readonly writtenAt: number;
  readonly storedAt: number;
  readonly state: 'held' | 'sending' | 'delivered' | 'read' | 'refused' | 'received';
  readonly held: boolean;
  /** `other-identity`: it was written under an identity that this VS Code no longer has. */
  readonly refused: Refusal | 'other-identity' | null;
}

export interface NoticeView {
  readonly contact: Fingerprint;
  readonly kind:
    | 'connected'
    | 'away'
    | 'missing'
    | 'identity-replaced'
    | 'identity-changed'
    | 'identity-accepted'
    | 'identity-kept'
    | 'renamed';
  readonly after: number;
  readonly at: number;
  /** For `missing`: how many messages. */
  readonly count: number;
  /** For `renamed`: the name before. Of a new identity: `verified` if the one before was. */
  readonly detail: string;
}

/** What two people compare; see safetyNumber of the protocol. */
export interface SafetyNumbers {
  /** Shared with the pinned identity. */
  readonly digits: string;
  /** Shared with the one that the contact changed to: to be compared before it is accepted. */
  readonly changed: { readonly identity: Fingerprint; readonly digits: string } | null;
}

/** Where the core's news go. */
export interface ChatEvents {
  contact(contact: ContactView): void;
  /** A contact goes on under another identity: whatever is shown of `from` is to be read again as `to`. */
  contactReplaced(replacement: { from: Fingerprint; to: ContactView }): void;
  /** No contact any longer. */
  contactRemoved(contact: Fingerprint): void;
  directory(directory: DirectoryView): void;
  /** New, or different from before. */
  messages(messages: MessageView[]): void;
  /** Of those, what others just wrote. */
  arrived(messages: MessageView[]): void;
  notice(notice: NoticeView): void;
  /** A contact is writing to this person just now. */
  typing(contact: Fingerprint): void;
  /** What was stored before this is gone, but for what is still to be delivered; of one contact, or (null) of all. */
  forgotten(before: number, contact: Fingerprint | null): void;
}

/** What a person wants of the core. */
export interface Preferences {
  /** Whether strangers of the directory may write, or contacts alone. */
  readonly acceptMessagesFrom: 'everyone' | 'contacts';
  /** Messages older than so many days are forgotten; 0 keeps all. */
  readonly keepHistoryDays: number;
  /** Whether contacts hear how far this person has read. */
  readonly sendReadReceipts: boolean;
  /** Whether contacts see that this person is writing to them. */
  readonly sendTypingIndicator: boolean;
  /** Whether contacts in the same local network are found there, and find this person. */
  readonly localDiscovery: boolean;
}
