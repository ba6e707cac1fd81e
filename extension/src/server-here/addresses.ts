import { isIP } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isUnicast } from '@p2p-chat/protocol/addresses';

/** What the system says of its network interfaces. */
export type Interfaces = () => NodeJS.Dict<NetworkInterfaceInfo[]>;

/** An address at which a server of this machine can be reached. */
export interface ServerAddress {
  readonly address: string;
  /** The system's name of the interface; empty for the one that no other machine reaches. */
  readonly network: string;
}

export const ONLY_THIS_MACHINE: ServerAddress = { address: '127.0.0.1', network: '' };

/** Addresses that a machine gives to itself, and which say nothing to another one. */
const LINK_LOCAL = /^(fe[89ab]|169\.254\.)/i;

/** Networks inside the machine, of containers and of virtual machines: colleagues are not on them. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|vethernet|lxc|podman|cni)/i;

/**
 * Where a server could be reached, the likeliest for colleagues first: IPv4 before IPv6, networks inside the machine after
 * all others, and last the one that only this machine reaches.
 */
export function serverAddresses(interfaces: Interfaces = networkInterfaces): ServerAddress[] {
  const found = Object.entries(interfaces()).flatMap(([network, infos]) =>
    (infos ?? [])
      .filter((info) => !info.internal && !LINK_LOCAL.test(info.address) && isUnicast(info.address))
      .map(({ address }): ServerAddress => ({ address, network })),
  );
  const rank = ({ address, network }: ServerAddress): number =>
    (VIRTUAL.test(network) ? 2 : 0) + (isIP(address) === 6 ? 1 : 0);
  const known = new Map(
    found.toSorted((one, other) => rank(one) - rank(other)).map((at) => [at.address, at]),
  );
  return [...known.values(), ONLY_THIS_MACHINE];
}

/** Whether this machine has the address now. */
export function hasAddress(address: string, interfaces: Interfaces = networkInterfaces): boolean {
  return serverAddresses(interfaces).some((at) => at.address === address);
}
