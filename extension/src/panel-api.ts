import * as z from 'zod/mini';
import { deleteBody, messageReference, reactionBody } from '@p2p-chat/protocol/kinds';
import { timestamp } from '@p2p-chat/protocol/message-fields';
import { contact, message, notice } from './conversation-api.ts';

/** Characters of what tells namesakes apart. */
const MAX_MARK_LENGTH = 32;

/** Names that the page proposes for a mention: of more, nobody finds theirs in the list. */
export const MAX_PROPOSED_PEOPLE = 500;

/** What a text in the box is, if it is no message of its own: this person is the sender. */
const about = z.discriminatedUnion('kind', [
  z.extend(messageReference, { kind: z.literal('reply') }),
  z.object({ kind: z.literal('edit'), message: deleteBody.shape.message }),
]);

/** What was typed and not sent, with the message that it replies to. */
export const draft = z.object({ text: z.string(), replyTo: z.nullable(messageReference) });
export type Draft = z.infer<typeof draft>;

/**
 * Messages between the extension host and the page of a chat panel. The page keeps nothing: whenever it starts or is shown
 * again it gets everything, and it says `ready` if it was told nothing by the time its script runs.
 */

/** The page's messages to the host. */
export const pageMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** `token` ties the answer to this attempt; the box keeps the text until `sent` says that it is stored. */
  z.object({ type: z.literal('send'), token: z.int(), text: z.string(), about: z.nullable(about) }),
  /** A message is deleted, which the host asks about, or reacted to. */
  z.object({
    type: z.literal('change'),
    change: z.discriminatedUnion('kind', [
      z.extend(deleteBody, { kind: z.literal('delete') }),
      z.extend(reactionBody, { kind: z.literal('reaction') }),
    ]),
  }),
  /** The person is writing just now. */
  z.object({ type: z.literal('typing') }),
  z.object({ type: z.literal('load-older'), before: z.int() }),
  /** The person sees the conversation up to this message: visible and focused. */
  z.object({ type: z.literal('read'), upTo: z.int() }),
  z.object({ type: z.literal('draft'), draft }),
  z.object({ type: z.literal('go-online') }),
  /** Why is a message not delivered? */
  z.object({ type: z.literal('why') }),
  /** A link of a message was followed. VS Code itself would open it without asking in a workspace that is trusted. */
  z.object({ type: z.literal('open-link'), url: z.url({ protocol: /^https?$/ }) }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  /** Code of a message is to be looked at in an editor. `language`: what the message calls it, or empty. */
  z.object({ type: z.literal('open-code'), text: z.string(), language: z.string().check(z.maxLength(32)) }),
  /** What the person decided about the other; the host asks again where it is grave. */
  z.object({
    type: z.literal('decide'),
    decision: z.enum([
      'accept-request',
      'ignore-request',
      'block',
      'unblock',
      'verify',
      'accept-identity',
      'reject-identity',
    ]),
  }),
]);
export type PageMessage = z.infer<typeof pageMessage>;

/** The beginning of the contact's fingerprint while somebody else bears the same name; otherwise null. */
const mark = z.nullable(z.string().check(z.maxLength(MAX_MARK_LENGTH)));

/** The host's messages to the page. */
export const hostMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    contact,
    /** This person's own name. */
    me: z.string(),
    /** Whether this person is online. */
    online: z.boolean(),
    mark,
    messages: z.array(message),
    notices: z.array(notice),
    hasOlder: z.boolean(),
    readUpTo: z.int(),
    draft,
    /** Whom a mention may be of. */
    people: z.array(z.string()).check(z.maxLength(MAX_PROPOSED_PEOPLE)),
    maxTextBytes: z.int(),
  }),
  z.object({ type: z.literal('messages'), messages: z.array(message) }),
  z.object({ type: z.literal('notice'), notice }),
  /** The contact is writing just now. */
  z.object({ type: z.literal('typing') }),
  /** What was stored before this is gone, but for what is still to be delivered. */
  z.object({ type: z.literal('forgotten'), before: timestamp }),
  z.object({ type: z.literal('contact'), contact }),
  z.object({ type: z.literal('mark'), mark }),
  /** The person looked for this message, by this text: it is to be shown, wherever it is. */
  z.object({ type: z.literal('find'), order: z.int(), text: z.string() }),
  z.object({ type: z.literal('online'), online: z.boolean(), me: z.string() }),
  z.object({ type: z.literal('older'), messages: z.array(message), hasOlder: z.boolean() }),
  /** The text is stored durably: the box may be emptied. */
  z.object({ type: z.literal('sent'), token: z.int() }),
  /** The text could not be taken; it stays in the box with this sentence under it. */
  z.object({ type: z.literal('not-sent'), token: z.int(), reason: z.string() }),
]);
export type HostMessage = z.infer<typeof hostMessage>;
