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

/** Interfaces to machines within this one: containers, virtual machines. Nobody else gets there by their addresses. */
const WITHIN = /^(docker|br-|veth|virbr|vmnet|vboxnet|lxcbr|lxdbr|cni|flannel|podman|vEthernet|bridge1\d\d)/;

/**
 * Those of a device's endpoints that fit into an announcement, in the order in which others are to try them: the address
 * by which the discovery server is reached first, as it is the one by which the others may be reached too. Of too many,
 * each family keeps a half.
 * @param local that address, as a socket tells it
 */
export function likeliestFirst(endpoints: readonly Endpoint[], local: string | undefined): Endpoint[] {
  const routed = local?.replace(/^::ffff:(?=\d+\.)/i, '');
  const [first, rest] = [true, false].map((isFirst) =>
    endpoints.filter(({ address }) => (address === routed) === isFirst),
  );
  const ordered = [...(first ?? []), ...(rest ?? [])];
  if (ordered.length <= MAX_ENDPOINTS) return ordered;
  const half = MAX_ENDPOINTS / 2;
  const count = { 4: 0, 6: 0 };
  const [within, beyond]: [Endpoint[], Endpoint[]] = [[], []];
  for (const endpoint of ordered) {
    const family = isIP(endpoint.address) === 6 ? 6 : 4;
    count[family] += 1;
    (count[family] <= half ? within : beyond).push(endpoint);
  }
  const kept = new Set([...within, ...beyond].slice(0, MAX_ENDPOINTS));
  return ordered.filter((endpoint) => kept.has(endpoint));
}

/**
 * Where others can dial a listener on `host` (empty for every interface) and `port`, the likeliest first; there may be
 * more than can be announced.
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
    .filter((candidate) => endpointSchema.safeParse(candidate).success);
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

/** One network that this machine is in. */
export interface LocalNetwork {
  /** The machine's own there, IPv4 before IPv6. */
  readonly addresses: readonly string[];
  /** What belongs to it: an address of the network, and how many of its bits are the network's. */
  readonly subnets: readonly { readonly network: string; readonly prefix: number }[];
}

/** The networks of other machines that this one is in, those of machines within it last. */
export function localNetworks(interfaces: Interfaces = networkInterfaces): LocalNetwork[] {
  return namedInterfaces(interfaces).map((infos) => {
    const subnets = infos.flatMap(({ address, cidr }) => {
      const prefix = Number(cidr?.split('/')[1]);
      return Number.isInteger(prefix) ? [{ network: address, prefix }] : [];
    });
    const addresses = infos.map(({ address }) => address);
    const ofFamily = (family: number): string[] => addresses.filter((address) => isIP(address) === family);
    return { addresses: [...ofFamily(4), ...ofFamily(6)], subnets };
  });
}

/** What each interface has of addresses that other machines may reach, those of machines within this one last. */
function namedInterfaces(interfaces: Interfaces): NetworkInterfaceInfo[][] {
  return Object.entries(interfaces())
    .sort(([a], [b]) => Number(WITHIN.test(a)) - Number(WITHIN.test(b)))
    .map(([, infos]) => (infos ?? []).filter((info) => !info.internal && !LINK_LOCAL.test(info.address)))
    .filter((infos) => infos.length > 0);
}

/** Addresses that other machines may reach, IPv4 before IPv6, those of machines within this one last. */
function interfaceAddresses(interfaces: Interfaces, onlyIPv4: boolean): string[] {
  const addresses = namedInterfaces(interfaces)
    .flat()
    .map((info) => info.address);
  const ofFamily = (family: number): string[] => addresses.filter((address) => isIP(address) === family);
  return onlyIPv4 ? ofFamily(4) : [...ofFamily(4), ...ofFamily(6)];
}
