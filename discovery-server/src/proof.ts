import { verifyStatementAside } from '@p2p-chat/protocol/identity';

/**
 * Whether a signature is the key owner's of one of these statements, of which there are as many as a server has bindings.
 * Other threads find out, since it takes longer than anything else that is done for a request.
 * @param key as encodePublicKey gives it
 * @throws {TypeError} when it is not a P-256 key
 */
export async function isSignedBy(
  key: string,
  statements: readonly string[],
  signature: string,
): Promise<boolean> {
  for (const statement of statements) {
    if (await verifyStatementAside(key, statement, signature)) return true;
  }
  return false;
}
