import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkClose } from '@p2p-chat/protocol/link';
import { createListener, ListenError, type Listener } from '../../src/net/listener.ts';
import { makeDevice } from '../support/devices.ts';
import { systemClock } from '../support/system-clock.ts';
import { ending, record } from './channel.contract.ts';
import { localDialer, never, noLog, startListening } from './link-world.ts';

const { credentials } = await makeDevice();

function listenerOn(host: string, port: number): Listener {
  return createListener({
    credentials,
    clock: systemClock,
    log: noLog,
    host,
    port,
    isContact: () => false,
    onChannel: () => assert.fail('nobody dials here'),
  });
}

async function refusal(host: string, port: number): Promise<ListenError> {
  const error: unknown = await listenerOn(host, port)
    .start()
    .catch((reason: unknown) => reason);
  assert.ok(error instanceof ListenError);
  return error;
}

test('a taken port is told from other failures, with what to do', async () => {
  const listening = await startListening();
  const taken = await refusal('127.0.0.1', listening.port);
  assert.equal(taken.code, 'port-taken');
  assert.match(taken.message, new RegExp(`^Port ${listening.port} on 127.0.0.1 is used by another program`));
  assert.equal((await refusal('', listening.port)).code, 'port-taken');
  await listening.stop();
});

test('an address that is not of this machine, a name and a system port are refused with a sentence', async () => {
  for (const [host, port, sentence] of [
    ['192.0.2.1', 0, /no address 192\.0\.2\.1/],
    ['localhost', 0, /not an IP address/],
    ['127.0.0.1', 80, /reserved for system services/],
  ] as const) {
    const error = await refusal(host, port);
    assert.equal(error.code, 'listen-failed');
    assert.match(error.message, sentence);
  }
});

test('an empty host is every interface', async () => {
  const device = await makeDevice();
  const listener = createListener({
    credentials: device.credentials,
    clock: systemClock,
    log: noLog,
    host: '',
    port: 0,
    isContact: () => false,
    onChannel: (channel) => record(channel),
  });
  const { port } = await listener.start();
  const dialer = localDialer({ credentials, clock: systemClock });
  const channel = await dialer.dial(device.credentials.identity, [{ address: '127.0.0.1', port }], never);
  const log = record(channel);
  await listener.stop();
  assert.equal((await ending(log)).code, LinkClose.goingAway);
});

test('the port is free again after stop', async () => {
  const first = listenerOn('127.0.0.1', 0);
  const { port } = await first.start();
  await first.stop();
  await first.stop();
  const second = listenerOn('127.0.0.1', port);
  assert.equal((await second.start()).port, port);
  await second.stop();
});

test('stop ends a start that is under way', async () => {
  const listener = listenerOn('127.0.0.1', 0);
  const starting = listener.start();
  const refused = assert.rejects(starting, ListenError);
  await listener.stop();
  await refused;
});
