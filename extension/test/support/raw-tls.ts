import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { WebSocket } from 'ws';
import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { LINK_ALPN, LINK_PATH, LINK_PROTOCOL } from '@p2p-chat/protocol/link';

/** What an honest device gives to TLS, for a test to spoil. */
export function tlsOf(credentials: DeviceCredentials): ConnectionOptions & TlsOptions {
  return {
    minVersion: 'TLSv1.3',
    ALPNProtocols: [LINK_ALPN],
    requestCert: true,
    rejectUnauthorized: false,
    key: credentials.key,
    cert: credentials.chain,
  };
}

/** Dials, says `text` as soon as TLS is up, and gives every byte that comes back until the other end closes. */
export function converse(port: number, options: ConnectionOptions, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (heard += part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

/** The same without TLS. */
export function conversePlainly(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connectTcp({ host: '127.0.0.1', port }, () => socket.write(text));
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (heard += part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

/** A WebSocket to a listener that says whatever a test wants. */
export async function openRawLink(port: number, credentials: DeviceCredentials): Promise<WebSocket> {
  const socket = connect({ host: '127.0.0.1', port, ...tlsOf(credentials) });
  await once(socket, 'secureConnect');
  const ws = new WebSocket(`ws+unix:peer:${LINK_PATH}`, [LINK_PROTOCOL], {
    perMessageDeflate: false,
    createConnection: () => socket,
  });
  ws.on('error', () => undefined);
  await once(ws, 'open');
  return ws;
}

/** A TLS server that is not a listener of ours. */
export async function startTlsServer(
  options: TlsOptions,
  onSocket: (socket: TLSSocket) => void,
): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<TLSSocket>();
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
