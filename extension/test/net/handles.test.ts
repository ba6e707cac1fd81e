import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localNetworks } from '../../src/net/endpoints.ts';
import { createLocalNetworks } from '../../src/net/local-networks.ts';
import { makeDevice } from '../support/devices.ts';
import { systemClock } from '../support/system-clock.ts';
import { ending, record } from './channel.contract.ts';
import { anAnnouncement, listen } from './local-networks.contract.ts';
import { localDialer, never, openLink, startListening } from './link-world.ts';

/** Sockets, servers and timers that keep this process alive. The test runner's own are pipes. */
async function held(): Promise<string[]> {
  // A handle that was closed in this turn of the loop is gone in the next.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|UDP|Timeout)/.test(name));
}

test('a link that ended leaves no socket, timer or server', async () => {
  const world = await openLink();
  const ends = [record(world.near), record(world.far)].map((log) => ending(log));
  await world.stop();
  await Promise.all(ends);
  assert.deepEqual(await held(), []);
});

test('a listener that stops ends links that nobody bound', async () => {
  const world = await openLink();
  const end = ending(record(world.near));
  await world.stop();
  await end;
  assert.deepEqual(await held(), []);
});

test('a dial that failed leaves nothing', async () => {
  const listening = await startListening();
  const { credentials } = await makeDevice();
  const endpoints = [{ address: '127.0.0.1', port: listening.port }];
  const dialer = localDialer({ credentials, clock: systemClock });
  await assert.rejects(dialer.dial('0'.repeat(64), endpoints, never), /identity/);
  await listening.stop();
  assert.deepEqual(await held(), []);
});

test('local networks that are left, or never entered, keep nothing', async () => {
  const port = 30_000 + (process.pid % 10_000);
  const create = () => createLocalNetworks({ clock: systemClock, log: () => undefined, port });
  const [networks, early] = [create(), create()];
  const heard = listen(networks);
  networks.announce(() => anAnnouncement());
  listen(early);
  await early.stop();
  if (localNetworks().length > 0) await heard.count(1);
  await networks.stop();
  await networks.stop();
  assert.deepEqual(await held(), []);
});
