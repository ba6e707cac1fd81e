import { blocksOf } from './plain-blocks.ts';

/**
 * What a message says in one line, without the signs of its Markdown, where there is no page to format it: in a list of what
 * was found, in a notification. It follows the page in what people write; of what nobody does, signs may stay.
 */
export function plainText(markdown: string): string {
  const line = oneLine(
    blocksOf(markdown)
      .map(({ text, isCode }) => (isCode ? text : spoken(text)))
      .join('\n'),
  );
  // As the page does: formatting alone is shown as it was written.
  return line === '' ? oneLine(markdown) : line;
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** A part of a text: what is said, or a run of signs that may turn out to be emphasis. */
interface Part {
  text: string;
  readonly sign?: { readonly opens: boolean; readonly closes: boolean };
}

/** Where a link may begin. */
interface Bracket {
  readonly part: number;
  readonly isImage: boolean;
}

/** More of them are no emphasis: each is compared with those before it. */
const MAX_SIGNS = 200;

const ESCAPE = /\\([!-/:-@[-`{-~])/y;
const CODE = /(?<!`)(`+)(?!`)([\s\S]*?)(?<!`)\1(?!`)/y;
const AUTOLINK = /<(https?:\/\/[^\s<>]*)>/y;
const TARGET =
  /\(\s*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const ENTITY = /&(amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});/iy;
const SIGNS = /\*+|_+|~{2,}/y;
/** An address stands for itself; what ends the sentence that it stands in is no part of it. */
const ADDRESS = /https?:\/\/[^\s<>]*[^\s<>*_~)\]!?.,;:'"`]/iy;
const WORDS = /(?:(?!https?:\/\/)[^\\`<&*_~[\]!])+/iy;

/** What a paragraph says. */
function spoken(text: string): string {
  const parts: Part[] = [];
  const brackets: Bracket[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  const say = (said: string): void => void parts.push({ text: said });
  while (at < text.length) {
    const from = at;
    let match: RegExpExecArray | null;
    if ((match = next(WORDS) ?? next(ADDRESS)) !== null) say(match[0]);
    else if ((match = next(ESCAPE)) !== null) say(match[1] ?? '');
    else if ((match = next(CODE)) !== null) say(match[2] ?? '');
    else if ((match = next(AUTOLINK)) !== null) say(match[1] ?? '');
    else if ((match = next(ENTITY)) !== null) say(meaningOf(match[1] ?? ''));
    else if ((match = next(SIGNS)) !== null) {
      parts.push({ text: match[0], sign: sidesOf(match[0], text[from - 1], text[at]) });
    } else {
      const isImage = text.startsWith('![', at);
      const sign = isImage ? '![' : text.slice(at, at + 1);
      at += sign.length;
      if (sign.endsWith('[')) brackets.push({ part: parts.length, isImage });
      const bracket = sign === ']' ? brackets.pop() : undefined;
      const target = bracket === undefined ? null : next(TARGET);
      const address = target?.[1] ?? target?.[2] ?? '';
      if (bracket === undefined || target === null) say(sign);
      else if (!/^https?:\/\/[^/?#\\\s]/i.test(address)) say(sign + target[0]);
      else {
        const isEmpty = parts.slice(bracket.part + 1).every((part) => part.text.trim() === '');
        const opening = parts[bracket.part];
        if (opening !== undefined) opening.text = isEmpty ? address : '';
      }
    }
  }
  withoutEmphasis(parts.filter(({ sign }) => sign !== undefined));
  return parts.map((part) => part.text).join('');
}

/** Whether signs can begin and end an emphasis, by what stands at their sides; see CommonMark, "flanking". */
function sidesOf(run: string, before = ' ', after = ' '): NonNullable<Part['sign']> {
  const isSpace = (character: string): boolean => /\s/.test(character);
  const isMark = (character: string): boolean => /[\p{P}\p{S}]/u.test(character);
  const left = !isSpace(after) && (!isMark(after) || isSpace(before) || isMark(before));
  const right = !isSpace(before) && (!isMark(before) || isSpace(after) || isMark(after));
  const isWithinWord = run.startsWith('_') && left && right;
  return {
    opens: left && (!isWithinWord || isMark(before)),
    closes: right && (!isWithinWord || isMark(after)),
  };
}

/** Takes signs away that belong together. */
function withoutEmphasis(runs: readonly Part[]): void {
  if (runs.length > MAX_SIGNS) return;
  const lengths = runs.map(({ text }) => text.length);
  const open: number[] = [];
  for (const [index, run] of runs.entries()) {
    while (run.sign?.closes === true && run.text !== '') {
      const place = open.findLastIndex((other) => belong(other, index));
      const opener = runs[open[place] ?? -1];
      if (opener === undefined) break;
      const count = Math.min(opener.text.length, run.text.length, 2);
      if (run.text.startsWith('~') && count < 2) break;
      opener.text = opener.text.slice(count);
      run.text = run.text.slice(count);
      open.length = opener.text === '' ? place : place + 1;
    }
    if (run.sign?.opens === true && run.text !== '') open.push(index);
  }

  function belong(first: number, second: number): boolean {
    const [opener, closer] = [runs[first], runs[second]];
    if (opener?.text[0] !== closer?.text[0]) return false;
    const isBoth = opener?.text[0] !== '~' && (opener?.sign?.closes === true || closer?.sign?.opens === true);
    const [one = 0, other = 0] = [lengths[first], lengths[second]];
    return !isBoth || (one + other) % 3 !== 0 || (one % 3 === 0 && other % 3 === 0);
  }
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

function meaningOf(name: string): string {
  const code = name.startsWith('#') ? Number(name.slice(1).replace(/^x/i, '0x')) : undefined;
  if (code === undefined) return NAMED[name] ?? `&${name};`;
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : '\ufffd';
}
