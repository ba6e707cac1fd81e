import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { DiscoveryPath, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { MAX_SESSION_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { refuseBrowsers } from '../guard.ts';
import { Refusal, refusalBody } from '../refusal.ts';
import type { Sessions } from './sessions.ts';

/** Lets WebSockets in at the session's path. @returns a function that lets no more in */
export function serveSessions(server: Server, sessions: Sessions): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_SESSION_FRAME_BYTES,
    handleProtocols: () => SESSION_PROTOCOL,
  });
  // What ws itself finds wrong with the handshake (version, key) is answered as everything else is.
  sockets.on('wsClientError', (error, socket) => {
    refuseSocket(socket, new Refusal('bad-request', error.message));
  });
  let stopping = false;
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const refusal = stopping ? new Refusal('unavailable', 'the server stops') : refuse(request);
    if (refusal === undefined) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => sessions.accept(webSocket));
    } else {
      refuseSocket(socket, refusal);
    }
  };
  server.on('upgrade', upgrade);
  return () => {
    // The listener stays: without one, Node would hand a late upgrade to the routes as a plain request.
    stopping = true;
  };
}

function refuse({ headers, url, method }: IncomingMessage): Refusal | undefined {
  const browser = refuseBrowsers(headers);
  if (browser !== undefined) return browser;
  if (url !== DiscoveryPath.session) return new Refusal('not-found', 'there is nothing at this path');
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') {
    return new Refusal('bad-request', 'connect with a WebSocket');
  }
  const offered = headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim());
  if (offered?.includes(SESSION_PROTOCOL) !== true) {
    return new Refusal('bad-request', `this server speaks the WebSocket subprotocol ${SESSION_PROTOCOL}`);
  }
  return undefined;
}

/** Answers on a bare socket, where no response object exists, and ends it. */
export function refuseSocket(socket: Duplex, refusal: Refusal): void {
  const body = refusalBody(refusal);
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}\r\n` +
      'Connection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
