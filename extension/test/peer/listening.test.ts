import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { ListenError } from '../../src/net/listen-error.ts';
import { createListener } from '../../src/net/listener.ts';
import { startListening } from '../../src/peer/listening.ts';
import { Remembered } from '../../src/peer/remembered.ts';
import { systemClock } from '../../src/peer/system.ts';
import { makeDevice } from '../support/devices.ts';
import { memoryHistory } from '../support/memory-stores.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const { credentials } = await makeDevice();
const remembered = (): Remembered => new Remembered(memoryHistory(), 'a'.repeat(64), []);

/** Another program that has a port, and which. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => new Promise((closed) => server.close(closed)));
  return (server.address() as AddressInfo).port;
}

async function listen(of: Remembered, listenPort: number): Promise<number> {
  const parts = {
    credentials,
    clock: systemClock,
    log: () => undefined,
    remembered: of,
    createListener,
    isContact: () => false,
    onChannel: () => undefined,
  };
  const { listener, port } = await startListening(parts, { listenHost: '127.0.0.1', listenPort });
  ends.push(() => listener.stop());
  return port;
}

describe('the port to listen on', () => {
  it('is any free one at first, and the same the next time', async () => {
    const memory = remembered();
    const port = await listen(memory, 0);
    assert.ok(port > 0);
    for (const end of ends.splice(0)) await end();
    assert.equal(await listen(memory, 0), port);
  });

  it('is another one when the last one is taken by now, and that one from then on', async () => {
    const memory = remembered();
    const taken = await takenPort();
    memory.port = taken;
    const port = await listen(memory, 0);
    assert.notEqual(port, taken);
    assert.equal(memory.port, port);
  });

  it('is never another one than was chosen: when that is taken, the person is told which and what to do', async () => {
    const memory = remembered();
    memory.port = 5_000;
    const taken = await takenPort();
    await assert.rejects(listen(memory, taken), (error) => {
      assert.ok(error instanceof ListenError && error.code === 'port-taken');
      return (
        error.message ===
        `Port ${taken} on 127.0.0.1 is used by another program. Choose another port, or 0 for any free one.`
      );
    });
    assert.equal(memory.port, 5_000, 'what worked before is kept');
  });
});
