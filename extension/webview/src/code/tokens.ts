/** What a piece of code is, as far as its look differs; each is a class of styles/code.ts. */
export type Token =
  | 'keyword'
  | 'string'
  | 'number'
  | 'comment'
  | 'function'
  | 'type'
  | 'variable'
  | 'meta'
  | 'addition'
  | 'deletion';

/** Classes of highlight.js (highlightjs.readthedocs.io, "CSS classes reference") without their prefix. */
const TOKENS: Readonly<Record<string, Token>> = {
  keyword: 'keyword',
  literal: 'keyword',
  'selector-tag': 'keyword',
  name: 'keyword',
  string: 'string',
  regexp: 'string',
  symbol: 'string',
  char: 'string',
  link: 'string',
  number: 'number',
  comment: 'comment',
  quote: 'comment',
  title: 'function',
  section: 'function',
  type: 'type',
  built_in: 'type',
  'selector-class': 'type',
  'selector-id': 'type',
  variable: 'variable',
  'template-variable': 'variable',
  attr: 'variable',
  attribute: 'variable',
  property: 'variable',
  meta: 'meta',
  addition: 'addition',
  deletion: 'deletion',
};

/** What the classes of one element say: `hljs-title class_` is a type. */
export function tokenOf(classes: readonly string[]): Token | null {
  const [first = '', second] = classes;
  if (second === 'class_') return 'type';
  return TOKENS[first.replace(/^hljs-/, '')] ?? null;
}
