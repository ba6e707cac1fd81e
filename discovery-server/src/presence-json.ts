import type { Endpoint, Presence } from '@p2p-chat/protocol/discovery';
import type { DeviceState, Moment } from './presence.ts';
import type { Account } from './store/account-store.ts';

/** What is known of a user who is online. */
type Online = DeviceState & { readonly seen: Moment };

/** Neither an account nor a list of endpoints changes; another one takes its place. */
const offline = new WeakMap<Account, string>();
const endpointsOf = new WeakMap<readonly Endpoint[], string>();

/** What is said of an account's user. @param user undefined: offline */
export function presenceOf({ name, identity, lastSeen }: Account, user: Online | undefined): Presence {
  if (user === undefined) return { name, identity, online: false, lastSeen, device: null, endpoints: [] };
  const { device, endpoints, seen } = user;
  return { name, identity, online: true, lastSeen: seen.wall, device, endpoints: [...endpoints] };
}

/**
 * The same as JSON: a page of the directory and what a sign-in is answered with are mostly this, for users of whom nothing
 * has changed. Names, identities and devices have no character that JSON writes in another way.
 */
export function presenceJson(account: Account, user: Online | undefined): string {
  if (user === undefined) return kept(offline, account, () => presenceOf(account, undefined));
  const { name, identity } = account;
  const { device, seen, endpoints } = user;
  return (
    `{"name":"${name}","identity":"${identity}","online":true,"lastSeen":${seen.wall},"device":"${device}",` +
    `"endpoints":${kept(endpointsOf, endpoints, () => endpoints)}}`
  );
}

function kept<Key extends object>(all: WeakMap<Key, string>, key: Key, value: () => object): string {
  const known = all.get(key);
  if (known !== undefined) return known;
  const json = JSON.stringify(value());
  all.set(key, json);
  return json;
}
