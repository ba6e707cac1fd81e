import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayBeDialled } from '../../src/net/dial-policy.ts';
import { createDialer } from '../../src/net/dialer.ts';
import { DialError } from '../../src/core/net-ports.ts';
import { makeDevice } from '../support/devices.ts';
import { selfMade } from '../support/server-certificates.ts';
import { startEar } from '../support/https-servers.ts';
import { systemClock } from '../support/system-clock.ts';
import { never } from './link-world.ts';

const port = 5000;
const loopback = ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'];

test('addresses of this machine are dialled only where the discovery server is on it', () => {
  for (const address of loopback) {
    assert.equal(mayBeDialled({ address, port }, true), true, address);
    assert.equal(mayBeDialled({ address, port }, false), false, address);
  }
});

test('addresses that are nobody in particular are never dialled', () => {
  const nobody = [
    ['unspecified', '0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0'],
    ['multicast', '224.0.0.1', '239.255.255.250', 'ff02::1', 'ff0e::1', '::ffff:224.0.0.1'],
    ['broadcast and reserved', '255.255.255.255', '240.0.0.1', '::ffff:255.255.255.255'],
    ['of an old form', '::127.0.0.1', '::192.0.2.1'],
  ].flat();
  for (const address of nobody) {
    for (const here of [true, false]) assert.equal(mayBeDialled({ address, port }, here), false, address);
  }
});

test('what is no address, or a port of the system, is never dialled', () => {
  for (const address of ['localhost', '127.1', '0x7f000001', '2130706433', '192.0.2.1 ', '[::1]', '']) {
    assert.equal(mayBeDialled({ address, port }, true), false, address);
  }
  for (const wrong of [0, 22, 80, 1023, 65_536, -1, 1.5, Number.NaN]) {
    assert.equal(mayBeDialled({ address: '192.0.2.1', port: wrong }, true), false, String(wrong));
  }
});

test('addresses of other machines are dialled', () => {
  for (const address of ['192.168.1.20', '10.0.0.1', '223.255.255.254', '2001:db8::1', 'fd00::1']) {
    assert.equal(mayBeDialled({ address, port: 1024 }, false), true, address);
  }
});

test('a discovery server elsewhere cannot make a client look for services on its own machine', async () => {
  const { credentials } = await makeDevice();
  const trap = await startEar(await selfMade());
  const announced = loopback.map((address) => ({ address, port: trap.port }));
  const dialing = createDialer({ credentials, clock: systemClock, mayDialLoopback: () => false }).dial(
    '0'.repeat(64),
    [...announced, { address: '0.0.0.0', port: trap.port }, { address: '::', port: trap.port }],
    never,
  );
  await assert.rejects(dialing, (error) => {
    assert.ok(error instanceof DialError);
    assert.deepEqual(
      [...new Set(error.attempts.map(({ failed }) => failed?.error))],
      ['this address may not be dialled'],
    );
    return error.attempts.length === announced.length + 2;
  });
  assert.equal(trap.connections(), 0);
  // The same addresses lead there from where the server is on this machine.
  const here = createDialer({ credentials, clock: systemClock, mayDialLoopback: () => true });
  await assert.rejects(here.dial('0'.repeat(64), announced.slice(0, 1), never), DialError);
  assert.equal(trap.connections(), 1);
  await trap.stop();
});
