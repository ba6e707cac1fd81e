import type { Piece } from './highlight.ts';

type Highlight = (code: string, language: string) => readonly Piece[] | null;

/**
 * Longer code, or code with a longer line, stays as it is: what a hostile text costs grows with its length, for some
 * languages with the square of that of a line, and a page has one thread.
 */
export const MAX_COLOURED_LENGTH = 5_000;
export const MAX_COLOURED_LINE = 1_000;

let loading: Promise<{ highlight: Highlight }> | undefined;

/** The code in pieces; null when it stays as it is. Loads the languages when they are first needed. */
export async function coloured(code: string, language: string): Promise<readonly Piece[] | null> {
  if (language === '' || code.length > MAX_COLOURED_LENGTH) return null;
  if (code.split('\n').some((line) => line.length > MAX_COLOURED_LINE)) return null;
  loading ??= import('./highlight.ts');
  const { highlight } = await loading;
  return highlight(code, language);
}
