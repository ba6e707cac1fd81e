import type { Piece } from './highlight.ts';

type Highlight = (code: string, language: string) => readonly Piece[] | null;

/**
 * Longer code, or code with a longer line, stays as it is: what a hostile text costs grows with its length, for some
 * languages with the square of that of a line, and a page has one thread.
 */
export const MAX_COLOURED_LENGTH = 5_000;
export const MAX_COLOURED_LINE = 1_000;

let loading: Promise<void> | undefined;
let highlight: Highlight | undefined;

/**
 * Tells `show` the code in pieces; never where it stays as it is. At once if the languages are there: they are loaded
 * when they are first needed.
 */
export function colour(code: string, language: string, show: (pieces: readonly Piece[]) => void): void {
  if (language === '' || code.length > MAX_COLOURED_LENGTH) return;
  if (code.split('\n').some((line) => line.length > MAX_COLOURED_LINE)) return;
  const tell = (): void => {
    const pieces = highlight?.(code, language) ?? null;
    if (pieces !== null) show(pieces);
  };
  if (highlight !== undefined) {
    tell();
    return;
  }
  loading ??= import('./highlight.ts').then((loaded) => {
    highlight = loaded.highlight;
  });
  void loading.then(tell);
}
