import type { Contact, Message, Notice } from './api-types.ts';
import type { Composer } from './composer.ts';

/** Before the host's first `state` there is nothing to show. */
export interface LoadingState {
  readonly phase: 'loading';
}

/** Everything the page shows. All of it comes from the host, but for what the person does in the page right now. */
export interface ReadyState {
  readonly phase: 'ready';
  readonly contact: Contact;
  /** The beginning of the contact's fingerprint while somebody else bears the same name. */
  readonly mark: string | null;
  /** This person's own name. */
  readonly me: string;
  /** Whether this person is online. */
  readonly online: boolean;
  /** The loaded stretch, by order. */
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
  readonly hasOlder: boolean;
  /** The `before` that was asked for last: the same stretch is never asked for twice, whatever the answer. */
  readonly askedBefore: number | null;
  readonly loadingOlder: boolean;
  /** Received messages up to this order were seen. */
  readonly readUpTo: number;
  /** The "New" line stands before the first received message after this order; null for no line. */
  readonly newAfter: number | null;
  /** Whether the person looks at the page: visible, focused, its end in view. */
  readonly attentive: boolean;
  /** A message that the person looks for, by this text, until it is shown; without a text it is where they were before. */
  readonly wanted: { readonly order: number; readonly text: string | null } | null;
  /** Whether what was looked for last is not there. */
  readonly missed: boolean;
  readonly composer: Composer;
  /** Whom a mention may be of. */
  readonly people: readonly string[];
  /** Whether the contact is writing just now. */
  readonly typing: boolean;
  readonly maxTextBytes: number;
}

export type PageState = LoadingState | ReadyState;

export const loading: PageState = { phase: 'loading' };
