import type { Endpoint, Presence } from '@p2p-chat/protocol/discovery';
import type { DeviceState, Moment } from './presence.ts';
import type { Account } from './store/account-store.ts';

/** What is known of a user who is online. */
type Online = DeviceState & { readonly seen: Moment };

/** A list of endpoints does not change; another one takes its place. */
const endpointsOf = new WeakMap<readonly Endpoint[], string>();

/** What is said of an account's user. @param user undefined: offline */
export function presenceOf({ name, identity, lastSeen }: Account, user: Online | undefined): Presence {
  if (user === undefined) return { name, identity, online: false, lastSeen, device: null, endpoints: [] };
  const { device, endpoints, seen } = user;
  return { name, identity, online: true, lastSeen: seen.wall, device, endpoints: [...endpoints] };
}

/**
 * The same as JSON, of a user who is online. Names, identities and devices have no character that JSON writes in
 * another way.
 */
export function onlineJson({ name, identity }: Account, { device, seen, endpoints }: Online): string {
  return (
    `{"name":"${name}","identity":"${identity}","online":true,"lastSeen":${seen.wall},"device":"${device}",` +
    `"endpoints":${endpointsJson(endpoints)}}`
  );
}

function endpointsJson(endpoints: readonly Endpoint[]): string {
  const known = endpointsOf.get(endpoints);
  if (known !== undefined) return known;
  const json = JSON.stringify(endpoints);
  endpointsOf.set(endpoints, json);
  return json;
}
