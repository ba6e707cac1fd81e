import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { freePort, isFree } from '../../scripts/lib/ports.ts';

/** Where Linux says which ports it gives to whoever asks for any. */
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
const given = existsSync(RANGE) ? Number(readFileSync(RANGE, 'utf8').split('\t')[0]) : undefined;
const skip = given === 32_768 ? false : 'the ports that this system gives are others';

describe('a free port', () => {
  it('is one that the system gives to nobody else', { skip }, async () => {
    for (let count = 0; count < 20; count += 1) {
      const port = await freePort();
      assert.ok(port < 32_768, String(port));
    }
  });

  it('is one where a server can listen, and no other after it', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    assert.equal(await isFree(port), false);
    server.close();
    await once(server, 'close');
  });
});
