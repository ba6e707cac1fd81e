import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, test } from 'node:test';
import { hasAddress, type Interfaces, serverAddresses } from '../../src/server-here/addresses.ts';
import { keptServer, serverUrl } from '../../src/server-here/kept-server.ts';

function info(address: string, internal = false): NetworkInterfaceInfo {
  const base = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...base, family: 'IPv6', scopeid: 0 } : { ...base, family: 'IPv4' };
}

const laptop: Interfaces = () => ({
  lo: [info('127.0.0.1', true), info('::1', true)],
  docker0: [info('172.17.0.1')],
  wlan0: [info('fd00::5'), info('192.168.1.5'), info('fe80::1'), info('169.254.3.4')],
  eth0: [info('10.0.0.5')],
});

describe('the addresses that a server could have', () => {
  test('are those that colleagues may reach, the likeliest first, and last that of this machine alone', () => {
    assert.deepEqual(
      serverAddresses(laptop).map(({ address, network }) => `${network} ${address}`.trim()),
      ['wlan0 192.168.1.5', 'eth0 10.0.0.5', 'wlan0 fd00::5', 'docker0 172.17.0.1', '127.0.0.1'],
    );
    assert.deepEqual(
      serverAddresses(() => ({})),
      [{ address: '127.0.0.1', network: '' }],
    );
  });

  test('are known to be gone', () => {
    assert.ok(hasAddress('192.168.1.5', laptop) && hasAddress('127.0.0.1', laptop));
    assert.ok(!hasAddress('192.168.1.6', laptop));
  });
});

describe('the server that is remembered', () => {
  test('has an address that people enter: HTTPS but on loopback', () => {
    assert.equal(serverUrl({ host: '127.0.0.1', port: 41_000 }), 'http://127.0.0.1:41000');
    assert.equal(serverUrl({ host: '10.0.0.5', port: 41_000 }), 'https://10.0.0.5:41000');
    assert.equal(serverUrl({ host: 'fd00::5', port: 41_000 }), 'https://[fd00::5]:41000');
  });

  test('is none where what is stored is not one', () => {
    for (const wrong of [
      null,
      {},
      { host: 'x', port: 1, wanted: true },
      { host: '::1', port: 0, wanted: true },
    ]) {
      assert.ok(!keptServer.safeParse(wrong).success);
    }
  });
});
