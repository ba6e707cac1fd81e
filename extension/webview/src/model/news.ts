import type { Message } from './api-types.ts';
import type { MessageRow, Row } from './timeline.ts';

/** The newest message among the lines. */
export function newestOf(rows: readonly Row[]): Message | undefined {
  return rows.findLast((row): row is MessageRow => row.kind === 'message')?.message;
}

/** What came from the contact after the message with this order, oldest first. */
export function receivedAfter(rows: readonly Row[], order: number): readonly Message[] {
  const news: Message[] = [];
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index];
    if (row?.kind !== 'message') continue;
    if (row.message.order <= order) break;
    if (!row.message.mine) news.push(row.message);
  }
  return news.reverse();
}
