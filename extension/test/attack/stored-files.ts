import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

const tableRow = z.object({ name: z.string() });

/** Every row of every table of a peer's history, by table; of the full-text index what it keeps, which is rows too. */
export function rowsOf(globalStorage: string): ReadonlyMap<string, readonly object[]> {
  const database = new DatabaseSync(path.join(globalStorage, 'chat.db'), { readOnly: true });
  try {
    const tables = z
      .array(tableRow)
      .parse(database.prepare("SELECT name FROM pragma_table_list WHERE type <> 'virtual'").all());
    return new Map(tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]));
  } finally {
    database.close();
  }
}

/** Every byte of every file in a folder, one character each. */
export function bytesOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
}
