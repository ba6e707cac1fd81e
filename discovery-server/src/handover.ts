import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import { type Succession, verifySuccessions } from '@p2p-chat/protocol/succession';
import type { Directory } from './directory.ts';
import { Refusal } from './refusal.ts';
import { type Account, earlierIdentities } from './store/account-store.ts';

/**
 * The identities before `identity`, oldest first, as the chain that came with its registration proves them.
 * @throws {Refusal} the chain proves nothing, or not of this identity
 */
export function provenEarlier(chain: readonly Succession[], identity: Fingerprint): Fingerprint[] {
  if (chain.length === 0) return [];
  const identities = verifySuccessions(chain);
  const earlier = earlierIdentities({ successions: [...chain] });
  // The same key can be written in more than one way; what is kept is compared by its bytes.
  if (identities.pop() !== identity || identities.join() !== earlier.join()) {
    throw new Refusal(
      'bad-signature',
      'the successions do not lead, each signed by both keys, to this identity',
    );
  }
  return earlier;
}

/**
 * The account of the newest of these identities that has one.
 * @param earlier oldest first
 * @throws {Refusal} a newer one of them was replaced in somebody else's account: the statements from there on belong to
 *   that, and those before alone do not lead to the identity that asks
 */
export function predecessorOf(earlier: readonly Fingerprint[], directory: Directory): Account | undefined {
  const newestFirst = earlier.toReversed();
  const account = newestFirst
    .map((identity) => directory.byIdentity(identity))
    .find((found) => found !== undefined);
  if (account === undefined) return undefined;
  for (const identity of newestFirst.slice(0, newestFirst.indexOf(account.identity))) {
    const heir = directory.bySuccession(identity);
    if (heir === undefined || heir.identity === account.identity) continue;
    throw new Refusal(
      'identity-registered',
      `an identity of these successions was replaced by another one, which is registered as ${heir.name}`,
      undefined,
      { accountName: heir.name },
    );
  }
  return account;
}

/**
 * What an account keeps of the successions that came with its registration: the newest, as far back as nobody else has
 * or had an account by them; and, of an account handed on, what it kept before.
 * @param chain proven, oldest first
 * @param predecessor the account that is handed on; undefined for a new one
 */
export function keptSuccessions(
  chain: readonly Succession[],
  directory: Directory,
  predecessor?: Account,
): { successions?: Succession[] } {
  const earlier = earlierIdentities({ successions: [...chain] });
  const kept = (from: Fingerprint): boolean => {
    const owner = directory.byIdentity(from) ?? directory.bySuccession(from);
    return owner === undefined || owner.identity === predecessor?.identity;
  };
  const foreign = earlier.findLastIndex((from) => !kept(from));
  const own = chain.slice(foreign + 1);
  const handedOn = predecessor === undefined ? -1 : earlier.indexOf(predecessor.identity);
  const before = predecessor?.successions ?? [];
  const joined = handedOn === -1 || before.length === 0 ? own : [...before, ...chain.slice(handedOn)];
  const sound = joined === own || verifySuccessions(joined).length > 0 ? joined : own;
  return sound.length === 0 ? {} : { successions: sound.slice(-MAX_SUCCESSIONS) };
}
