import { BlockList, isIP } from 'node:net';
import { type Endpoint, endpoint as endpointSchema } from '@p2p-chat/protocol/discovery';

/**
 * What may be dialled for somebody else. Endpoints come from the discovery server, which must not make its clients look
 * for services on their own machines, or shout at whole networks.
 */

/** Addresses that are nobody's: unspecified, multicast, broadcast, reserved. Node finds IPv4 inside of IPv6 too. */
const NOBODY = new BlockList();
NOBODY.addSubnet('0.0.0.0', 8, 'ipv4');
NOBODY.addSubnet('224.0.0.0', 3, 'ipv4');
NOBODY.addSubnet('ff00::', 8, 'ipv6');
/** "IPv4-compatible", long out of use; `::` itself is one. */
const COMPATIBLE = new BlockList();
COMPATIBLE.addSubnet('::', 96, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a link may be looked for there. @param loopback whether this very machine may be dialled */
export function mayBeDialled(endpoint: Endpoint, loopback: boolean): boolean {
  if (!endpointSchema.safeParse(endpoint).success) return false;
  const { address } = endpoint;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (LOOPBACK.check(address, family)) return loopback;
  return !NOBODY.check(address, family) && !COMPATIBLE.check(address, family);
}
