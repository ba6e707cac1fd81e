import type { PeerPush, PeerPushValue, Snapshot } from '../peer-api.ts';

type Appliers = { readonly [P in PeerPush]: (snapshot: Snapshot, value: PeerPushValue<P>) => Snapshot };

const unchanged = (snapshot: Snapshot): Snapshot => snapshot;

/** Pushes are whole values, so each replaces what it is about; what is in no snapshot changes none. */
const appliers: Appliers = {
  status: (snapshot, status) => ({ ...snapshot, status }),
  directory: (snapshot, directory) => ({ ...snapshot, directory }),
  contact: (snapshot, contact) => {
    const known = snapshot.contacts.some(({ id }) => id === contact.id);
    const contacts = known
      ? snapshot.contacts.map((each) => (each.id === contact.id ? contact : each))
      : [...snapshot.contacts, contact];
    return { ...snapshot, contacts };
  },
  messages: unchanged,
  notice: unchanged,
  log: unchanged,
};

/** The state after a push. The snapshot given is left as it is; the same one comes back when nothing changes. */
export function applyPush<P extends PeerPush>(
  snapshot: Snapshot,
  name: P,
  value: PeerPushValue<P>,
): Snapshot {
  return appliers[name](snapshot, value);
}
