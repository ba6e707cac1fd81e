import MarkdownIt, { type MarkdownIt as Formatter, type StateCore, type Token } from 'markdown-it';
import { learnEntities } from './entities.ts';
import { webAddress } from './links.ts';

/**
 * Markdown to HTML, before it is sanitised. HTML in the text stays text; nothing but whole http and https addresses
 * becomes a link; an image becomes a link to its address, since a page never loads anything.
 */

/** Longer texts are shown as they are. No message that a peer may send is longer; see MAX_TEXT_BYTES. */
const MAX_LENGTH = 32 * 1024;
/** Blocks and brackets inside each other. Nobody writes more; each costs the browser stack. */
const MAX_NESTING = 24;
/** Where a text could make a table of more cells, tables are not looked for: one line can stretch all others. */
const MAX_CELLS = 10_000;
/** Each line is a tag or more, but for code: a text of more lines is shown as it is, before anything looks at them. */
const MAX_LINES = 2_000;
/** With more tags than this a page would be slow for as long as the message is in it. */
const MAX_TAGS = 2_000;

const formatter = create();
const withoutTables = create().disable('table');

/** The HTML for this text, or null when it is to be shown as it is: too long, too deep, or nothing would be seen. */
export function markdownToHtml(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const { lines, columns } = extent(text);
  if (lines > MAX_LINES) return null;
  const md = columns > 1 && lines * columns > MAX_CELLS ? withoutTables : formatter;
  learnEntities(text);
  const env = {};
  const tokens = md.parse(text, env);
  // Deeper than this the parser leaves out what follows.
  if (tokens.some(({ level }) => level >= MAX_NESTING)) return null;
  const html = md.renderer.render(tokens, md.options, env);
  return html.split('<', MAX_TAGS + 1).length > MAX_TAGS ? null : html;
}

/** How many lines there are, and as how many columns the widest could be read. */
function extent(text: string): { lines: number; columns: number } {
  let lines = 1;
  let here = 1;
  let columns = 1;
  for (const character of text) {
    if (character === '\n') {
      lines += 1;
      here = 1;
    } else if (character === '|') {
      here += 1;
      columns = Math.max(columns, here);
    }
  }
  return { lines, columns };
}

function create(): Formatter {
  const md = new MarkdownIt({ html: false, linkify: true, breaks: true, maxNesting: MAX_NESTING });
  // Only what says http: or https: is an address. Names of files look like hosts: README.md, main.rs.
  md.linkify
    .set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
    .add('//', null)
    .add('ftp:', null)
    .add('mailto:', null);
  md.validateLink = (href) => webAddress(href) !== null;
  // Addresses are shown as they are written: decoded, they could show another name or turn the direction of reading.
  md.normalizeLinkText = (address) => address;
  // The line itself keeps its spaces, so that a line feed after the break would be a second one.
  md.renderer.rules['softbreak'] = () => '<br>';
  md.renderer.rules['hardbreak'] = () => '<br>';
  // So does each line: code that nobody has fenced keeps how far it is indented.
  md.inline.ruler.at('newline', (state, silent) => {
    if (state.src[state.pos] !== '\n') return false;
    if (!silent) state.push('softbreak', 'br', 0);
    state.pos += 1;
    return true;
  });
  md.core.ruler.push('page', ({ src, tokens, Token }) => {
    fitHeadings(tokens);
    const lines = src.split('\n');
    for (const [index, token] of tokens.entries()) {
      if (tokens[index - 1]?.type === 'paragraph_open' && token.level === 1) indentFirst(token, lines, Token);
      if (token.type === 'th_open' || token.type === 'td_open') alignWithoutStyle(token);
      if (token.children !== null) token.children = withoutImages(token.children, Token);
    }
  });
  return md;
}

/** Under the page's own headings, and never more than one level deeper than the one before. */
function fitHeadings(tokens: readonly Token[]): void {
  let last = 2;
  for (const token of tokens) {
    if (token.type !== 'heading_open' && token.type !== 'heading_close') continue;
    if (token.nesting === 1) last = Math.min(Number(token.tag.slice(1)) + 2, last + 1, 6);
    token.tag = `h${last}`;
  }
}

/** The parser takes away the spaces before a paragraph, which those before its other lines stand under. */
function indentFirst({ map, children }: Token, lines: readonly string[], Maker: StateCore['Token']): void {
  const [begin = 0, end = 0] = map ?? [];
  if (end - begin < 2) return;
  const text = new Maker('text', '', 0);
  text.content = /^ */.exec(lines[begin] ?? '')?.[0] ?? '';
  children?.unshift(text);
}

/** The parser aligns columns by a style attribute, which the page's policy forbids. */
function alignWithoutStyle(token: Token): void {
  const align = /text-align:(left|center|right)/.exec(String(token.attrGet('style') ?? ''))?.[1];
  token.attrs = align === undefined ? null : [['align', align]];
}

/** Images as links, or as their description where they stand in a link already. */
function withoutImages(tokens: readonly Token[], Maker: StateCore['Token']): Token[] {
  let links = 0;
  return tokens.flatMap((token) => {
    if (token.type === 'link_open' || token.type === 'link_close') links += token.nesting;
    if (token.type !== 'image') return [token];
    const address = String(token.attrGet('src') ?? '');
    const text = new Maker('text', '', 0);
    text.content = descriptionOf(token) || address;
    if (links > 0) return [text];
    const open = new Maker('link_open', 'a', 1);
    open.attrSet('href', address);
    return [open, text, new Maker('link_close', 'a', -1)];
  });
}

function descriptionOf(image: Token): string {
  return (image.children ?? [])
    .map((child) => (child.type === 'image' ? descriptionOf(child) : child.content))
    .join('');
}
