/** A paragraph of a message, or a piece of code in it. */
export interface Block {
  readonly text: string;
  readonly isCode: boolean;
}

const FENCE = /^(`{3,})[^`]*$|^(~{3,})/;
/** What stands around a line: quotations, and points of a list. */
const QUOTATION = /^ {0,3}> ?/;
const POINT = /^ *(?:[-+*]|(\d{1,9})[.)])(?: +|$)/;
const HEADING = /^ {0,3}#{1,6}(?:\s+|$)(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const UNDERLINE = /^ {0,3}(?:=+|-+) *$/;
const COLUMNS = /^ {0,3}\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$/;

/** The paragraphs of a message, without what makes them headings, quotations, lists and tables; and its code. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let code: { readonly end: RegExp; readonly isQuoted: boolean; readonly lines: string[] } | null = null;
  let isTable = false;
  let isList = false;
  const end = (): void => {
    if (lines.length > 0) blocks.push({ text: lines.join('\n'), isCode: false });
    lines = [];
    isTable = false;
  };
  for (const written of markdown.split('\n')) {
    if (code !== null) {
      const line = code.isQuoted ? written.replace(QUOTATION, '') : written;
      if (code.end.test(line)) {
        blocks.push({ text: code.lines.join('\n'), isCode: true });
        code = null;
      } else code.lines.push(line);
      continue;
    }
    const isBroken = lines.length === 0;
    const { rest, isPoint } = within(written, isBroken || isList);
    if (isPoint) end();
    isList = isPoint || (isList && (!isBroken || /^(?:\s|$)/.test(rest)));
    const fence = FENCE.exec(rest.trim());
    if (fence !== null) {
      end();
      const [sign = '`', count = 3] = [rest.trim()[0], (fence[1] ?? fence[2])?.length];
      code = {
        end: new RegExp(`^\\s*${sign}{${count},}\\s*$`),
        isQuoted: QUOTATION.test(written),
        lines: [],
      };
    } else if (rest.trim() === '') end();
    else if (isBroken && !isList && /^(?: {4}|\t)/.test(rest)) blocks.push({ text: rest, isCode: true });
    else if (!isBroken && lines.length === 1 && COLUMNS.test(rest) && lines[0]?.includes('|') === true) {
      lines = [cells(lines[0])];
      isTable = true;
    } else if (isTable) lines.push(cells(rest));
    else if (!isBroken && UNDERLINE.test(rest)) end();
    else if (RULE.test(rest)) end();
    else if (HEADING.test(rest)) {
      end();
      blocks.push({ text: HEADING.exec(rest)?.[1] ?? '', isCode: false });
    } else lines.push(rest.trim());
  }
  end();
  if (code !== null) blocks.push({ text: code.lines.join('\n'), isCode: true });
  return blocks;
}

/** A line without the quotations and points that it stands in. `begins`: no paragraph goes on with it. */
function within(line: string, begins: boolean): { readonly rest: string; readonly isPoint: boolean } {
  let rest = line;
  let isPoint = false;
  for (;;) {
    const mark = QUOTATION.exec(rest) ?? (RULE.test(rest) ? null : POINT.exec(rest));
    if (mark === null) return { rest, isPoint };
    const isQuotation = mark[0].trim() === '>';
    // Within a paragraph only the first point of a list begins one, and it has to say something.
    const isText = mark[0].length === rest.length || (mark[1] !== undefined && mark[1] !== '1');
    if (!isQuotation && !begins && !isPoint && isText) return { rest, isPoint };
    // Code of four spaces is no point.
    if (!isQuotation && begins && !isPoint && /^ {4}/.test(mark[0])) return { rest, isPoint };
    isPoint ||= !isQuotation;
    rest = rest.slice(mark[0].length);
  }
}

/** A line of a table. */
function cells(line: string): string {
  return line.trim().replaceAll(/(?<!\\)\|/g, ' ');
}
