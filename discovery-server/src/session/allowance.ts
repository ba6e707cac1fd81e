import type { SessionRequest } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { RateLimits, Verdict } from '../rate-limits.ts';

/** What limits how much is asked on sessions. */
export type RequestLimits = Pick<
  RateLimits,
  'requests' | 'changes' | 'requestsPerAddress' | 'changesPerAddress' | 'calls' | 'callsPerPair'
>;

/**
 * Whether a client may ask this now. Whatever limit refuses it, it counts for all of them.
 * @param asking whose request it is, from which address as addressGroup names it, and as how many it counts
 */
export function allowance(
  request: SessionRequest,
  { identity, address, weight }: { identity: Fingerprint; address: string; weight: number },
  limits: RequestLimits,
): Verdict {
  const told = request.type === 'announce' || request.type === 'rename';
  const pair = request.type === 'dial-back' || request.type === 'relay' ? request : undefined;
  const every = limits.requests.take(identity, weight);
  const change = told ? limits.changes.take(identity) : undefined;
  const everyHere = limits.requestsPerAddress.take(address, weight);
  const changeHere = told ? limits.changesPerAddress.take(address) : undefined;
  const call = pair && limits.calls.take(identity);
  const ofPair = pair && limits.callsPerPair.take(`${pair.type} ${identity} ${pair.identity}`);
  const own = [every, change, call].find((verdict) => verdict?.granted === false);
  if (own !== undefined) return own;
  // Whoever asks for one person over and over, or shares an address with a client that does not listen, is told to wait,
  // and not closed for it.
  const shared = everyHere.granted ? (changeHere ?? everyHere) : everyHere;
  return { ...(ofPair?.granted === false ? ofPair : shared), deaf: false };
}
