import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { createLocalNetworks } from '../../src/net/local-networks.ts';
import { localNetworks } from '../../src/net/endpoints.ts';
import { MemoryNetwork } from '../support/memory-networks.ts';
import { systemClock } from '../support/system-clock.ts';
import { eventually } from '../../../scripts/lib/wait.ts';
import { anAnnouncement, listen, localNetworksContract } from './local-networks.contract.ts';

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

/** The system does not know this address. */
const nobodys = {
  address: '203.0.113.5',
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '',
  internal: false,
  cidr: '203.0.113.5/24',
} as const;

test('a system that does not allow it harms nothing, and a log says so once', async () => {
  const log: string[] = [];
  const interfaces = () => ({ eth0: [nobodys] });
  const networks = createLocalNetworks({
    clock: systemClock,
    log: (_level, text) => log.push(text),
    port,
    interfaces,
  });
  const heard = listen(networks);
  for (let time = 0; time < 3; time += 1) {
    networks.announce(() => anAnnouncement());
    networks.ask();
    await eventually('it is given up', () => log.length > 0);
  }
  await networks.stop();
  assert.equal(log.length, 1);
  assert.match(log[0] ?? '', /local network: addMembership/);
  assert.deepEqual(heard.all, []);
});

test('a network that has just been entered is known as one at once', () => {
  let present = '10.0.0.5';
  const interfaces = () => ({ eth0: [{ ...nobodys, address: present, cidr: `${present}/24` }] });
  const networks = createLocalNetworks({
    clock: systemClock,
    log: (_level, text) => assert.fail(text),
    port,
    interfaces,
  });
  assert.deepEqual(
    ['10.0.0.7', '10.0.1.7'].map((address) => networks.has(address)),
    [true, false],
  );
  present = '10.0.1.5';
  assert.deepEqual(
    ['10.0.0.7', '10.0.1.7'].map((address) => networks.has(address)),
    [false, true],
  );
});
