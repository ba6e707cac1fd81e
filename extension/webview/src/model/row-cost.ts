import type { Row } from './timeline.ts';

/** Code has a bar, colours and a way to scroll; whatever is formatted goes through a sanitiser. */
const CODE = /```|~~~/;
const FORMATTED = /[*_`~#|>[\n]|:\/\//;
/** A text of so many letters costs as much again as one of few. */
const LONG = 400;

/** What it takes to put a line into the page, as a multiple of what one of a few plain words takes. A guess is enough. */
export function costOf(row: Row | undefined): number {
  if (row?.kind !== 'message' || row.message.text === null) return 1;
  const { text } = row.message;
  return (CODE.test(text) ? 4 : FORMATTED.test(text) ? 2 : 1) + text.length / LONG;
}
