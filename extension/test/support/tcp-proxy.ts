import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between two ends of a connection and does what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection for both sides. */
  cut(): void;
  /** Passes nothing on any more, and tells nobody. */
  freeze(): void;
  /** Flips a bit of the next bytes that pass. */
  corrupt(): void;
  /** From now on every chunk goes through `change`; what that gives is passed on in its place. Null ends it. */
  meddle(change: Meddling | null): void;
  /** Keeps what passes from now on, from the near end (which connected) and from the far one. */
  record(): { readonly near: Buffer[]; readonly far: Buffer[] };
  /** Connections made so far. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** From which end a chunk comes: `near` connected to the proxy, `far` is its target. */
export type Side = 'near' | 'far';

/** What somebody in the middle makes of a chunk. */
export type Meddling = (chunk: Buffer, from: Side) => readonly Buffer[];

/** A proxy on 127.0.0.1 that passes every connection on to `target`, a port there. */
export async function startTcpProxy(target: number | (() => number)): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let corrupting = false;
  let meddling: Meddling | null = null;
  let connections = 0;
  const recordings: { readonly near: Buffer[]; readonly far: Buffer[] }[] = [];
  const pass = (from: Socket, to: Socket, side: Side): void => {
    sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      if (frozen) return;
      if (corrupting) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      corrupting = false;
      for (const recording of recordings) recording[side].push(bytes);
      for (const chunk of meddling?.(bytes, side) ?? [bytes]) to.write(chunk);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      if (!frozen) to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(typeof target === 'number' ? target : target(), '127.0.0.1');
    connections += 1;
    pass(near, far, 'near');
    pass(far, near, 'far');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    cut,
    freeze: () => {
      frozen = true;
    },
    corrupt: () => {
      corrupting = true;
    },
    meddle: (change) => {
      meddling = change;
    },
    record: () => {
      const recording = { near: [], far: [] };
      recordings.push(recording);
      return recording;
    },
    get connections() {
      return connections;
    },
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
