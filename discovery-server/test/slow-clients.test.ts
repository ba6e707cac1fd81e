import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import { cleanUp } from './cleanup.ts';
import { startHarness } from './harness.ts';
import { http } from './test-client.ts';
import { tcp, drip } from './limit-probes.ts';

describe('whoever is slow', () => {
  const handshakeMs = 2_000;
  /** Within the limit, and time for a busy machine to notice. */
  const IN_TIME_MS = 4_000;

  const cutInTime = async (closed: Promise<unknown>): Promise<void> => {
    const begun = performance.now();
    await closed;
    const took = performance.now() - begun;
    assert.ok(took < IN_TIME_MS, `it took ${Math.round(took)} ms`);
  };

  test('is cut in the TLS handshake', async (t) => {
    const { url } = await startHarness(t, { tls: 'self-made', limits: { handshakeMs } });
    const silent = await tcp(t, url);
    const slow = await tcp(t, url);
    drip(t, slow.socket, '\x16');
    await Promise.all([cutInTime(silent.answer), cutInTime(slow.answer)]);
  });

  for (const tls of ['self-made', undefined] as const) {
    const scheme = tls === undefined ? 'HTTP' : 'HTTPS';

    test(`is cut before, in and after the headers of an ${scheme} request`, async (t) => {
      const { url } = await startHarness(t, {
        limits: { handshakeMs },
        ...(tls === undefined ? {} : { tls }),
      });
      const { hostname, port } = new URL(url);
      const open = async (): Promise<{ socket: Socket; answer: Promise<string> }> => {
        if (tls === undefined) return tcp(t, url);
        const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
        cleanUp(t, () => socket.destroy());
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        return { socket, answer: text(socket).catch(() => '') };
      };
      const silent = await open();
      const halfway = await open();
      halfway.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ');
      const headers = await open();
      headers.socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: `);
      drip(t, headers.socket, 'x');
      const body = await open();
      body.socket.write(
        'POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
          'Content-Length: 5000\r\n\r\n',
      );
      drip(t, body.socket, '{');
      const upgrade = await open();
      upgrade.socket.write(
        `GET ${DiscoveryPath.session} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: `,
      );
      drip(t, upgrade.socket, 'w');
      const all = [silent, halfway, headers, body, upgrade];
      await Promise.all(all.map(({ answer }) => cutInTime(answer)));
      // Whoever writes on may have the connection reset before the answer is read.
      for (const { answer } of [silent, halfway]) assert.match(await answer, /^HTTP\/1\.1 408 /);
      assert.equal((await http(url, DiscoveryPath.health)).status, 200);
    });
  }

  test('is cut when a kept socket stays idle', async (t) => {
    const { url } = await startHarness(t, { limits: { idleMs: 500 } });
    const { socket, answer } = await tcp(t, url);
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const begun = performance.now();
    assert.match(await answer, /^HTTP\/1\.1 200 .*"status":"ok"/s);
    assert.ok(performance.now() - begun < IN_TIME_MS);
  });
});
