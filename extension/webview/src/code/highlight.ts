import dockerfile from 'highlight.js/lib/languages/dockerfile';
import powershell from 'highlight.js/lib/languages/powershell';
import { common, createLowlight } from 'lowlight';
import { tokenOf, type Token } from './tokens.ts';

/** A bundle of its own, which a page loads with the first code in a language. */

/** A stretch of code that looks alike. */
export interface Piece {
  readonly text: string;
  readonly token: Token | null;
}

/** What the highlighter makes of code: texts, and elements with classes around them. */
type Tree = ReturnType<ReturnType<typeof createLowlight>['highlight']>;
type Branch = Tree['children'][number];

const lowlight = createLowlight({ ...common, dockerfile, powershell });

/** What it knows, besides other names for some of them. */
export const LANGUAGES: readonly string[] = lowlight.listLanguages();

/** The code in pieces, which together are the code; null for a language that is not known. */
export function highlight(code: string, language: string): readonly Piece[] | null {
  if (!lowlight.registered(language)) return null;
  const pieces: Piece[] = [];
  // Without recursion: code can be made to nest as deep as it is long.
  const left: { readonly branch: Branch; readonly around: Token | null }[] = [];
  const enter = (branches: readonly Branch[], around: Token | null): void => {
    for (const branch of [...branches].reverse()) left.push({ branch, around });
  };
  enter(lowlight.highlight(language, code).children, null);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { branch, around } = next;
    if (branch.type === 'text') pieces.push({ text: branch.value, token: around });
    else if (branch.type === 'element') enter(branch.children, tokenOf(classesOf(branch)) ?? around);
  }
  return pieces;
}

function classesOf({ properties: { className } }: Extract<Branch, { type: 'element' }>): string[] {
  return Array.isArray(className) ? className.map(String) : [];
}
