import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Refusal } from '@p2p-chat/protocol/link';

/** What the core tells whoever shows it. Whole values: each replaces the one before with the same id. */

export type PresenceState = 'online' | 'offline' | 'unknown';

export interface PersonView {
  readonly id: Fingerprint;
  readonly name: string;
  readonly presence: PresenceState;
  readonly lastSeen: number | null;
}

export interface ContactView extends PersonView {
  readonly verified: boolean;
  readonly unread: number;
  readonly linked: boolean;
  readonly lastMessageAt: number | null;
}

export interface DirectoryView {
  readonly people: PersonView[];
  readonly more: boolean;
}

export interface MessageView {
  readonly id: string;
  readonly contact: Fingerprint;
  readonly order: number;
  readonly mine: boolean;
  readonly kind: string;
  readonly text: string | null;
  readonly writtenAt: number;
  readonly storedAt: number;
  readonly state: 'held' | 'sending' | 'delivered' | 'refused' | 'received';
  readonly held: boolean;
  readonly refused: Refusal | null;
}

export interface NoticeView {
  readonly contact: Fingerprint;
  readonly kind: 'connected' | 'away' | 'missing';
  readonly after: number;
  readonly at: number;
  readonly count: number;
}

/** Where the core's news go. */
export interface ChatEvents {
  contact(contact: ContactView): void;
  directory(directory: DirectoryView): void;
  messages(messages: MessageView[]): void;
  notice(notice: NoticeView): void;
}
