import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { endpoints } from '@p2p-chat/protocol/discovery';
import {
  announcedEndpoints,
  likeliestFirst,
  watchNetwork,
  type Interfaces,
} from '../../src/net/endpoints.ts';
import { FakeClock } from '../support/fake-clock.ts';

function info(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

const laptop: Interfaces = () => ({
  lo: [info('127.0.0.1', true), info('::1', true)],
  wlan0: [info('fe80::1'), info('2001:db8::5'), info('192.168.1.5')],
  tun0: [info('10.8.0.2')],
});

const addresses = (host: string, sameMachine: boolean, interfaces = laptop): string[] =>
  announcedEndpoints(host, 5000, sameMachine, interfaces).map(({ address }) => address);

test('every interface: IPv4 first, then IPv6, nothing that only this machine or this cable knows', () => {
  assert.deepEqual(addresses('', false), ['192.168.1.5', '10.8.0.2', '2001:db8::5']);
  assert.deepEqual(addresses('::', false), addresses('', false));
  assert.deepEqual(addresses('0.0.0.0', false), ['192.168.1.5', '10.8.0.2']);
});

test('this machine first, when the discovery server is on it', () => {
  assert.equal(addresses('', true)[0], '127.0.0.1');
});

test('an address that was chosen is the only one', () => {
  assert.deepEqual(addresses('192.168.1.5', true), ['192.168.1.5']);
});

test('what is announced is what the protocol takes', () => {
  const many: Interfaces = () => ({ eth: Array.from({ length: 20 }, (_, i) => info(`10.0.0.${i}`)) });
  const announced = likeliestFirst(announcedEndpoints('', 5000, true, many), undefined);
  assert.equal(announced.length, 8);
  assert.ok(endpoints.safeParse(announced).success);
  assert.ok(endpoints.safeParse(likeliestFirst(announcedEndpoints('', 5000, true), undefined)).success);
});

test('the address that leads to the discovery server comes first, in whatever form a socket tells it', () => {
  const all = announcedEndpoints('', 5000, false, laptop);
  const first = (local: string): string[] => likeliestFirst(all, local).map(({ address }) => address);
  assert.deepEqual(first('10.8.0.2'), ['10.8.0.2', '192.168.1.5', '2001:db8::5']);
  assert.deepEqual(first('::ffff:10.8.0.2'), first('10.8.0.2'));
  assert.deepEqual(first('2001:db8::5')[0], '2001:db8::5');
  assert.deepEqual(first('192.0.2.1'), addresses('', false));
});

test('of too many each family keeps a half, and those of containers go first', () => {
  const crowded: Interfaces = () => ({
    'br-0a1b2c': [info('172.18.0.1')],
    docker0: [info('172.17.0.1')],
    eth0: Array.from({ length: 6 }, (_, i) => info(`10.0.0.${i + 1}`)),
    wlan0: Array.from({ length: 6 }, (_, i) => info(`2001:db8::${i + 1}`)),
  });
  const announced = (local: string): string[] =>
    likeliestFirst(announcedEndpoints('', 5000, false, crowded), local).map(({ address }) => address);
  const six = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4'];
  assert.deepEqual(announced('10.0.0.6'), ['10.0.0.6', '10.0.0.1', '10.0.0.2', '10.0.0.3', ...six]);
  const only4: Interfaces = () => ({ docker0: [info('172.17.0.1')], eth0: [info('10.0.0.1')] });
  assert.deepEqual(
    announcedEndpoints('', 5000, false, only4).map(({ address }) => address),
    ['10.0.0.1', '172.17.0.1'],
  );
});

test('tells when the addresses change, not when their order does, until it is stopped', async () => {
  const clock = new FakeClock();
  let now = ['10.0.0.1', '10.0.0.2'];
  let changes = 0;
  const stop = watchNetwork(
    clock,
    () => {
      changes += 1;
    },
    () => ({ eth: now.map((address) => info(address)) }),
  );
  await clock.advance(10_000);
  now = ['10.0.0.2', '10.0.0.1'];
  await clock.advance(2_000);
  assert.equal(changes, 0);
  now = ['10.0.0.3'];
  await clock.advance(2_000);
  assert.equal(changes, 1);
  await clock.advance(2_000);
  assert.equal(changes, 1);
  stop();
  assert.equal(clock.pending, 0);
});

test('can be stopped from within its own report', async () => {
  const clock = new FakeClock();
  let address = '10.0.0.1';
  const stop = watchNetwork(
    clock,
    () => stop(),
    () => ({ eth: [info(address)] }),
  );
  address = '10.0.0.2';
  await clock.advance(2_000);
  assert.equal(clock.pending, 0);
});
