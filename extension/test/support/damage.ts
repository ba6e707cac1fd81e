import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** SQLite's size of a page where nobody says otherwise. */
const PAGE_BYTES = 4_096;

/** How the stores write a message: the beginning of its row's text. */
function startOf(file: Buffer, id: string): number {
  const at = file.indexOf(`{"id":"${id}"`);
  assert.ok(at > PAGE_BYTES, 'the message is in the file');
  return at;
}

/** Overwrites one byte of a closed file. */
export function overwrite(path: string, offset: number, change: (byte: number) => number): void {
  const bytes = readFileSync(path);
  bytes[offset] = change(bytes[offset] ?? 0);
  writeFileSync(path, bytes);
}

/** Damages the text of one message: SQLite sees nothing, a schema does. */
export function damageRow(path: string, id: string): void {
  overwrite(path, startOf(readFileSync(path), id), () => '!'.charCodeAt(0));
}

/** Damages the page that a message is in: SQLite sees it when it reads that page. */
export function damagePage(path: string, id: string): void {
  const at = startOf(readFileSync(path), id);
  overwrite(path, at - (at % PAGE_BYTES), () => 0xff);
}
