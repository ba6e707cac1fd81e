import * as z from 'zod/mini';
import { deleteBody, reactionBody } from '@p2p-chat/protocol/kinds';
import { messageReference } from '@p2p-chat/protocol/message-fields';
import { draft } from './panel-api.ts';

/** What a text in the box is, if it is no message of its own: this person is the sender. */
const about = z.discriminatedUnion('kind', [
  z.extend(messageReference, { kind: z.literal('reply') }),
  z.object({ kind: z.literal('edit'), message: deleteBody.shape.message }),
]);

/** The messages of the page of a chat panel to its host, which alone knows what they have to be like. */
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
  /** How far the person has scrolled up: to the message of this order; null for the end. */
  z.object({ type: z.literal('place'), order: z.nullable(z.int()) }),
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
