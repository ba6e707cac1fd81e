import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import { connect as connectTcp, type Server as NetServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { BindingKind } from '@p2p-chat/protocol/discovery';
import { DiscoveryPath } from '@p2p-chat/protocol/discovery';
import type { ServerCertificate } from './server-certificates.ts';

/** Something that listens on a port of 127.0.0.1. */
export interface Listening {
  readonly port: number;
  /** Its address as a discovery server. */
  readonly url: URL;
  stop(): Promise<void>;
}

async function listening(server: NetServer, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const chosen = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    port: chosen,
    url: new URL(`https://127.0.0.1:${chosen}`),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** TLS that answers nothing and keeps every byte that comes out of it. */
export interface Ear extends Listening {
  /** TCP connections so far. */
  readonly connections: () => number;
  /** What was heard on all of them, once the last one is closed. */
  readonly heard: () => Promise<string>;
  /** Resolves when something is heard. */
  readonly hearing: Promise<void>;
}

export async function startEar({ key, cert }: ServerCertificate, port = 0): Promise<Ear> {
  const sockets: Promise<unknown>[] = [];
  let heard = '';
  let hear: () => void = () => undefined;
  const hearing = new Promise<void>((resolve) => (hear = resolve));
  const server = createTlsServer({ key, cert }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
      hear();
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.push(new Promise((closed) => socket.once('close', closed)));
  });
  return {
    ...(await listening(server, port)),
    connections: () => sockets.length,
    heard: async () => {
      await Promise.all(sockets);
      return heard;
    },
    hearing,
  };
}

/** Stands in the middle with a certificate of its own, and passes on whatever comes out of TLS, both ways. */
export async function startRelay({ key, cert }: ServerCertificate, target: number): Promise<Listening> {
  const server = createTlsServer({ key, cert }, (near) => {
    const far = connectTls({ host: '127.0.0.1', port: target, rejectUnauthorized: false });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  return listening(server);
}

/** An HTTP proxy: every CONNECT leads to the port that the test says, and is kept. */
export async function startConnectProxy(
  target: () => number,
): Promise<Listening & { readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createHttpServer();
  server.on('connect', (request, near: Socket) => {
    asked.push(request.url ?? '');
    const far = connectTcp(target(), '127.0.0.1', () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    near.on('error', () => far.destroy()).pipe(far);
    far.on('error', () => near.destroy()).pipe(near);
  });
  return { ...(await listening(server)), asked };
}

/** An HTTPS server that asks for a binding and keeps the bodies of what was signed for it. */
export async function startAsking(
  { key, cert }: ServerCertificate,
  binding: BindingKind,
): Promise<Listening & { readonly signed: string[]; readonly nonce: string; readonly server: Server }> {
  const signed: string[] = [];
  const nonce = Buffer.alloc(32, 9).toString('base64');
  const server = createHttpsServer({ key, cert }, (request, response) => {
    if (request.url === DiscoveryPath.challenges) {
      response.writeHead(201).end(JSON.stringify({ nonce, binding }));
      return;
    }
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      signed.push(body);
      response.writeHead(500).end('{}');
    });
  });
  return { ...(await listening(server)), signed, nonce, server };
}
