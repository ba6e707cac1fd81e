import { calledInMessage } from './code-language.ts';

/** A stretch of code in an editor. */
export interface Excerpt {
  /** How the reader of a message finds the file: its path in the workspace, or its name alone. */
  readonly file: string;
  /** Where it begins, from 1; null where the lines are none that the reader could find. */
  readonly line: number | null;
  /** VS Code's id of the language. */
  readonly language: string;
  /** What stands before it in its first line. */
  readonly before: string;
  readonly text: string;
}

/** Excerpts as a message has them, each as its place and a block of code; empty where there is nothing but space. */
export function excerptsInMessage(excerpts: readonly Excerpt[]): string {
  // It ends with a line break: what is typed after it would end up in the line that ends the code.
  return excerpts.flatMap((excerpt) => inMessage(excerpt) ?? []).join('\n');
}

function inMessage({ file, line, language, before, text }: Excerpt): string | undefined {
  const isIndentation = isBlank(before);
  const lines = `${isIndentation ? before : ''}${text}`.split(/\r\n|\r|\n/);
  const begin = lines.findIndex((each) => !isBlank(each));
  if (begin === -1) return undefined;
  const shown = lines.slice(begin, lines.findLastIndex((each) => !isBlank(each)) + 1);
  // How far a line is indented that begins elsewhere than it does in the file, nobody knows.
  const [head, rest] = isIndentation || begin > 0 ? [[], shown] : [shown.slice(0, 1), shown.slice(1)];
  const code = [...head, ...withoutIndentation(rest)].join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(code) + 1));
  const place = line === null ? file : `${file}:${range(line + begin, shown.length)}`;
  return `${inline(place)}\n${fence}${calledInMessage(language)}\n${code}\n${fence}\n`;
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function range(first: number, count: number): string {
  return count === 1 ? String(first) : `${first}-${first + count - 1}`;
}

/** Lines without the space that all of them begin with. */
function withoutIndentation(lines: readonly string[]): string[] {
  const indentations = lines.filter((line) => !isBlank(line)).map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const [first = ''] = indentations;
  let common = first.length;
  for (const indentation of indentations) {
    while (!indentation.startsWith(first.slice(0, common))) common -= 1;
  }
  return lines.map((line) => (isBlank(line) ? '' : line.slice(common)));
}

/** Whatever a file may be called, in a line of Markdown. */
function inline(text: string): string {
  const line = text.replaceAll(/[\r\n]/g, ' ');
  const longest = longestRun(line);
  const mark = '`'.repeat(longest + 1);
  return longest === 0 ? `${mark}${line}${mark}` : `${mark} ${line} ${mark}`;
}

/** How many backticks stand together at most. */
function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, { length }) => Math.max(longest, length), 0);
}
