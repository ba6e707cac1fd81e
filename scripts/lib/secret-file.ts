/** Random bytes that are made once and kept where only their owner may read them. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The bytes in the file; made at random where there is none, or where it is not what we would have made. */
export async function secretFile(file: string, length: number): Promise<Buffer> {
  const kept = await read(file);
  if (kept?.length === length) return kept;
  const made = randomBytes(length);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, made.toString('hex'), { mode: 0o600 });
  await chmod(file, 0o600);
  return made;
}

async function read(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Buffer.from(text.trim(), 'hex');
}
