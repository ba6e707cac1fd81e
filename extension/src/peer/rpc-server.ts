import { chmodSync, renameSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { PeerPush, PeerPushValue } from '../peer-api.ts';
import { removeSocket, type Rendezvous } from './rendezvous.ts';
import type { PeerService } from './service-types.ts';
import { WindowSession } from './window-session.ts';
import { MAX_BACKLOG_BYTES, MAX_WINDOWS } from './wire.ts';

export interface RpcServerOptions {
  /** What publishRendezvous gave. */
  readonly rendezvous: Rendezvous;
  readonly version: string;
  readonly service: PeerService;
  /** A newer window asked for it and was answered; the owner is to stop. Called once. */
  readonly onHandOver: (version: string) => void;
  /** A window wants a peer with other keys and was answered; the owner is to stop, and any window to start the next. */
  readonly onRestart: () => void;
  /** The server cannot go on; the owner is to stop. */
  readonly onError: (error: Error) => void;
  readonly maxBacklogBytes?: number;
}

/** The owner's local socket server. */
export interface RpcServer {
  /** Stops accepting, takes the socket file away, begins no further request and pushes nothing more. */
  freeze(): void;
  /** Freezes, then ends every connection; answers that are ready still leave. */
  close(): Promise<void>;
}

/**
 * Listens at the rendezvous and serves the peer to every window that proves the secret.
 *
 * The socket is bound under another name and renamed once it is private: a client never meets one that does not
 * listen yet, and Node, which unlinks the name that it bound whenever the handle closes, also when a worker is
 * terminated, can never unlink the socket of the next owner.
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { address } = options.rendezvous;
  const isPipe = process.platform === 'win32';
  const bound = isPipe ? address : `${address}.new`;
  const sessions = new Set<WindowSession>();
  let frozen = false;
  let handingOver = false;

  const pushToAll = <P extends PeerPush>(name: P, value: PeerPushValue<P>): void => {
    for (const session of sessions) session.push(name, value);
  };

  const accept = (socket: Socket): void => {
    if (frozen) {
      socket.destroy();
      return;
    }
    const session: WindowSession = new WindowSession({
      socket,
      secret: options.rendezvous.secret,
      version: options.version,
      service: options.service,
      maxBacklogBytes: options.maxBacklogBytes ?? MAX_BACKLOG_BYTES,
      place: () => [...sessions].indexOf(session),
      log: (level, text) => pushToAll('log', { level, text }),
      onHandOver: (version) => {
        if (handingOver || frozen) return;
        handingOver = true;
        for (const each of sessions) each.handedOver();
        options.onHandOver(version);
      },
      onRestart: () => {
        if (!handingOver && !frozen) options.onRestart();
      },
      onClosed: () => sessions.delete(session),
    });
    sessions.add(session);
  };

  const server = createServer(accept);
  server.maxConnections = MAX_WINDOWS;
  removeSocket(bound);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(bound, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', options.onError);
  if (!isPipe) {
    chmodSync(bound, 0o600);
    renameSync(bound, address);
  }
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()));

  const freeze = (): void => {
    if (frozen) return;
    frozen = true;
    removeSocket(address);
    server.close();
    for (const session of sessions) session.freeze();
  };
  return {
    freeze,
    async close() {
      freeze();
      for (const session of sessions) session.close();
      // A window that does not read would hold a half-closed connection for ever.
      const impatience = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, CLOSE_TIMEOUT_MS);
      await closed;
      clearTimeout(impatience);
    },
  };
}

/** How long the last answers may take to leave, milliseconds: they go to processes of the same machine. */
const CLOSE_TIMEOUT_MS = 200;
