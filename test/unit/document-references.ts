/** The tests that a document names as [`path/to/file.test.ts`: “name of the test”], and whether they are there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export interface Reference {
  /** From the repository's root, with forward slashes. */
  readonly file: string;
  /** A test or suite of it, as its source writes the name. */
  readonly name: string;
  /** Of the document, the first is 1. */
  readonly line: number;
}

/** A row of a table whose first column says what somebody cannot do. */
export interface Row {
  readonly line: number;
  readonly cannot: string;
  readonly references: readonly Reference[];
}

export interface DocumentParts {
  readonly references: readonly Reference[];
  readonly rows: readonly Row[];
  /** What names a test file in back quotes, but not in this form: a sentence for each. */
  readonly malformed: readonly string[];
}

const REFERENCE = /\[`([^`]+\.test\.ts)`: “([^”]+)”\]/g;
const MENTION = /`[^`]*\.test\.ts`/g;
const CANNOT_HEADER = /^\|\s*cannot\s*\|/;

/** Reads a document in Markdown. */
export function readDocument(text: string): DocumentParts {
  const references: Reference[] = [];
  const rows: Row[] = [];
  const malformed: string[] = [];
  let inTable = false;
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const own = [...content.matchAll(REFERENCE)].map(([, file = '', name = '']) => ({
      file,
      name: unescaped(name),
      line,
    }));
    references.push(...own);
    for (const [mention] of content.replaceAll(REFERENCE, '').matchAll(MENTION)) {
      malformed.push(`line ${line}: ${mention} is not followed by the name of a test: [\`file\`: “name”]`);
    }
    const isHeader = CANNOT_HEADER.test(content);
    const cells = cellsOf(content);
    inTable = isHeader || (inTable && cells.length > 0);
    if (!inTable || isHeader || cells.every((cell) => /^:?-+:?$/.test(cell))) continue;
    rows.push({ line, cannot: cells[0] ?? '', references: own });
  }
  return { references, rows, malformed };
}

/**
 * What is wrong with a reference, as a sentence; undefined when its test is there.
 * @param root the repository's
 */
export function problemWith({ file, name, line }: Reference, root: string): string | undefined {
  const absolute = path.join(root, file);
  if (!existsSync(absolute))
    return `line ${line}: there is no file ${file}, which shall have the test “${name}”`;
  if (testNames(readFileSync(absolute, 'utf8')).some((test) => test.is(name))) return undefined;
  return `line ${line}: ${file} has no test or suite “${name}”`;
}

interface TestName {
  /** Whether this is what a document calls it: as the source writes it, or with values where that has `${…}`. */
  is(name: string): boolean;
}

/** The names of all tests and suites of a source: of every call with a name first and a function last. */
export function testNames(source: string): TestName[] {
  const names: TestName[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const last = node.arguments.at(-1);
      const isTest = last !== undefined && (ts.isArrowFunction(last) || ts.isFunctionExpression(last));
      const name = isTest && first !== undefined ? nameOf(first) : undefined;
      if (name !== undefined) names.push(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.test.ts', source, ts.ScriptTarget.Latest));
  return names;
}

function nameOf(node: ts.Node): TestName | undefined {
  if (ts.isStringLiteralLike(node)) return { is: (name) => name === node.text };
  if (!ts.isTemplateExpression(node)) return undefined;
  const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  // A name of nothing but values would be any name.
  if (!/[a-z]/i.test(parts.join(''))) return undefined;
  const pattern = new RegExp(`^${parts.map(escaped).join('.+')}$`, 's');
  return { is: (name) => pattern.test(name) };
}

/** The cells of a line of a table; none when it is another line. */
function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Markdown's backslashes before punctuation are no part of a name. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([\\*_|<>#[\]])/g, '$1');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
