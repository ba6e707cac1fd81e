import type { PeerPush, PeerPushValue, Snapshot } from '../peer-api.ts';

type Appliers = { readonly [P in PeerPush]: (snapshot: Snapshot, value: PeerPushValue<P>) => Snapshot };

const unchanged = (snapshot: Snapshot): Snapshot => snapshot;

/** Pushes are whole values, so each replaces what it is about; what is in no snapshot changes none. */
const appliers: Appliers = {
  status: (snapshot, status) => ({ ...snapshot, status }),
  directory: (snapshot, directory) => ({ ...snapshot, directory }),
  damagedFiles: (snapshot, damagedFiles) => ({ ...snapshot, damagedFiles }),
  contact: (snapshot, contact) => {
    const known = snapshot.contacts.some(({ id }) => id === contact.id);
    const contacts = known
      ? snapshot.contacts.map((each) => (each.id === contact.id ? contact : each))
      : [...snapshot.contacts, contact];
    return { ...snapshot, contacts };
  },
  contactReplaced: (snapshot, { from, to }) => {
    // In the place of the one before; who had the new identity already is the same person now.
    const place = snapshot.contacts.findIndex(({ id }) => id === from);
    const contacts = snapshot.contacts.filter(({ id }) => id !== from && id !== to.id);
    contacts.splice(place === -1 ? contacts.length : place, 0, to);
    return { ...snapshot, contacts };
  },
  contactRemoved: (snapshot, { contact }) => ({
    ...snapshot,
    contacts: snapshot.contacts.filter(({ id }) => id !== contact),
  }),
  messages: unchanged,
  notify: unchanged,
  notice: unchanged,
  typing: unchanged,
  forgotten: unchanged,
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
