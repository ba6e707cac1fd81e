import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';

/** Carries connections to another place inside a stream of its own, as a relay does. */
export interface ForeignStream {
  readonly port: number;
  /** Everything that was carried so far, the near end's bytes first. */
  carried(): Buffer;
  stop(): Promise<void>;
}

/** Bytes of a piece: no record of TLS is as short, so that hardly one travels whole. */
const PIECE_BYTES = 20;

/** Carries what comes to a port of 127.0.0.1 on to `target`, a port there, over a WebSocket and in short pieces. */
export async function startForeignStream(target: number): Promise<ForeignStream> {
  const pieces: { readonly near: Buffer[]; readonly far: Buffer[] } = { near: [], far: [] };
  const ends = new Set<Duplex>();
  const pass = (from: Duplex, to: Duplex, keep: Buffer[]): void => {
    ends.add(from);
    from.on('data', (bytes: Buffer) => {
      keep.push(bytes);
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) to.write(bytes.subarray(at, at + PIECE_BYTES));
    });
    from.on('error', () => undefined).on('close', () => to.destroy());
  };
  const carrier = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  carrier.on('connection', (ws) => {
    const [carried, far] = [createWebSocketStream(ws), connect(target, '127.0.0.1')];
    pass(carried, far, []);
    pass(far, carried, pieces.far);
  });
  await once(carrier, 'listening');
  const server = createServer((near) => {
    const carried = createWebSocketStream(new WebSocket(`ws://127.0.0.1:${portOf(carrier.address())}`));
    pass(near, carried, pieces.near);
    pass(carried, near, []);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    carried: () => Buffer.concat([...pieces.near, ...pieces.far]),
    stop: async () => {
      for (const end of ends) end.destroy();
      server.close();
      carrier.close();
      await Promise.all([once(server, 'close'), once(carrier, 'close')]);
    },
  };
}

function portOf(address: ReturnType<WebSocketServer['address']>): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}
