import { utf8Length } from '@p2p-chat/protocol/text';

/** Why the text in the box was not taken. */
export type ComposerProblem =
  | { readonly kind: 'too-long'; readonly bytes: number }
  | { readonly kind: 'not-sent'; readonly reason: string };

/**
 * The message box: its text, and the texts that left it and that the host has not answered yet. A text leaves the box
 * at once, so that the next one can be typed; what could not be stored comes back.
 */
export interface Composer {
  readonly text: string;
  readonly unanswered: readonly { readonly token: number; readonly text: string }[];
  readonly problem: ComposerProblem | null;
}

export function composerWith(text: string): Composer {
  return { text, unanswered: [], problem: null };
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
  const { text, unanswered } = composer;
  if (isBlank(text)) return composer;
  const problem = tooLong(text, maxBytes);
  if (problem !== null) return { ...composer, problem };
  return { text: '', unanswered: [...unanswered, { token, text }], problem: null };
}

/** The host has stored the text of this attempt. */
export function sent(composer: Composer, token: number): Composer {
  const unanswered = composer.unanswered.filter((attempt) => attempt.token !== token);
  return unanswered.length === composer.unanswered.length ? composer : { ...composer, unanswered };
}

/** The host could not take it: the text is back in the box, before whatever was typed since. */
export function notSent(composer: Composer, token: number, reason: string): Composer {
  const attempt = composer.unanswered.find((candidate) => candidate.token === token);
  if (attempt === undefined) return composer;
  const text = isBlank(composer.text) ? attempt.text : `${attempt.text}\n${composer.text}`;
  return { ...sent(composer, token), text, problem: { kind: 'not-sent', reason } };
}
