import { isInCode } from './emoji-query.ts';

/** An @ that no word or address goes on with, and what is typed of a name. */
const TYPED = /(?<![\p{L}\p{N}@/._-])@([\p{L}\p{N}._-]{0,32})$/u;

/** What stands before the caret, when it begins a mention and no part of code. */
export function mentionQuery(text: string, caret: number) {
  const before = text.slice(0, caret);
  const match = TYPED.exec(before);
  if (match === null || isInCode(before)) return null;
  const [typed, name = ''] = match;
  return { from: match.index, name: name.toLowerCase(), typed, ended: false };
}

/** Names that begin so come first, then those that have it within, each in the order given; none that is there already. */
export function namesWith(query: string, people: readonly string[], limit: number): string[] {
  const at = (name: string): number => name.toLowerCase().indexOf(query);
  const found = people.filter((name) => at(name) !== -1 && name.length > query.length);
  return [...found.filter((name) => at(name) === 0), ...found.filter((name) => at(name) > 0)].slice(0, limit);
}
