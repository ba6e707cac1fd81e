/**
 * Stands in front of a VS Code server for a person's own browser. It adds the two things that the bare server lacks:
 * `POST /mint-key`, without which secrets do not survive a reload, and the extension under development in every window
 * that is opened. Everything else is passed on, WebSockets included.
 *
 * It listens on loopback only and answers only requests that name it as their host, so that a site whose name was made
 * to point here reaches nothing. The key goes only to its own page in a browser that holds the connection token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface VscodeProxyOptions {
  /** The name in the address: `127.0.0.1`, or `localhost`, whose cookies are apart from those of 127.0.0.1. */
  readonly host: '127.0.0.1' | 'localhost';
  readonly port: number;
  /** Where the VS Code server listens, on 127.0.0.1. */
  readonly upstream: number;
  readonly connectionToken: string;
  /** The server's half of the key that seals the secrets: 32 bytes. */
  readonly secretKey: Buffer;
  /** Added to the address of a window that lacks them. */
  readonly windowQuery: { readonly folder: string; readonly payload: string };
}

export interface VscodeProxy {
  readonly stop: () => Promise<void>;
}

const tokenCookie = 'vscode-tkn';

export async function startVscodeProxy(options: VscodeProxyOptions): Promise<VscodeProxy> {
  const sockets = new Set<Duplex>();
  const servers: Server[] = [];
  const addresses = options.host === 'localhost' ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  for (const address of addresses) {
    const server = createServer((incoming, response) => answer(options, incoming, response));
    server.on('upgrade', (incoming, socket, head) => upgrade(options, incoming, socket, head, sockets));
    server.listen(options.port, address);
    try {
      await once(server, 'listening');
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 has no ::1 that somebody else could answer on.
      if (address === '::1' && isMissingAddress(error)) continue;
      await stop(servers, sockets);
      throw error;
    }
  }
  return { stop: () => stop(servers, sockets) };
}

async function stop(servers: readonly Server[], sockets: ReadonlySet<Duplex>): Promise<void> {
  const closed = servers.map(async (server) => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
}

function isMissingAddress(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(error.code))
  );
}

function answer(options: VscodeProxyOptions, incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.headers.host !== authority(options)) return refuse(response);
  const url = new URL(incoming.url ?? '/', `http://${authority(options)}`);
  if (url.pathname === '/mint-key') {
    if (!mayHaveKey(options, incoming)) return refuse(response);
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    response.end(options.secretKey);
    return;
  }
  if (incoming.method === 'GET' && url.pathname === '/' && !url.searchParams.has('payload')) {
    const { folder, payload } = options.windowQuery;
    const query = url.searchParams;
    if (!['folder', 'workspace', 'ew'].some((name) => query.has(name))) query.set('folder', folder);
    query.set('payload', payload);
    response.writeHead(302, { location: `/?${query.toString()}`, 'cache-control': 'no-store' }).end();
    return;
  }
  passOn(options, incoming, response);
}

/** Only our own page may ask, by POST, in a browser that was given the token. */
function mayHaveKey(options: VscodeProxyOptions, incoming: IncomingMessage): boolean {
  if (incoming.method !== 'POST' || incoming.headers.origin !== `http://${authority(options)}`) return false;
  const site = incoming.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const tokens = (incoming.headers.cookie ?? '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(`${tokenCookie}=`))
    .map((cookie) => cookie.slice(tokenCookie.length + 1));
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return tokens.some((token) => timingSafeEqual(digest(token), digest(options.connectionToken)));
}

function passOn(options: VscodeProxyOptions, incoming: IncomingMessage, response: ServerResponse): void {
  const upstream = request(
    {
      host: '127.0.0.1',
      port: options.upstream,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    },
    (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      answered.pipe(response);
    },
  );
  upstream.on('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end('VS Code does not answer.');
  });
  response.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

function upgrade(
  options: VscodeProxyOptions,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  sockets: Set<Duplex>,
): void {
  const own = `http://${authority(options)}`;
  if (incoming.headers.host !== authority(options) || incoming.headers.origin !== own) {
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    return;
  }
  const upstream: Socket = connect(options.upstream, '127.0.0.1');
  const pair = [socket, upstream];
  const end = (): void => {
    for (const each of pair) {
      each.destroy();
      sockets.delete(each);
    }
  };
  for (const each of pair) {
    sockets.add(each);
    each.on('error', end).on('close', end);
  }
  upstream.once('connect', () => {
    upstream.write(`${incoming.method ?? 'GET'} ${incoming.url ?? '/'} HTTP/1.1\r\n`);
    for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
      upstream.write(`${incoming.rawHeaders[i] ?? ''}: ${incoming.rawHeaders[i + 1] ?? ''}\r\n`);
    }
    upstream.write('\r\n');
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
}

function authority({ host, port }: VscodeProxyOptions): string {
  return `${host}:${port}`;
}

function refuse(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end('Forbidden\n');
}
