import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_ENDPOINTS } from '@p2p-chat/protocol/limits';
import { MAX_FORMER_SERVERS, type Standing, type StoredContact } from './storage-ports.ts';

/** Which of two standings counts when two contacts turn out to be one person: a block is never lifted by a new key. */
const WEIGHT: Record<Standing, number> = { blocked: 3, accepted: 2, ignored: 1, request: 0 };

/**
 * What is stored of a contact under the identity `next`.
 * @param already what was stored of `next` before, if anything
 * @param stated whether the identity before said so itself: then it is the same person at the same addresses
 */
export function succeeded(
  from: StoredContact,
  next: Fingerprint,
  already: StoredContact | null,
  stated: boolean,
): StoredContact {
  const heavier = already !== null && WEIGHT[already.standing] > WEIGHT[from.standing] ? already : from;
  return {
    identity: next,
    server: already?.server ?? from.server,
    formerServers: [
      ...new Set([
        ...(already === null ? [] : [from.server]),
        ...from.formerServers,
        ...(already?.formerServers ?? []),
      ]),
    ].slice(0, MAX_FORMER_SERVERS),
    name: from.name,
    trust: already?.trust ?? 'unverified',
    standing: heavier.standing,
    changedTo: null,
    rejected: [],
    endpoints: [...(already?.endpoints ?? []), ...(stated ? from.endpoints : [])].slice(0, MAX_ENDPOINTS),
    lastSeen: already?.lastSeen ?? from.lastSeen,
    // Orders count over all conversations: what either had not read yet stays unread.
    readUpTo: already === null ? from.readUpTo : Math.min(from.readUpTo, already.readUpTo),
    theyReadUpTo: already === null ? from.theyReadUpTo : Math.min(from.theyReadUpTo, already.theyReadUpTo),
    muted: from.muted || already?.muted === true,
    pinned: from.pinned || already?.pinned === true,
    statusText: from.statusText,
    nearbyKey: already?.nearbyKey ?? from.nearbyKey,
    typedEndpoint: from.typedEndpoint ?? already?.typedEndpoint ?? null,
  };
}

/**
 * Whose messages and lines are forgotten when two contacts become one: those of strangers, of whom together no more
 * may be kept than of one.
 * @param standing of the one contact
 */
export function forgotten(
  from: StoredContact,
  already: StoredContact | null,
  standing: Standing,
): Fingerprint[] {
  if (already === null || standing === 'accepted') return [];
  if (standing === 'request') return [from.identity];
  return [from, already]
    .filter((each) => each.standing === 'request' || each.standing === 'ignored')
    .map(({ identity }) => identity);
}
