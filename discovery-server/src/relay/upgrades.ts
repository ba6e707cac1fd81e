import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { RELAY_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { MAX_RELAY_FRAME_BYTES } from '@p2p-chat/protocol/limits';
import { Refusal } from '../refusal.ts';
import type { Relay } from './relay.ts';

/** What ws buffers of one socket; see the session's. */
const RECEIVING = { maxPayload: MAX_RELAY_FRAME_BYTES, maxFragments: 64, maxBufferedChunks: 1_024 };

/** What becomes of a request to upgrade, for whoever counts and logs it. */
interface Answering {
  readonly answered: (request: IncomingMessage, status: number) => void;
  readonly refuse: (request: IncomingMessage, socket: Duplex, refusal: Refusal) => void;
}

/** Makes WebSockets of requests whose ticket lets somebody into the relay. */
export function relayUpgrades(
  relay: Relay,
  { answered, refuse }: Answering,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: () => RELAY_PROTOCOL,
    ...RECEIVING,
  });
  sockets.on('wsClientError', (error, socket, request) => {
    refuse(request, socket, new Refusal('bad-request', error.message));
  });
  return (request, socket, head) => {
    const ticket = /^Bearer (\S{44})$/.exec(request.headers.authorization ?? '')?.[1];
    const join = ticket === undefined ? undefined : relay.admit(ticket);
    if (join === undefined) {
      throw new Refusal(
        'not-found',
        'this ticket lets nobody in: it was used, is too old or was never given out',
      );
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      answered(request, 101);
      join(webSocket);
    });
  };
}
