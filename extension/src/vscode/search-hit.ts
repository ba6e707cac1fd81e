import { withoutIcons } from './labels.ts';
import { oneLine, plainText } from './plain-text.ts';

/** Characters that are shown before what was searched for, and in all. */
const BEFORE = 40;
const IN_ALL = 160;

/**
 * The part of a message that a search shows: as a person reads it in the chat, or as it was written where only that has what
 * was searched for, as the address of a link.
 */
export function hitIn(message: string, query: string): string {
  const said = plainText(message);
  const hasIt = said.toLowerCase().includes(oneLine(query).toLowerCase());
  return excerpt(hasIt ? said : message, query);
}

/** The part of a text around what was searched for, in one line and without icons. */
export function excerpt(text: string, query: string): string {
  const line = oneLine(text);
  const at = line.toLowerCase().indexOf(oneLine(query).toLowerCase());
  const from = startOf(line, Math.max(0, at - BEFORE));
  const to = Math.min(line.length, from + IN_ALL);
  const part = withoutIcons(line.slice(from, to).trimEnd());
  return `${from > 0 ? '…' : ''}${part}${to < line.length ? '…' : ''}`;
}

/** Not in the middle of a character of two units. */
function startOf(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at;
}
