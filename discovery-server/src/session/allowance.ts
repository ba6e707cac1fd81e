import type { SessionRequest } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { RateLimits, Verdict } from '../rate-limits.ts';

/** What limits how much is asked on sessions. */
export type RequestLimits = Pick<
  RateLimits,
  'requests' | 'changes' | 'requestsPerAddress' | 'changesPerAddress' | 'calls' | 'callsPerPair'
>;

/**
 * Whether a client may ask this now. All limits are asked at once, so that requests of every kind take the same time and
 * stay in order.
 * @param asking whose request it is, from which address as addressGroup names it, and as how many it counts
 */
export async function allowance(
  request: SessionRequest,
  { identity, address, weight }: { identity: Fingerprint; address: string; weight: number },
  limits: RequestLimits,
): Promise<Verdict> {
  const { requests, changes, requestsPerAddress, changesPerAddress, calls, callsPerPair } = limits;
  const told = request.type === 'announce' || request.type === 'rename';
  const pair = request.type === 'dial-back' || request.type === 'relay' ? request : undefined;
  const [every, change, everyHere, changeHere, call, ofPair] = await Promise.all([
    requests.take(identity, weight),
    told ? changes.take(identity) : undefined,
    requestsPerAddress.take(address, weight),
    told ? changesPerAddress.take(address) : undefined,
    pair && calls.take(identity),
    pair && callsPerPair.take(`${pair.type} ${identity} ${pair.identity}`),
  ]);
  const own = [every, change, call].find((verdict) => verdict?.granted === false);
  if (own !== undefined) return own;
  // Whoever asks for one person over and over, or shares an address with a client that does not listen, is told to wait,
  // and not closed for it.
  const shared = everyHere.granted ? (changeHere ?? everyHere) : everyHere;
  return { ...(ofPair?.granted === false ? ofPair : shared), deaf: false };
}
