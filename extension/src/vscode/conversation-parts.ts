import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Change } from '@p2p-chat/protocol/kinds';
import type { Draft, HostMessage } from '../panel-api.ts';
import type { Contact, PeerClient, Problem, Status } from '../peer-api.ts';
import type { Decision } from './decisions.ts';
import type { L10n } from './l10n.ts';

/** What a conversation needs of what is around it. */
export interface ConversationParts {
  /** Whom it is with at first. */
  readonly contact: Fingerprint;
  /** Whether the person asked for it now; not so for a tab that VS Code brought back. */
  readonly byPerson: boolean;
  readonly client: PeerClient;
  readonly l10n: L10n;
  /** The folder of workspace storage, null when no folder is open. */
  readonly workspace: string | null;
  readonly newId: () => string;
  readonly status: () => Status;
  /** This person's name while the status has none. */
  readonly ownName: () => string;
  /** What tells the contact from somebody of the same name; null where there is none. */
  readonly mark: (contact: Fingerprint) => string | null;
  readonly draft: { get: () => Draft; set: (draft: Draft) => void };
  /** Names that a mention may be of. */
  readonly people: () => readonly string[];
  /** Deletes a message of this contact's conversation, after asking, or reacts to it. */
  readonly change: (contact: Fingerprint, change: Change) => Promise<void>;
  readonly post: (message: HostMessage) => void;
  readonly goOnline: () => void;
  /** Shows why what was written is not delivered. */
  readonly why: (contact: Fingerprint) => void;
  /** Opens a web address, after asking. */
  readonly openLink: (url: string) => PromiseLike<unknown>;
  readonly copy: (text: string) => PromiseLike<void>;
  /** Shows code of a message in an editor. `language`: what the message calls it, or empty. */
  readonly openCode: (text: string, language: string) => void;
  /** The conversation cannot be shown. `byPerson`: the person waits for it. */
  readonly onFailed: (problem: Problem, byPerson: boolean) => void;
  /** The page has to begin anew: what its box is to hold is not what it holds. */
  readonly beginAnew: () => void;
  readonly onContact: (contact: Contact) => void;
  /** The contact goes on under another identity, and so does the conversation. */
  readonly onReplaced: (from: Fingerprint, to: Contact) => void;
  /** The person decided something about the contact. */
  readonly decide: (decision: Decision) => Promise<void>;
  /** What the person asked for in the page failed, and they have to be told. */
  readonly failed: (error: unknown) => void;
  readonly log: (text: string) => void;
}
