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
  stop(): Promise<void>;
}

/** A proxy on 127.0.0.1 that passes every connection on to `target`. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let corrupting = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      if (frozen) return;
      if (corrupting) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      corrupting = false;
      to.write(bytes);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      if (!frozen) to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    pass(near, far);
    pass(far, near);
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
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
