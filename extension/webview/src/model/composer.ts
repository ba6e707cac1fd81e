import { utf8Length } from '@p2p-chat/protocol/text';
import { withoutHead } from '../../../src/returned-text.ts';
import type { About, Draft } from './api-types.ts';

/** Why the text in the box was not taken. */
export type ComposerProblem =
  | { readonly kind: 'too-long'; readonly bytes: number }
  | { readonly kind: 'not-sent'; readonly reason: string };

/** A text that left the box under a token, and what it is. */
export interface Attempt {
  readonly token: number;
  readonly text: string;
  readonly about: About | null;
}

/**
 * The message box: its text, and the texts that left it and that the host has not answered yet. A text leaves the box
 * at once, so that the next one can be typed; what could not be stored comes back.
 */
export interface Composer {
  readonly text: string;
  /** What the text is, if it is no message of its own. */
  readonly about: About | null;
  /** What stood in the box before an earlier message was taken into it to be edited. */
  readonly kept: Draft | null;
  readonly unanswered: readonly Attempt[];
  /** Texts that came back, in the order in which they were written: the box begins with them until they are changed. */
  readonly back: readonly Attempt[];
  readonly problem: ComposerProblem | null;
}

const NONE: Draft = { text: '', replyTo: null, edit: null };

export function composerWith(draft: Draft): Composer {
  const composer: Composer = { ...withDraft(draft), kept: null, unanswered: [], back: [], problem: null };
  return draft.edit === null ? composer : editing(composer, draft.edit.message, draft.edit.text);
}

/** What is to be found in the box the next time. */
export function draftOf({ text, about, kept }: Composer): Draft {
  if (about?.kind === 'edit') return { ...(kept ?? NONE), edit: { message: about.message, text } };
  return { text, replyTo: about === null ? null : { message: about.message, by: about.by }, edit: null };
}

function withDraft({ text, replyTo }: Pick<Draft, 'text' | 'replyTo'>): Pick<Composer, 'text' | 'about'> {
  return { text, about: replyTo === null ? null : { kind: 'reply', ...replyTo } };
}

/** The person replies to a message; an edit that was under way is left. */
export function replying(composer: Composer, to: NonNullable<Draft['replyTo']>): Composer {
  return { ...cancelled(composer, 'edit'), about: { kind: 'reply', ...to } };
}

/** The person edits a message of theirs. */
export function editing(composer: Composer, message: string, text: string): Composer {
  const kept = composer.kept ?? draftOf(composer);
  return { ...composer, kept, text, about: { kind: 'edit', message }, problem: null };
}

/** The text is a message of its own again; where it was an edit, what stood there before is back. */
export function cancelled(
  composer: Composer,
  what: About['kind'] | undefined = composer.about?.kind,
): Composer {
  const { about, kept } = composer;
  if (about === null || about.kind !== what) return composer;
  if (kept === null) return { ...composer, about: null };
  return { ...composer, ...withDraft(kept), kept: null, problem: null };
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

function tooLong(text: string, maxBytes: number): ComposerProblem | null {
  // No character of a string takes less than one byte and none more than three: most texts need no encoding.
  if (text.length * 3 <= maxBytes) return null;
  const bytes = utf8Length(text);
  return bytes > maxBytes ? { kind: 'too-long', bytes } : null;
}

/** The person edited. A text once found too long is told its size until it fits; any other problem is history. */
export function typed(composer: Composer, text: string, maxBytes: number): Composer {
  if (text === composer.text) return composer;
  const problem = composer.problem?.kind === 'too-long' ? tooLong(text, maxBytes) : null;
  return { ...composer, text, problem };
}

/** The person wants it sent. The text leaves the box under `token`, unless it cannot be sent. */
export function submitted(composer: Composer, token: number, maxBytes: number): Composer {
  const { text, about, unanswered } = composer;
  if (isBlank(text)) return composer;
  const problem = tooLong(text, maxBytes);
  if (problem !== null) return { ...composer, problem };
  const left = { text: '', unanswered: [...unanswered, { token, text, about }], problem: null };
  // What an edit keeps for later stays.
  const back = composer.kept === null ? [] : composer.back;
  return cancelled({ ...composer, ...left, back });
}

/** What the person wants in the box cannot be sent: the reason stands under it until they go on writing. */
export function refused(composer: Composer, reason: string): Composer {
  return { ...composer, problem: { kind: 'not-sent', reason } };
}

/** The host has stored the text of this attempt. */
export function sent(composer: Composer, token: number): Composer {
  const unanswered = composer.unanswered.filter((attempt) => attempt.token !== token);
  return unanswered.length === composer.unanswered.length ? composer : { ...composer, unanswered };
}

/**
 * The host could not take it: the text is back in the box, before whatever was typed since and behind what was written
 * before it.
 */
export function notSent(composer: Composer, token: number, reason: string): Composer {
  const attempt = composer.unanswered.find((candidate) => candidate.token === token);
  if (attempt === undefined) return composer;
  return refused(returned(sent(composer, token), attempt), reason);
}

function returned(composer: Composer, attempt: Attempt): Composer {
  const { text, about } = attempt;
  if (about?.kind === 'edit') {
    // Of two edits the one under way stays.
    return composer.kept === null ? editing(composer, about.message, text) : composer;
  }
  const { back, rest } = standing(composer);
  const replyTo = about === null ? null : { message: about.message, by: about.by };
  const all = [...back, attempt].sort((one, other) => one.token - other.token);
  return withBack(composer, all, { text: rest, replyTo: draftOf(composer).replyTo ?? replyTo });
}

/** A text that the host could not be sure of is stored: it leaves the box, unless it was made into something else. */
export function stored(composer: Composer, text: string): Composer {
  const { back, rest } = standing(composer);
  const at = back.findIndex((attempt) => attempt.text === text);
  const { replyTo } = draftOf(composer);
  // A page that came after it has it as a draft.
  const left = at === -1 && back.length === 0 ? withoutHead(rest, text) : null;
  if (at === -1 && left === null) return composer;
  const others = back.filter((_, index) => index !== at);
  const draft = { text: left ?? rest, replyTo };
  const isEmpty = others.length === 0 && draft.text === '';
  const next = withBack(composer, others, isEmpty ? { text: '', replyTo: null } : draft);
  return others.length > 0 ? next : { ...next, problem: null };
}

/** What came back and stands at the head of the box still, and what stands after it. */
function standing(composer: Composer): { readonly back: readonly Attempt[]; readonly rest: string } {
  const { back } = composer;
  const { text } = draftOf(composer);
  const rest = withoutHead(text, textOf(back));
  return rest === null ? { back: [], rest: text } : { back, rest };
}

function textOf(back: readonly Attempt[]): string {
  return back.map(({ text }) => text).join('\n');
}

function withBack(
  composer: Composer,
  back: readonly Attempt[],
  { text: rest, replyTo }: Pick<Draft, 'text' | 'replyTo'>,
): Composer {
  const text = [...back.map(({ text }) => text), ...(isBlank(rest) ? [] : [rest])].join('\n');
  const draft = { ...NONE, text, replyTo };
  return composer.kept === null
    ? { ...composer, back, ...withDraft(draft) }
    : { ...composer, back, kept: draft };
}
