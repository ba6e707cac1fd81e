import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_ENDPOINTS } from '@p2p-chat/protocol/limits';
import { standingUnblocked } from './contact-record.ts';
import {
  MAX_FORMER_SERVERS,
  type Standing,
  type StoredContact,
  type UnblockedStanding,
} from './storage-ports.ts';

/** Which of two standings counts when two contacts turn out to be one person. */
const WEIGHT: Record<UnblockedStanding, number> = { accepted: 2, ignored: 1, request: 0 };

/** How the one person stands: a block is never lifted by a new key. */
function standingOf(contacts: readonly StoredContact[]): Pick<StoredContact, 'standing' | 'beforeBlock'> {
  const heaviest = contacts
    .map(standingUnblocked)
    .reduce((one, other) => (WEIGHT[other] > WEIGHT[one] ? other : one));
  const isBlocked = contacts.some(({ standing }) => standing === 'blocked');
  return isBlocked
    ? { standing: 'blocked', beforeBlock: heaviest }
    : { standing: heaviest, beforeBlock: null };
}

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
    ...standingOf(already === null ? [from] : [from, already]),
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
