import { networkInterfaces } from 'node:os';
import { createLocalNetworks } from '../../src/net/local-networks.ts';
import { localNetworks } from '../../src/net/endpoints.ts';
import { MemoryNetwork } from '../support/memory-networks.ts';
import { systemClock } from '../support/system-clock.ts';
import { localNetworksContract } from './local-networks.contract.ts';

/** Nobody else listens there; multicast DNS itself would be heard by all. */
const port = 20_000 + (process.pid % 10_000);

localNetworksContract('in memory', () => {
  const network = new MemoryNetwork();
  const join = (address: string) => network.join(() => [address]);
  return { near: join('10.0.0.1'), far: join('10.0.0.2'), inside: '10.0.0.1', outside: '10.0.1.1' };
});

const inside = localNetworks(networkInterfaces)[0]?.addresses[0] ?? '';
localNetworksContract(
  'in multicast DNS',
  () => {
    const create = () => createLocalNetworks({ clock: systemClock, log: () => undefined, port });
    return { near: create(), far: create(), inside, outside: '203.0.113.77' };
  },
  inside === '' ? 'this machine is in no network' : false,
);
