import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { DeviceCredentials } from '@p2p-chat/protocol/certificates';
import { LINK_PATH, LINK_PROTOCOL, type LinkFrame, linkFrame } from '@p2p-chat/protocol/link';
import { decodeJson } from '@p2p-chat/protocol/text';
import { EventLog } from '../support/event-log.ts';
import { tlsOf } from '../support/raw-tls.ts';

export type Heard =
  | { readonly kind: 'frame'; readonly frame: LinkFrame }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

/** A link as an attacker holds it: what comes is parsed, and what goes may be any bytes. */
export interface RawLink {
  readonly ws: WebSocket;
  /** Below the WebSocket. */
  readonly socket: TLSSocket;
  /** Everything that the other end says, from its first frame on; each has passed the schema. */
  readonly heard: EventLog<Heard>;
  /** Sends frames, or any text. */
  readonly say: (...frames: readonly (object | string)[]) => void;
  /** How it ended, when it has. */
  readonly closed: () => Promise<{ readonly code: number; readonly reason: string }>;
}

/** Links to a listener. The `ws` of the link answers pings and closes by itself, and does nothing else. */
export async function openLink(
  port: number,
  credentials: DeviceCredentials,
  options: { perMessageDeflate?: boolean; autoPong?: boolean } = {},
): Promise<RawLink> {
  const socket = connect({ host: '127.0.0.1', port, ...tlsOf(credentials) });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const ws = new WebSocket(`ws+unix:peer:${LINK_PATH}`, [LINK_PROTOCOL], {
    perMessageDeflate: false,
    ...options,
    createConnection: () => socket,
  });
  const heard = new EventLog<Heard>();
  ws.on('error', () => undefined);
  ws.on('message', (data) => {
    if (Buffer.isBuffer(data)) heard.add({ kind: 'frame', frame: decodeJson(linkFrame, data) });
  });
  ws.on('close', (code, reason) => heard.add({ kind: 'closed', code, reason: reason.toString() }));
  await once(ws, 'open');
  return {
    ws,
    socket,
    heard,
    say: (...frames) => {
      for (const frame of frames) ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    },
    closed: () => heard.first((event) => event.kind === 'closed'),
  };
}
