import { withoutIcons } from './labels.ts';

/** Characters that are shown before what was searched for, and in all. */
const BEFORE = 40;
const IN_ALL = 160;

/** The part of a message around what was searched for, in one line and without icons. */
export function excerpt(text: string, query: string): string {
  const line = oneLine(text);
  const at = line.toLowerCase().indexOf(oneLine(query).toLowerCase());
  const from = startOf(line, Math.max(0, at - BEFORE));
  const to = Math.min(line.length, from + IN_ALL);
  const part = withoutIcons(line.slice(from, to).trimEnd());
  return `${from > 0 ? '…' : ''}${part}${to < line.length ? '…' : ''}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Not in the middle of a character of two units. */
function startOf(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at;
}
