import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Logger } from 'pino';
import { HANDSHAKE_TIMEOUT_MS } from '@p2p-chat/protocol/limits';
import { type Clock, systemClock } from './clock.ts';
import { Directory } from './directory.ts';
import { Heartbeat } from './heartbeat.ts';
import { createApp } from './http.ts';
import { CLOSE_GRACE_MS, MAX_HEADER_BYTES, PUSH_BACKLOG_BYTES, SESSION_BACKLOG_BYTES } from './limits.ts';
import { listen, type ListenAddress, urlOf } from './listen.ts';
import { type Randomness, systemRandomness } from './randomness.ts';
import { Refusal } from './refusal.ts';
import { Registration } from './registration.ts';
import { Roster } from './roster.ts';
import { Sessions } from './session/sessions.ts';
import { refuseSocket, serveSessions } from './session/upgrade.ts';
import type { AccountStore } from './store/account-store.ts';
import { openFileStore } from './store/file-store.ts';
import { VERSION } from './version.ts';
import { Watches } from './watches.ts';

/** How a server is started. */
export type DiscoveryServerOptions = ServerSettings & AccountsPlace;

/** A folder of its own for the accounts, or a store that is there already; the server closes it when it stops. */
export type AccountsPlace = { readonly dataDir: string } | { readonly store: AccountStore };

/** What does not depend on where accounts are kept. */
export interface ServerSettings extends ListenAddress {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  /** Unsent bytes of a session beyond which pushes are dropped, and beyond which it is closed. */
  readonly backlogBytes?: { readonly push: number; readonly session: number };
}

/** A server that runs. */
export interface DiscoveryServer {
  /** With the port that the system chose for port 0. */
  readonly address: ListenAddress;
  /** The address as a client is given it: `http://127.0.0.1:8000`. */
  readonly url: string;
  /**
   * Ends every session, stores what is to be stored and frees everything, within two seconds whatever clients do.
   * A second call waits for the first.
   */
  stop(): Promise<void>;
}

/**
 * Starts a discovery server.
 * @throws {StartError} with a message for the person at the terminal; nothing is left behind
 */
export async function startDiscoveryServer(options: DiscoveryServerOptions): Promise<DiscoveryServer> {
  const { logger, clock = systemClock, randomness = systemRandomness } = options;
  const store = await openStore(options, clock);
  try {
    return await start(options, { store, logger, clock, randomness });
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Surroundings {
  readonly store: AccountStore;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

async function start(
  options: DiscoveryServerOptions,
  { store, logger, clock, randomness }: Surroundings,
): Promise<DiscoveryServer> {
  const directory = new Directory(await store.accounts());
  const roster = new Roster({ directory, watches: new Watches(), store, logger });
  const heartbeat = new Heartbeat(clock);
  const registration = new Registration({ store, roster, heartbeat, randomness, logger });
  const sessions = new Sessions(
    {
      roster,
      heartbeat,
      randomness,
      logger,
      pushBacklogBytes: options.backlogBytes?.push ?? PUSH_BACKLOG_BYTES,
      sessionBacklogBytes: options.backlogBytes?.session ?? SESSION_BACKLOG_BYTES,
    },
    clock,
  );
  const health = (): { status: 'ok'; version: string; accounts: number; online: number } => ({
    status: 'ok',
    version: VERSION,
    accounts: directory.size,
    online: roster.online,
  });
  const server = createHttpServer();
  server.on('request', createApp({ registration, health, logger }));
  const letNoMoreIn = serveSessions(server, sessions);
  const address = await listen(server, options);
  const url = urlOf(address);
  heartbeat.start((now) => {
    roster.sweep(now);
    sessions.beat(now);
  });
  const where = 'dataDir' in options ? `, accounts in ${options.dataDir}` : '';
  logger.info({ url, version: VERSION }, `listening on ${url}${where} (${directory.size} so far)`);

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    letNoMoreIn();
    await Promise.all([sessions.stop(), closeHttp(server, clock)]);
    heartbeat.stop();
    await roster.stop();
    await store.close();
    logger.info('stopped');
  };
  return { address, url, stop: () => (stopped ??= stop()) };
}

async function openStore(options: DiscoveryServerOptions, clock: Clock): Promise<AccountStore> {
  if ('store' in options) return options.store;
  const { dataDir, logger } = options;
  return openFileStore(
    dataDir,
    () => clock.now(),
    ({ line, bytes, savedAs }) => {
      logger.warn(
        { line, bytes, savedAs },
        `the accounts file ended in a torn line, as after a crash: line ${line} was set aside in ${savedAs}, ` +
          `all others are in use`,
      );
    },
  );
}

function createHttpServer(): Server {
  const server = createServer({
    headersTimeout: HANDSHAKE_TIMEOUT_MS,
    requestTimeout: HANDSHAKE_TIMEOUT_MS,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else refuseSocket(socket, unreadable(error.code));
  });
  return server;
}

function unreadable(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Refusal('bad-request', `headers have at most ${MAX_HEADER_BYTES} bytes`, 431);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Refusal('bad-request', 'the request took too long', 408);
  return new Refusal('bad-request', 'this is not an HTTP request');
}

/** Lets requests under way finish within CLOSE_GRACE_MS, and cuts what is left then. */
async function closeHttp(server: Server, clock: Clock): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const stopTimer = clock.every(CLOSE_GRACE_MS, () => server.closeAllConnections());
  await closed;
  stopTimer();
}
