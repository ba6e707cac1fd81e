import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { LinkFrame } from '@p2p-chat/protocol/link';
import { makeDevice } from '../support/devices.ts';
import { systemClock } from '../support/system-clock.ts';
import { numbered, record } from './channel.contract.ts';
import { localDialer, never, startListening } from './link-world.ts';

const status: LinkFrame = { type: 'status', text: 'Here' };

/** A way to a port of 127.0.0.1 that counts what is given to it. */
async function countingWay(port: number): Promise<{ stream: Duplex; writes: () => number }> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  let writes = 0;
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      writes += 1;
      socket.write(chunk);
      done();
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => stream.push(chunk));
  socket.on('close', () => stream.destroy());
  return { stream, writes: () => writes };
}

test('what the other end waits for leaves at once with all before it, and the rest of a tick as one write', async () => {
  const listening = await startListening();
  const { stream, writes } = await countingWay(listening.port);
  const { credentials } = await makeDevice();
  const dialer = localDialer({ credentials, clock: systemClock });
  const near = await dialer.through(stream, listening.device.credentials.identity, never);
  try {
    const atFar = record(await listening.channels.first(() => true));
    record(near);
    const before = writes();
    near.send(status);
    near.send(status);
    assert.equal(writes(), before);
    near.send(numbered(1));
    assert.equal(writes(), before + 1, 'a receipt waits for nothing');
    await atFar.count(3);
    near.send(status);
    near.send(status);
    assert.equal(writes(), before + 1);
    await atFar.count(5);
    assert.equal(writes(), before + 2);
    assert.deepEqual(
      atFar.all.map((event) => event.kind === 'frame' && event.frame.type),
      ['status', 'status', 'receipt', 'status', 'status'],
    );
  } finally {
    near.close(4000, '');
    await listening.stop();
  }
});
