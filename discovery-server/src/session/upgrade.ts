import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { MAX_SESSION_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { senderOf, type Trust } from '../address.ts';
import { type AllowedHosts, refuseBrowsers } from '../guard.ts';
import { BUSY_RETRY_SECONDS, type ServerLimits } from '../limits.ts';
import type { AddressRateLimit } from '../rate-limits.ts';
import { Refusal, tooMany } from '../refusal.ts';
import { refuseSocket } from '../refuse-socket.ts';
import type { Relay } from '../relay/relay.ts';
import { relayUpgrades } from '../relay/upgrades.ts';
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
  readonly logger: Logger;
}

/**
 * What ws buffers of one socket. Our clients send each message in one frame, and even over a slow link a frame of
 * MAX_SESSION_FRAME_BYTES comes in some hundred pieces; each piece costs more than its bytes.
 */
const RECEIVING = { maxPayload: MAX_SESSION_FRAME_BYTES, maxFragments: 64, maxBufferedChunks: 1_024 };

/** Lets WebSockets in at the paths of the session and the relay. @returns a function that lets no more in */
export function serveSessions(server: Server, parts: UpgradeParts): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: () => SESSION_PROTOCOL,
    ...RECEIVING,
  });
  // What ws itself finds wrong with the handshake (version, key) is answered as everything else is.
  sockets.on('wsClientError', (error, socket) => {
    refuseSocket(socket, new Refusal('bad-request', error.message));
  });
  const upgradeToRelay = parts.relay === undefined ? undefined : relayUpgrades(parts.relay);
  const connected = new AddressTally();
  const waiting = new AddressTally();
  let stopping = false;

  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const address = senderOf(request, parts.trust);
    await parts.handshakes.spend(address);
    const isRelayed = upgradeToRelay !== undefined && request.url === DiscoveryPath.relay;
    const refusal = refuse(request, parts.hosts, isRelayed ? RELAY_PROTOCOL : SESSION_PROTOCOL);
    if (refusal !== undefined) throw refusal;
    if (stopping) throw new Refusal('unavailable', 'the server stops');
    if (socket.destroyed) return;
    const leave = connected.add(address, parts.limits.socketsPerAddress);
    // A ticket was given to somebody who has signed in.
    const arrived = isRelayed ? () => undefined : waiting.add(address, parts.limits.waitingPerAddress);
    socket.once('close', () => {
      leave?.();
      arrived?.();
    });
    if (leave === undefined || arrived === undefined) throw tooMany(BUSY_RETRY_SECONDS);
    if (isRelayed) {
      upgradeToRelay(request, socket, head);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      parts.sessions.accept(webSocket, address, arrived),
    );
  };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    admit(request, socket, head).catch((error: unknown) => {
      if (error instanceof Refusal) {
        refuseSocket(socket, error);
        return;
      }
      parts.logger.error({ err: error }, 'a WebSocket could not be let in');
      socket.destroy();
    });
  });
  return () => {
    // The listener stays: without one, Node would hand a late upgrade to the routes as a plain request.
    stopping = true;
  };
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
