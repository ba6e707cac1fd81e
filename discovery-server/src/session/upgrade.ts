import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { MAX_SESSION_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { senderOf, type Trust } from '../address.ts';
import { type AllowedHosts, refuseBrowsers } from '../guard.ts';
import { BUSY_RETRY_SECONDS, type ServerLimits } from '../limits.ts';
import type { Metrics } from '../metrics.ts';
import type { AddressRateLimit } from '../rate-limits.ts';
import type { Readiness } from '../readiness.ts';
import { Refusal, stopping, tooMany } from '../refusal.ts';
import { refuseSocket } from '../refuse-socket.ts';
import type { Relay } from '../relay/relay.ts';
import { relayUpgrades } from '../relay/upgrades.ts';
import type { RequestIds } from '../request-id.ts';
import { AddressTally } from '../tally.ts';
import type { Sessions } from './sessions.ts';

/** What letting WebSockets in takes. */
export interface UpgradeParts {
  readonly sessions: Sessions;
  /** Undefined: there is none. */
  readonly relay: Relay | undefined;
  readonly hosts: AllowedHosts;
  readonly trust: Trust;
  readonly handshakes: AddressRateLimit;
  readonly limits: Pick<ServerLimits, 'socketsPerAddress' | 'waitingPerAddress'>;
  readonly readiness: Readiness;
  readonly ids: RequestIds;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * What ws buffers of one socket. Our clients send each message in one frame, and even over a slow link a frame of
 * MAX_SESSION_FRAME_BYTES comes in some hundred pieces; each piece costs more than its bytes.
 */
const RECEIVING = { maxPayload: MAX_SESSION_FRAME_BYTES, maxFragments: 64, maxBufferedChunks: 1_024 };

/** Lets WebSockets in at the paths of the session and the relay, until the server drains. */
export function serveSessions(server: Server, parts: UpgradeParts): void {
  const { ids, metrics, logger } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: () => SESSION_PROTOCOL,
    ...RECEIVING,
  });
  // What ws itself finds wrong with the handshake (version, key) is answered as everything else is.
  sockets.on('wsClientError', (error, socket, request) => {
    refuseRequest(request, socket, new Refusal('bad-request', error.message));
  });
  const connected = new AddressTally();
  const waiting = new AddressTally();

  const answered = (request: IncomingMessage, status: number): void => {
    const route = request.url === DiscoveryPath.relay ? DiscoveryPath.relay : DiscoveryPath.session;
    metrics.httpAnswered(route, status);
    logger.debug({ request: ids.of(request), route, status }, `upgrade: ${status}`);
  };
  const refuseRequest = (request: IncomingMessage, socket: Duplex, refusal: Refusal): void => {
    metrics.refused('http', refusal.code);
    answered(request, refusal.status);
    refuseSocket(socket, refusal, ids.of(request));
  };
  const upgradeToRelay =
    parts.relay === undefined ? undefined : relayUpgrades(parts.relay, { answered, refuse: refuseRequest });
  const admit = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const address = senderOf(request, parts.trust);
    parts.handshakes.spend(address);
    const isRelayed = upgradeToRelay !== undefined && request.url === DiscoveryPath.relay;
    const refusal = refuse(request, parts.hosts, isRelayed ? RELAY_PROTOCOL : SESSION_PROTOCOL);
    if (refusal !== undefined) throw refusal;
    if (parts.readiness.isDraining) throw stopping();
    const leave = connected.add(address, parts.limits.socketsPerAddress);
    // A ticket was given to somebody who has signed in.
    const arrived = isRelayed ? () => undefined : waiting.add(address, parts.limits.waitingPerAddress);
    if (leave !== undefined) socket.on('close', leave);
    if (arrived !== undefined) socket.on('close', arrived);
    if (leave === undefined || arrived === undefined) throw tooMany(BUSY_RETRY_SECONDS);
    if (isRelayed) {
      upgradeToRelay(request, socket, head);
      return;
    }
    // The answer and the challenge go out in one.
    socket.cork();
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      answered(request, 101);
      parts.sessions.accept({ socket: webSocket, line: socket, address, request: ids.of(request) }, arrived);
    });
    socket.uncork();
  };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    destroyOnError(socket);
    try {
      admit(request, socket, head);
    } catch (error) {
      if (error instanceof Refusal) {
        refuseRequest(request, socket, error);
        return;
      }
      logger.error({ err: error, request: ids.of(request) }, 'a WebSocket could not be let in');
      socket.destroy();
    }
  });
}

// What listens as long as the socket lives is made where it does not keep the request for as long: that would be a fifth of
// what an idle client takes.

function destroyOnError(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
}

function refuse(
  { headers, url, method }: IncomingMessage,
  hosts: AllowedHosts,
  protocol: typeof SESSION_PROTOCOL | typeof RELAY_PROTOCOL,
): Refusal | undefined {
  const browser = refuseBrowsers(headers, hosts);
  if (browser !== undefined) return browser;
  if (url !== DiscoveryPath.session && protocol !== RELAY_PROTOCOL)
    return new Refusal('not-found', 'there is nothing at this path');
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') {
    return new Refusal('bad-request', 'connect with a WebSocket');
  }
  const offered = headers['sec-websocket-protocol']?.split(',').map((each) => each.trim());
  if (offered?.includes(protocol) !== true) {
    return new Refusal('bad-request', `this server speaks the WebSocket subprotocol ${protocol}`);
  }
  return undefined;
}
