import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { addressGroup, type Trust } from './address.ts';
import type { ServerCredentials } from './certificate.ts';
import type { Clock } from './clock.ts';
import { CertificateFileError, messageOf } from './errors.ts';
import { CLOSE_GRACE_MS, CONNECTIONS_CHECK_MS, MAX_HEADER_BYTES, type ServerLimits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import type { Randomness } from './randomness.ts';
import { Refusal } from './refusal.ts';
import { refuseSocket } from './refuse-socket.ts';
import { AddressTally } from './tally.ts';

/** What a server on sockets is made of. */
export interface WebServerParts {
  /** Undefined: plain HTTP. */
  readonly credentials: ServerCredentials | undefined;
  readonly trust: Trust;
  readonly metrics: Metrics;
  readonly randomness: Randomness;
  readonly limits: Pick<ServerLimits, 'sockets' | 'socketsPerAddress' | 'handshakeMs' | 'idleMs'>;
}

/** A server on sockets. */
export interface WebServer {
  /** For routes, upgrades and listening. */
  readonly http: Server | TlsServer;
  /** Lets requests under way finish within CLOSE_GRACE_MS, and cuts what is left then, TLS handshakes included. */
  close(clock: Clock): Promise<void>;
}

/**
 * An HTTP or HTTPS server without routes that does not let anybody hold sockets for nothing.
 * @throws {CertificateFileError} TLS takes neither key nor certificate
 */
export function createWebServer({
  credentials,
  trust,
  metrics,
  randomness,
  limits,
}: WebServerParts): WebServer {
  const server =
    credentials === undefined ? createServer(httpOptions(limits)) : tlsServer(credentials, limits);
  server.maxConnections = limits.sockets;
  const sockets = new Set<Socket>();
  const byAddress = new AddressTally();
  // One for all, and no `once` here or wherever an end is heard that comes once anyway: what is made for each socket stays
  // as long as it is open.
  function forgetSocket(this: Socket): void {
    sockets.delete(this);
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', forgetSocket);
    const { remoteAddress } = socket;
    // A trusted proxy's sockets are everybody's.
    if (remoteAddress !== undefined && trust(remoteAddress, 0)) return;
    const closed = byAddress.add(addressGroup(remoteAddress), limits.socketsPerAddress);
    if (closed === undefined) socket.destroy();
    else socket.on('close', closed);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const refusal = unreadable(error.code);
    // What went wrong below HTTP, such as a TLS handshake, cannot be answered in HTTP.
    if (refusal === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    metrics.refused('http', refusal.code);
    metrics.httpAnswered('unreadable', refusal.status);
    refuseSocket(socket, refusal, randomness.requestId());
  });
  return {
    http: server,
    async close(clock) {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const stopTimer = clock.every(CLOSE_GRACE_MS, () => {
        for (const socket of sockets) socket.destroy();
      });
      await closed;
      stopTimer();
    },
  };
}

/**
 * TLS 1.3 alone: clients are ours and speak it, a company's proxy passes it through (CONNECT), and one that takes it
 * apart shows another key and is refused anyway. A reverse proxy that speaks TLS to this server must be told so.
 */
function tlsServer({ key, certificate }: ServerCredentials, limits: WebServerParts['limits']): TlsServer {
  try {
    return createTlsServer({
      ...httpOptions(limits),
      key,
      cert: certificate,
      minVersion: 'TLSv1.3',
      handshakeTimeout: limits.handshakeMs,
      ALPNProtocols: ['http/1.1'],
    });
  } catch (cause) {
    throw new CertificateFileError(`TLS does not take this certificate and key (${messageOf(cause)}).`, {
      cause,
    });
  }
}

function httpOptions({ handshakeMs, idleMs }: WebServerParts['limits']) {
  // Node looks only each CONNECTIONS_CHECK_MS: asked for a little less, it is done in time.
  const complete = Math.max(handshakeMs - CONNECTIONS_CHECK_MS, 1);
  return {
    headersTimeout: complete,
    requestTimeout: complete,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    keepAliveTimeout: idleMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
}

function unreadable(code = ''): Refusal | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Refusal('bad-request', `headers have at most ${MAX_HEADER_BYTES} bytes`, 431);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Refusal('bad-request', 'the request took too long', 408);
  }
  return code.startsWith('HPE_') ? new Refusal('bad-request', 'this is not an HTTP request') : undefined;
}
