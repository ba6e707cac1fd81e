import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { chooseProxy, proxySettings } from '../../src/net/proxy.ts';
import { DiscoveryError } from '../../src/net/server-address.ts';
import { probeServer } from '../../src/net/server-probe.ts';
import { authorityTls } from '../../src/net/server-tls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { systemClock } from '../support/system-clock.ts';

const server = new URL('https://chat.example.com:8443');
const proxy = 'http://proxy.example.com:3128';

test('the configured proxy is taken, with or without its scheme', () => {
  assert.equal(chooseProxy(server, { proxy, noProxy: [] })?.host, 'proxy.example.com:3128');
  assert.equal(chooseProxy(server, { proxy: 'proxy:3128', noProxy: [] })?.host, 'proxy:3128');
  assert.equal(chooseProxy(server, { proxy: ' ', noProxy: [] }), undefined);
  assert.equal(chooseProxy(server, { noProxy: [] }), undefined);
});

test('this machine is reached without one', () => {
  for (const address of ['http://127.0.0.1:8000', 'http://localhost:8000', 'https://[::1]:8000']) {
    assert.equal(chooseProxy(new URL(address), { proxy, noProxy: [] }), undefined);
  }
});

test('hosts that are excepted are reached without one', () => {
  const except = (...noProxy: string[]): boolean => chooseProxy(server, { proxy, noProxy }) === undefined;
  for (const entry of [
    '*',
    'chat.example.com',
    '.example.com',
    '*.example.com',
    'example.com',
    'EXAMPLE.COM',
  ]) {
    assert.equal(except(entry), true, entry);
  }
  assert.equal(except('chat.example.com:8443'), true);
  for (const entry of ['chat.example.com:443', 'at.example.com', 'ample.com', 'example.org', '', '.']) {
    assert.equal(except(entry), false, entry);
  }
  assert.equal(except('example.org', 'example.com'), true);
});

test('what is no proxy is refused with the name of the setting', () => {
  for (const bad of ['http://', 'socks5://proxy:1080']) {
    assert.throws(
      () => chooseProxy(server, { proxy: bad, noProxy: [] }),
      (error) =>
        error instanceof DiscoveryError &&
        error.code === 'bad-address' &&
        error.message.includes('http.proxy'),
    );
  }
});

test('settings come before the environment', () => {
  const environment = { HTTPS_PROXY: 'http://env:1', NO_PROXY: 'a, b c' };
  assert.deepEqual(proxySettings({ noProxy: [] }, environment), {
    proxy: 'http://env:1',
    noProxy: ['a', 'b', 'c'],
  });
  assert.deepEqual(proxySettings({ proxy, noProxy: ['x'] }, environment), { proxy, noProxy: ['x'] });
  assert.deepEqual(proxySettings({ proxy: '', noProxy: [] }, {}), { proxy: undefined, noProxy: [] });
  assert.equal(proxySettings({ noProxy: [] }, { all_proxy: 'http://all:1' }).proxy, 'http://all:1');
});

test('a server elsewhere is asked for through the proxy, by name, with CONNECT', async () => {
  const asked: string[] = [];
  const http = createServer();
  http.on('connect', (request, socket: Duplex) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const settings = { proxy: `http://127.0.0.1:${port}`, noProxy: [] };
  await assert.rejects(
    probeServer({ server, proxy: settings, authority: authorityTls(server), clock: systemClock }),
    { name: 'DiscoveryError', code: 'server-unreachable' },
  );
  assert.deepEqual(asked, ['chat.example.com:8443']);
  http.close();
  await once(http, 'close');
});

test('a proxy that says nothing keeps no connection of somebody who has given up', async () => {
  const silent = createTcpServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  assert.ok(address !== null && typeof address === 'object');
  const settings = { proxy: `http://127.0.0.1:${address.port}`, noProxy: [] };
  const clock = new FakeClock();
  const probe = { server, proxy: settings, authority: authorityTls(server), clock };
  const looked = assert.rejects(probeServer(probe), DiscoveryError);
  const [socket] = (await once(silent, 'connection')) as [Socket];
  await once(socket, 'data');
  const closed = once(socket, 'close');
  await clock.advance(HANDSHAKE_TIMEOUT_MS);
  await looked;
  await closed;
  assert.equal(clock.pending, 0);
  silent.close();
  await once(silent, 'close');
});
