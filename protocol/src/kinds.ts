import * as z from 'zod/mini';
import type { Envelope } from './envelope.ts';
import { MAX_EMOJI_BYTES, MAX_TEXT_BYTES } from './limits.ts';
import { messageId, type MessageReference, messageReference } from './message-fields.ts';
import { utf8Length } from './text.ts';

export { type MessageReference, messageReference } from './message-fields.ts';

/** The kinds of messages that this version knows, with their bodies. Any other is kept and shown as unknown. */

const text = z.string().check(
  z.minLength(1),
  z.refine(
    (value) => utf8Length(value) <= MAX_TEXT_BYTES,
    `a text has at most ${MAX_TEXT_BYTES} bytes of UTF-8`,
  ),
);

/** The body of kind `text`. Besides, it may have a hint; see replyOf. */
export const textBody = z.object({ text });

/** The body of kind `edit`: a message of the sender's says this from now on. */
export const editBody = z.object({ message: messageId, text });

/** The body of kind `delete`: a message of the sender's is no more. */
export const deleteBody = z.object({ message: messageId });

/**
 * One emoji: pictographs, flags and keycaps with what joins and colours them. Which combinations there are differs from
 * one version of Unicode to the next.
 */
const emoji = z.string().check(
  z.regex(/^(?:\p{Extended_Pictographic}|\p{Emoji_Component})+$/u),
  z.regex(/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u),
  z.refine((value) => utf8Length(value) <= MAX_EMOJI_BYTES, `an emoji has at most ${MAX_EMOJI_BYTES} bytes`),
);

/** The body of kind `reaction`: the sender puts an emoji to a message, or (`on` is false) takes it away again. */
export const reactionBody = z.extend(messageReference, { emoji, on: z.boolean() });

/** What changes another message instead of being one. Each may come twice: the second time changes nothing. */
export const change = z.discriminatedUnion('kind', [
  z.extend(editBody, { kind: z.literal('edit') }),
  z.extend(deleteBody, { kind: z.literal('delete') }),
  z.extend(reactionBody, { kind: z.literal('reaction') }),
]);
export type Change = z.infer<typeof change>;

/** The change that an envelope is; null for a message, a kind that is not known, and a body that makes no sense. */
export function changeOf({ kind, body }: Pick<Envelope, 'kind' | 'body'>): Change | null {
  return kind === 'text' ? null : (change.safeParse({ ...body, kind }).data ?? null);
}

/** Of which message a change speaks. */
export function referenceOf(change: Change): MessageReference {
  return { message: change.message, by: change.kind === 'reaction' ? change.by : 'sender' };
}

/** What a text replies to, by its `replyTo`; one that makes no sense is as good as none. */
export function replyOf({ kind, body }: Pick<Envelope, 'kind' | 'body'>): MessageReference | null {
  const { replyTo } = body;
  if (kind !== 'text' || replyTo === undefined) return null;
  return messageReference.safeParse(replyTo).data ?? null;
}

/** Why a body can never be taken, or null. Of a kind that is not known any is. */
export function bodyFault({ kind, body }: Pick<Envelope, 'kind' | 'body'>): 'too-large' | 'malformed' | null {
  const schema = schemas.get(kind);
  if (schema === undefined || schema.safeParse(body).success) return null;
  const { text: said } = body;
  return typeof said === 'string' && utf8Length(said) > MAX_TEXT_BYTES ? 'too-large' : 'malformed';
}

const schemas: ReadonlyMap<string, z.ZodMiniType> = new Map<string, z.ZodMiniType>([
  ['text', textBody],
  ['edit', editBody],
  ['delete', deleteBody],
  ['reaction', reactionBody],
]);
