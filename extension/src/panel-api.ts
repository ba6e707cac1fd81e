import * as z from 'zod/mini';
import { messageId, messageReference, timestamp } from '@p2p-chat/protocol/message-fields';
import { contact, message, notice } from './conversation-api.ts';

/** Characters of what tells namesakes apart. */
const MAX_MARK_LENGTH = 32;

/** Names that the page proposes for a mention: of more, nobody finds theirs in the list. */
export const MAX_PROPOSED_PEOPLE = 500;

/** What was typed and not sent, with the message that it replies to. */
export const draft = z.object({
  text: z.string(),
  replyTo: z.nullable(messageReference),
  /** An edit that is under way, of a message of this person's; the text above waits for its end. */
  edit: z.nullable(z.object({ message: messageId, text: z.string() })),
});
export type Draft = z.infer<typeof draft>;

/**
 * Messages of the extension host to the page of a chat panel; what the page says is in page-api.ts. The page keeps nothing:
 * whenever it starts or is shown again it gets everything, and it says `ready` if it was told nothing by the time its
 * script runs.
 */

/** The beginning of the contact's fingerprint while somebody else bears the same name; otherwise null. */
const mark = z.nullable(z.string().check(z.maxLength(MAX_MARK_LENGTH)));

/** What can be chosen from the menu of a message. */
const messageAction = z.enum(['reply', 'edit', 'delete', 'copy']);
export type MessageAction = z.infer<typeof messageAction>;

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
  /** The person wants this at the end of the box, where they go on writing. */
  z.object({ type: z.literal('add'), text: z.string() }),
  /** Where the person had scrolled to when they left: this message is in view again, and nothing else happens. */
  z.object({ type: z.literal('place'), order: z.int() }),
  /** The person chose this from the menu of a message. */
  z.object({ type: z.literal('act'), does: messageAction, order: z.int() }),
  z.object({ type: z.literal('online'), online: z.boolean(), me: z.string() }),
  z.object({ type: z.literal('older'), messages: z.array(message), hasOlder: z.boolean() }),
  /** The text is stored durably: the box may be emptied. */
  z.object({ type: z.literal('sent'), token: z.int() }),
  /** The text could not be taken; it stays in the box with this sentence under it. */
  z.object({ type: z.literal('not-sent'), token: z.int(), reason: z.string() }),
  /** A text that was not known to be taken is stored after all: it leaves the box, or it would be sent twice. */
  z.object({ type: z.literal('stored'), text: z.string() }),
]);
export type HostMessage = z.infer<typeof hostMessage>;
