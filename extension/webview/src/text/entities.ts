import { textOf } from './sanitize.ts';

/**
 * What `&name;` stands for, as the browser knows it: in the page's bundle this takes the place of the package `entities`,
 * whose table of all names is as long as a tenth of the page.
 */

const NAMED = /&[a-z][a-z0-9]{1,31};/gi;

/** Stands between two of them: no name stands for it, and no name has it. */
const BETWEEN = '\uE000';

let known: ReadonlyMap<string, string> = new Map();

/** Looks up all names that this text has, at once: a text of many that nobody knows takes no longer than any other. */
export function learnEntities(text: string): void {
  const names = [...new Set(text.match(NAMED))];
  if (names.length === 0) return;
  // Something before the first: a document does not begin with a space or a line feed.
  const meanings = textOf(BETWEEN + names.join(BETWEEN))
    .split(BETWEEN)
    .slice(1);
  known = new Map(names.map((name, index) => [name, meaningOf(name, meanings[index] ?? name)]));
}

/** Browsers take some names without their semicolon, and what then follows them as text: Markdown does not. */
function meaningOf(name: string, meaning: string): string {
  return meaning.endsWith(';') && name !== '&semi;' ? name : meaning;
}

/** What the one reference that this is stands for; itself when nobody knows it. Of a text that was learnt from. */
export function decodeHTMLStrict(reference: string): string {
  return known.get(reference) ?? reference;
}
