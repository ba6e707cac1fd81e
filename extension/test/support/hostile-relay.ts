import { once } from 'node:events';
import { type WebSocket, WebSocketServer } from 'ws';
import { DiscoveryPath, RELAY_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { plainAccess, type ServerAccess } from '../../src/net/server-access.ts';
import type { Meddling, Side } from './tcp-proxy.ts';

/** A relay that may do what it likes with what it carries. It joins two of those who come at a time, whoever they are. */
export interface HostileRelay {
  readonly access: ServerAccess;
  /** What it makes of every message from now on; null: as it is. Nothing at all while it is frozen. */
  meddle(change: Meddling | null): void;
  /** Says this to both, text as text. */
  say(message: string | Buffer): void;
  /** Ends all connections without a word. */
  cut(): void;
  freeze(): void;
  /** Everything that was carried so far. */
  carried(): Buffer;
  stop(): Promise<void>;
}

export async function startHostileRelay(): Promise<HostileRelay> {
  let meddling: Meddling | null = null;
  let frozen = false;
  let waiting: { readonly socket: WebSocket; readonly early: Buffer[] } | null = null;
  const carried: Buffer[] = [];
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    path: DiscoveryPath.relay,
    handleProtocols: () => RELAY_PROTOCOL,
  });
  const pass = (from: WebSocket, to: WebSocket, side: Side): void => {
    from.on('message', (data: Buffer) => {
      carried.push(data);
      if (frozen) return;
      for (const piece of meddling?.(data, side) ?? [data]) to.send(piece);
    });
    from.on('close', () => to.close());
  };
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    if (waiting === null) {
      const early: Buffer[] = [];
      waiting = { socket, early };
      socket.on('message', (data: Buffer) => early.push(data));
      return;
    }
    const { socket: near, early } = waiting;
    waiting = null;
    near.removeAllListeners('message');
    pass(near, socket, 'near');
    pass(socket, near, 'far');
    for (const data of early) near.emit('message', data);
  });
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const cut = (): void => {
    for (const socket of server.clients) socket.terminate();
  };
  return {
    access: plainAccess(new URL(`http://127.0.0.1:${port}`)),
    meddle: (change) => {
      meddling = change;
    },
    say: (message) => {
      for (const socket of server.clients) socket.send(message);
    },
    cut,
    freeze: () => {
      frozen = true;
    },
    carried: () => Buffer.concat(carried),
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
