import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { joinCode } from '@p2p-chat/protocol/discovery';
import { MAX_JOIN_CODE } from '@p2p-chat/protocol/limits';
import { JoinCodeFileError, messageOf } from './errors.ts';

/** For messages, which never say the code itself. */
export const JOIN_CODE_RULE = `a join code has 1 to ${MAX_JOIN_CODE} characters`;

export function isJoinCode(text: string): boolean {
  return joinCode.safeParse(text).success;
}

/**
 * The code in the first line of a file.
 * @throws {JoinCodeFileError} there is none that can be read
 */
export async function readJoinCode(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new JoinCodeFileError(`the join code in ${file} cannot be read (${messageOf(cause)}).`, { cause });
  });
  const code = (text.split('\n')[0] ?? '').trim();
  if (isJoinCode(code)) return code;
  throw new JoinCodeFileError(`the first line of ${file} is not a join code: ${JOIN_CODE_RULE}.`);
}

/** The code that a new account needs. Only its hash stays in memory, and nothing of it is logged. */
export class JoinCode {
  readonly #hash: Buffer;

  constructor(code: string) {
    this.#hash = hashOf(code);
  }

  /** Whether this is the code, in a time that does not tell how much of it is right. */
  accepts(given: string | undefined): boolean {
    return timingSafeEqual(hashOf(given ?? ''), this.#hash) && given !== undefined;
  }
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code, 'utf8').digest();
}
