import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { makeCertificate } from '../src/certificate.ts';
import { cleanUp } from './cleanup.ts';

/** A reverse proxy with a certificate of its own, as an operator puts it before the server. */
export interface TlsProxy {
  /** What people enter. */
  readonly origin: string;
  readonly serverKey: Fingerprint;
  /** Where requests go from now on. */
  forwardTo(url: string): void;
}

/** Passes on everything with the Host that was asked for, and says in X-Forwarded-For who asked. */
export async function startTlsProxy(t: TestContext): Promise<TlsProxy> {
  const { key, certificate, fingerprint } = await makeCertificate('localhost');
  const proxy = createServer({ key, cert: certificate });
  let target = '';
  const pass = (incoming: IncomingMessage) => {
    const forwarded = [incoming.headers['x-forwarded-for'], incoming.socket.remoteAddress].filter(Boolean);
    const headers = { ...incoming.headers, 'x-forwarded-for': forwarded.join(', ') };
    return request(target + (incoming.url ?? ''), { method: incoming.method, headers });
  };
  proxy.on('request', (incoming, answer) => {
    const outgoing = pass(incoming);
    outgoing.once('error', () => answer.destroy());
    outgoing.once('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  proxy.on('upgrade', (incoming: IncomingMessage, client: Duplex) => {
    const outgoing = pass(incoming);
    outgoing.once('error', () => client.destroy());
    outgoing.once('response', (response) => {
      client.end(`HTTP/1.1 ${response.statusCode ?? 502} Refused\r\nConnection: close\r\n\r\n`);
      response.resume();
    });
    outgoing.once('upgrade', (response: IncomingMessage, server: Duplex, head: Buffer) => {
      const pairs = Object.entries(response.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${pairs.join('')}\r\n`);
      client.write(head);
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on('error', () => one.destroy());
        one.once('close', () => other.destroy());
        one.pipe(other);
      }
    });
    outgoing.end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  cleanUp(t, async () => {
    proxy.close();
    proxy.closeAllConnections();
    if (proxy.listening) await once(proxy, 'close');
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    origin: `https://localhost:${address.port}`,
    serverKey: fingerprint,
    forwardTo: (url) => (target = url),
  };
}
