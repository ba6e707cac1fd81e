import assert from 'node:assert/strict';
import type { Line, Wish } from './messages.ts';

/** The emoji that everybody reacts with. */
export const EMOJI = '👍';

/** A change that was asked for. */
interface Asked {
  readonly wish: Wish;
  /** Nobody can say whether it was taken while there is no answer; it is refused when the message is no more. */
  fate: 'unknown' | 'taken' | 'refused';
}

/**
 * What one person asked for of messages that stand in both histories, and what has to have become of these. Of one message
 * somebody changes the text at most once, and reacts to it at most once: so that it does not matter which came first.
 */
export class Changes {
  /** By what they change, see `slotOf`. */
  readonly #asked = new Map<string, Asked>();
  readonly #byId = new Map<string, Asked>();

  requested(wish: Wish): void {
    if (wish.change === undefined || this.#byId.has(wish.id)) return;
    const asked: Asked = { wish, fate: 'unknown' };
    this.#asked.set(slotOf(wish.change), asked);
    this.#byId.set(wish.id, asked);
  }

  /** Whether a change has this id. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  answered(id: string): void {
    this.#end(id, 'taken');
  }

  refused(id: string): void {
    this.#end(id, 'refused');
  }

  /** What this person may have changed the text to; null for a deletion, undefined where they changed nothing. */
  textOf(message: string): { readonly text: string | null; readonly isCertain: boolean } | undefined {
    const asked = this.#asked.get(`text of ${message}`);
    if (asked === undefined) return undefined;
    const { change, text } = asked.wish;
    return { text: change?.kind === 'delete' ? null : text, isCertain: asked.fate === 'taken' };
  }

  /** What became of their reaction; undefined where they did not react. */
  reactionTo(message: string): Asked['fate'] | undefined {
    return this.#asked.get(`reaction to ${message}`)?.fate;
  }

  #end(id: string, fate: Asked['fate']): void {
    const asked = this.#byId.get(id);
    if (asked !== undefined) asked.fate = fate;
  }
}

/** What a change is of. */
export function slotOf({ kind, message }: Pick<NonNullable<Wish['change']>, 'kind' | 'message'>): string {
  return kind === 'reaction' ? `reaction to ${message}` : `text of ${message}`;
}

/**
 * How a message looks once everything settled.
 * @param original what its author wrote at first
 * @param byAuthor what the author changed, and `byReader` the other one
 * @throws when it looks otherwise
 */
export function checkChanged(
  line: Line,
  original: string,
  { byAuthor, byReader }: { readonly byAuthor: Changes; readonly byReader: Changes },
): void {
  const { id, mine, text, edited, deleted, reactions } = line;
  const changed = byAuthor.textOf(id);
  const possible = new Set([changed === undefined ? original : changed.text]);
  if (changed?.isCertain === false) possible.add(original);
  assert.ok(
    possible.has(text),
    `a message says ${brief(text)}: ${brief(original)} by ${JSON.stringify(changed)}`,
  );
  assert.equal(deleted, text === null, 'what says nothing was deleted');
  if (text !== null) assert.equal(edited, text !== original, `whether it was edited: ${brief(text)}`);
  const [own, others] = mine ? [byAuthor, byReader] : [byReader, byAuthor];
  const has = { mine: reactions.some((each) => each.mine), theirs: reactions.some((each) => each.theirs) };
  for (const [who, says] of [
    ['mine', own.reactionTo(id)],
    ['theirs', others.reactionTo(id)],
  ] as const) {
    const isThere = has[who];
    if (text === null || says === undefined)
      assert.ok(!isThere, `a reaction that nobody made: ${brief(original)}`);
    else if (says === 'taken') assert.ok(isThere, `a reaction is missing: ${brief(original)}`);
    else assert.equal(says, 'unknown', `only to what was deleted nobody can react: ${brief(original)}`);
  }
}

/** How both people see it, but for whose it is. */
export function seenBy({ mine, text, edited, deleted, reactions }: Line): unknown {
  const author = mine ? 'mine' : 'theirs';
  const reader = mine ? 'theirs' : 'mine';
  const seen = reactions.map((each) => ({ emoji: each.emoji, author: each[author], reader: each[reader] }));
  return { text, edited: edited && !deleted, deleted, reactions: seen };
}

function brief(text: string | null): string {
  return (text ?? '').slice(0, 16).trimEnd();
}
