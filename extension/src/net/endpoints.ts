import { isIP } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type Endpoint, endpoint as endpointSchema } from '@p2p-chat/protocol/discovery';
import { MAX_ENDPOINTS } from '@p2p-chat/protocol/limits';
import type { Cancel, Clock } from '../core/ports.ts';

/** What the system says of its network interfaces. */
export type Interfaces = () => NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * How often the interfaces are looked at, milliseconds: no system tells Node when they change, and a network that is back
 * is to be used within three seconds.
 */
const WATCH_INTERVAL_MS = 2_000;

/** Link-local IPv6 is no use without the zone of the other machine. */
const LINK_LOCAL = /^fe[89ab]/i;

/**
 * Where others can dial a listener on `host` (empty for every interface) and `port`, the likeliest first.
 * @param sameMachine whether the discovery server is on this machine, and so the people on it may be too
 */
export function announcedEndpoints(
  host: string,
  port: number,
  sameMachine: boolean,
  interfaces: Interfaces = networkInterfaces,
): Endpoint[] {
  const every = host === '' || host === '::' || host === '0.0.0.0';
  const addresses = every ? interfaceAddresses(interfaces, host === '0.0.0.0') : [host];
  if (every && sameMachine) addresses.unshift('127.0.0.1');
  return [...new Set(addresses)]
    .map((address) => ({ address, port }))
    .filter((candidate) => endpointSchema.safeParse(candidate).success)
    .slice(0, MAX_ENDPOINTS);
}

/** Calls `onChange` when the machine's addresses are no longer the same, until cancelled. */
export function watchNetwork(
  clock: Clock,
  onChange: () => void,
  interfaces: Interfaces = networkInterfaces,
): Cancel {
  const read = (): string => interfaceAddresses(interfaces, false).sort().join(' ');
  let before = read();
  let cancel: Cancel = () => undefined;
  let stopped = false;
  const arm = (): void => {
    cancel = clock.after(WATCH_INTERVAL_MS, () => {
      const now = read();
      const changed = now !== before;
      before = now;
      if (changed) onChange();
      if (!stopped) arm();
    });
  };
  arm();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Whether this machine has the address now. What is mapped from IPv4 to IPv6 counts as the former. */
export function isOwnAddress(address: string, interfaces: Interfaces = networkInterfaces): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return Object.values(interfaces()).some((infos) => infos?.some((info) => info.address === plain));
}

/** Addresses that other machines may reach, IPv4 before IPv6. */
function interfaceAddresses(interfaces: Interfaces, onlyIPv4: boolean): string[] {
  const addresses = Object.values(interfaces())
    .flatMap((infos) => infos ?? [])
    .filter((info) => !info.internal && !LINK_LOCAL.test(info.address))
    .map((info) => info.address);
  const ofFamily = (family: number): string[] => addresses.filter((address) => isIP(address) === family);
  return onlyIPv4 ? ofFamily(4) : [...ofFamily(4), ...ofFamily(6)];
}
