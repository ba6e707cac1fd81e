import type { Endpoint } from '@p2p-chat/protocol/discovery';

/** Whether two endpoints are one. */
export function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
