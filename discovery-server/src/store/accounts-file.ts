import { createReadStream, createWriteStream } from 'node:fs';
import { access, open, rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { nameOrder } from '@p2p-chat/protocol/names';
import { DamagedAccountsError } from '../errors.ts';
import { MAX_ACCOUNT_LINE_BYTES } from '../limits.ts';
import { account, earlierIdentities } from './account-store.ts';
import { storedName } from './old-names.ts';

/**
 * The accounts file: what each line may be, and what is done about a line that is not. NeDB itself drops what it
 * cannot read, so everything is looked at before NeDB sees it.
 */

/** An account as NeDB keeps it: one line, its `_id` the identity. A later line of the same `_id` replaces it. */
export const accountDocument = z.extend(z.omit(account, { identity: true }), {
  _id: account.shape.identity,
  name: storedName,
});
export type AccountDocument = z.infer<typeof accountDocument>;

const removal = z.object({ _id: account.shape.identity, $$deleted: z.literal(true) });
const index = z.union([
  z.object({ $$indexCreated: z.object({ fieldName: z.string() }) }),
  z.object({ $$indexRemoved: z.string() }),
]);
const fileLine = z.union([accountDocument, removal, index]);

/** What was cut off the end of the file, and where it lies now. */
export interface TornLine {
  /** Counted from 1. */
  readonly line: number;
  readonly bytes: number;
  /** The file that holds the bytes cut off. */
  readonly savedAs: string;
}

/** What a file holds. */
export interface CheckedAccounts {
  readonly torn: TornLine | undefined;
  readonly accounts: readonly AccountDocument[];
  /** Identities whose account stands there still although it was handed on: a crash came between the two lines. */
  readonly replaced: readonly Fingerprint[];
}

/**
 * Reads the whole file, line by line, and refuses damage. A last line that a crash cut short is moved to a file
 * beside it, since nothing that was acknowledged can be in it. A file that does not exist yet is made.
 * @param now milliseconds since 1970, for the name of the file set aside
 * @throws {DamagedAccountsError} anything else that is not an account, or two accounts of one name. Names that only
 *   look alike are two: an older version took them, and both keep theirs
 */
export async function checkAccountsFile(file: string, now: number): Promise<CheckedAccounts> {
  const recovered = await recoverRename(file);
  const accounts = new Map<string, AccountDocument>();
  let bad: { line: number; start: number; end: number; reason: string } | undefined;
  for await (const lines of linesOf(file)) {
    for (const { line, start, end, text } of lines) {
      if (bad !== undefined) throw damaged(file, bad.line, bad.reason);
      if (text === '') continue;
      const content = parseLine(text);
      if (content === undefined) {
        bad = { line, start, end, reason: 'it is not JSON' };
        continue;
      }
      const parsed = fileLine.safeParse(content.value);
      if (!parsed.success) throw damaged(file, line, 'it is JSON, but not an account');
      if ('_id' in parsed.data) {
        if ('$$deleted' in parsed.data) accounts.delete(parsed.data._id);
        else accounts.set(parsed.data._id, parsed.data);
      }
    }
  }
  const replaced = [...accounts.values()].flatMap(earlierIdentities).filter((one) => accounts.delete(one));
  refuseDoubleNames(file, accounts);
  const found = { accounts: [...accounts.values()], replaced };
  if (bad === undefined) return { ...found, torn: undefined };
  // A half-written replacement can lack any number of accounts before its last line, so it is not repaired.
  if (recovered) throw damaged(file, bad.line, 'it is not JSON, and the file was only half written');
  const savedAs = `${file}.torn-${new Date(now).toISOString().replaceAll(':', '-')}`;
  await setAside(file, bad.start, savedAs);
  return { ...found, torn: { line: bad.line, bytes: bad.end - bad.start, savedAs } };
}

/**
 * NeDB compacts into `accounts.db~` and renames it. Where a system did not rename in one step, only that file may
 * be there; NeDB would take it unseen, so it is renamed here and checked like any other.
 */
async function recoverRename(file: string): Promise<boolean> {
  if (await exists(file)) return false;
  if (await exists(`${file}~`)) {
    await rename(`${file}~`, file);
    return true;
  }
  await (await open(file, 'a', 0o600)).close();
  return false;
}

interface Line {
  readonly line: number;
  /** Byte offsets in the file: of the first byte, and after the last one with its newline. */
  readonly start: number;
  readonly end: number;
  /** Undefined when it is too long to be an account. */
  readonly text: string | undefined;
}

/** Those that end in one piece of the file together: thousands of them are looked at, and each would be waited for. */
async function* linesOf(file: string): AsyncGenerator<Line[]> {
  let line = 1;
  let start = 0;
  let position = 0;
  /** What came before of a line whose end is yet to come. */
  let parts: Buffer[] = [];
  const take = (last: Buffer, end: number): Line => {
    const whole = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    const text = end - start > MAX_ACCOUNT_LINE_BYTES ? undefined : whole.toString('utf8');
    const taken = { line, start, end, text };
    line += 1;
    start = end;
    parts = [];
    return taken;
  };
  const stream: AsyncIterable<Buffer> = createReadStream(file);
  for await (const chunk of stream) {
    const lines: Line[] = [];
    let from = 0;
    for (let newline = chunk.indexOf(10); newline !== -1; newline = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, newline);
      from = newline + 1;
      lines.push(take(last, position + from));
    }
    position += chunk.length;
    if (position - start <= MAX_ACCOUNT_LINE_BYTES) parts.push(chunk.subarray(from));
    yield lines;
  }
  if (position > start) yield [take(Buffer.alloc(0), position)];
}

function parseLine(text: string | undefined): { value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

function refuseDoubleNames(file: string, accounts: ReadonlyMap<string, AccountDocument>): void {
  const owners = new Map<string, string>();
  for (const [identity, { name }] of accounts) {
    const key = nameOrder(name);
    const other = owners.get(key);
    if (other !== undefined) {
      throw new DamagedAccountsError(
        `${file} gives the name ${name} to two identities, ${other} and ${identity}. ` +
          `Restore the file from a backup, or remove the lines of one of them, and start again.`,
      );
    }
    owners.set(key, identity);
  }
}

function damaged(file: string, line: number, reason: string): DamagedAccountsError {
  return new DamagedAccountsError(
    `line ${line} of ${file} is damaged: ${reason}. Nothing was changed. Restore the file from a backup, ` +
      `or move that line out of it (whoever it belonged to registers again), and start again.`,
  );
}

/** Saves the bytes from `start` first and cuts them off only then, so that a crash between the two loses nothing. */
async function setAside(file: string, start: number, savedAs: string): Promise<void> {
  await pipeline(
    createReadStream(file, { start }),
    createWriteStream(savedAs, { mode: 0o600, flags: 'wx', flush: true }),
  );
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(start);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
