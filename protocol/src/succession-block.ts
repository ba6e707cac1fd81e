import { encodePublicKey, type KeyPair } from './identity.ts';
import { type Succession, successions as successionList, verifySuccessions } from './succession.ts';

/**
 * How an identity followed on others, in the file of that identity: a block beside that of the key. The statements are
 * public, so they stand in the clear; other programs pass over a block that they do not know.
 */

/** More than MAX_SUCCESSIONS statements of any length that the schema lets pass. */
const MAX_BLOCK_CHARACTERS = 32 * 1024;

const BLOCK =
  /^-----BEGIN P2P CHAT SUCCESSIONS-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*)^-----END P2P CHAT SUCCESSIONS-----/m;

/**
 * The block, to be put behind what `sealIdentity` gives.
 * @param successions oldest first
 * @returns empty when there are none
 */
export function formatSuccessions(successions: readonly Succession[]): string {
  if (successions.length === 0) return '';
  const base64 = Buffer.from(JSON.stringify(successions)).toString('base64');
  return [
    '-----BEGIN P2P CHAT SUCCESSIONS-----',
    ...(base64.match(/.{1,64}/g) ?? []),
    '-----END P2P CHAT SUCCESSIONS-----',
    '',
  ].join('\n');
}

/**
 * Reads the block in a file.
 * @param identity what the file was opened as
 * @returns oldest first; `[]` when there are none, or when they do not hold or do not end with this identity
 */
export function readSuccessions(file: string, identity: KeyPair): Succession[] {
  const base64 = BLOCK.exec(file)?.[1];
  if (base64 === undefined || base64.length > MAX_BLOCK_CHARACTERS) return [];
  const parsed = successionList.safeParse(jsonOf(base64));
  if (!parsed.success || parsed.data.at(-1)?.to !== encodePublicKey(identity.publicKey)) return [];
  return verifySuccessions(parsed.data).length === 0 ? [] : parsed.data;
}

function jsonOf(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
