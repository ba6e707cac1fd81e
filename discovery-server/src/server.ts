import path from 'node:path';
import type { Logger } from 'pino';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { Accounts } from './accounts.ts';
import type { AdministrationParts } from './admin/administration.ts';
import { type TrustProxy, trustOf } from './address.ts';
import { Admission } from './admission.ts';
import { bindingOf } from './binding.ts';
import {
  type CertificateFiles,
  keepCertificate,
  makeCertificate,
  readCertificate,
  type ServerCredentials,
} from './certificate.ts';
import { type Clock, systemClock } from './clock.ts';
import { Directory } from './directory.ts';
import { Heartbeat } from './heartbeat.ts';
import { createApp } from './http.ts';
import { JoinCode } from './join-code.ts';
import { type Metrics, noMetrics, type ReadableMetrics } from './metrics.ts';
import { type MetricsServer, serveMetrics } from './metrics-server.ts';
import { PUSH_BACKLOG_BYTES, SERVER_LIMITS, type ServerLimits, SESSION_BACKLOG_BYTES } from './limits.ts';
import { CertificateFileError } from './errors.ts';
import { isLoopback, listen, type ListenAddress, urlOf } from './listen.ts';
import { NoncePool } from './nonces.ts';
import { rosterAsHere, type Others, type Shared } from './others.ts';
import { RefusalLog } from './refusal-log.ts';
import { type Randomness, systemRandomness } from './randomness.ts';
import { rateLimits as makeRateLimits } from './rate-limits.ts';
import { Readiness } from './readiness.ts';
import { Registration } from './registration.ts';
import { forgottenReservations, Reservations } from './reservations.ts';
import { RequestIds } from './request-id.ts';
import { Calls } from './relay/calls.ts';
import { Relay } from './relay/relay.ts';
import { Roster } from './roster.ts';
import { FrameMemory } from './session/frame.ts';
import { Sessions } from './session/sessions.ts';
import { serveSessions } from './session/upgrade.ts';
import type { AccountStore } from './store/account-store.ts';
import { openFileStore } from './store/file-store.ts';
import { reservationsFile } from './store/reservations-file.ts';
import { measured, type MeasuredStore } from './store/measured.ts';
import { VERSION } from './version.ts';
import { Watches } from './watches.ts';
import { Verifier } from './verifier.ts';
import { createWebServer } from './web-server.ts';

/** How a server is started. */
export type DiscoveryServerOptions = ServerSettings & AccountsPlace;

/**
 * A folder of its own for the accounts, or a store that is there already, or what several servers share; the server closes
 * it when it stops.
 */
export type AccountsPlace =
  { readonly dataDir: string } | { readonly store: AccountStore } | { readonly shared: Shared };

/** What does not depend on where accounts are kept. */
export interface ServerSettings extends ListenAddress {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  /**
   * HTTPS with an operator's certificate, or with one that the server makes for itself and keeps in its folder.
   * Without this: plain HTTP on loopback, and `self-made` elsewhere.
   */
  readonly tls?: CertificateFiles | 'self-made';
  /** Behind a proxy that has the certificate which clients see. */
  readonly proxy?: ProxySettings;
  /**
   * Further ports by which clients come to this server on plain HTTP, for instance through an SSH tunnel: they sign for
   * the port of the address that they were given. Default none.
   */
  readonly alsoPorts?: readonly number[];
  /** The address of this very server, of several that share a directory: an origin. For its relay. */
  readonly instanceUrl?: string;
  /** What a new account needs; undefined: nothing. */
  readonly joinCode?: string;
  /** In place of those of SERVER_LIMITS. */
  readonly limits?: Partial<ServerLimits>;
  /** Unsent bytes of a session beyond which pushes are dropped, and beyond which it is closed. */
  readonly backlogBytes?: { readonly push: number; readonly session: number };
  /** What is counted, and the listener of its own on which it can be read. */
  readonly metrics?: { readonly of: ReadableMetrics; readonly listen: ListenAddress };
  /** Lets the operator of a server with a folder of its own administer it; undefined where it cannot. */
  readonly administer?: (
    parts: AdministrationParts,
    logger: Logger,
  ) => Promise<{ stop(): Promise<void> } | undefined>;
}

/** A proxy before the server. */
export interface ProxySettings {
  /** Origin of the address that clients are given, `https:` and without a slash at its end. */
  readonly publicOrigin: string;
  /** Whose `X-Forwarded-For` says where a request came from. */
  readonly trusted: TrustProxy;
}

/** A server that runs. */
export interface DiscoveryServer {
  /** With the port that the system chose for port 0. */
  readonly address: ListenAddress;
  /** The address as a client on this machine is given it: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Fingerprint of its own certificate's key; undefined with plain HTTP. */
  readonly serverKey: Fingerprint | undefined;
  /** Where metrics are read; undefined where nobody asked for them. */
  readonly metricsAddress: ListenAddress | undefined;
  /**
   * Before the stop: takes nothing new, says so on /readyz, and closes all sessions within `ms`, a few at a time.
   * Resolves when that time is over.
   */
  drain(ms: number): Promise<void>;
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
  const metrics = options.metrics?.of ?? noMetrics;
  const store = measured(await openStore(options, clock), metrics, () => clock.elapsed());
  const verifier = new Verifier();
  try {
    return await start(options, { store, metrics, logger, clock, randomness, verifier });
  } catch (error) {
    await verifier.stop();
    await store.close();
    if ('shared' in options) options.shared.close();
    throw error;
  }
}

interface Surroundings {
  readonly store: MeasuredStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly verifier: Verifier;
}

async function start(
  options: DiscoveryServerOptions,
  { store, metrics, logger, clock, randomness, verifier }: Surroundings,
): Promise<DiscoveryServer> {
  const credentials = await credentialsFor(options, clock);
  // That which the system chose, once it is known.
  let { port } = options;
  const ports = (): number[] => [port, ...(options.alsoPorts ?? [])];
  const binding = bindingOf(options.proxy?.publicOrigin, credentials?.fingerprint, ports);
  const trust = trustOf(options.proxy?.trusted);
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const shared = 'shared' in options ? options.shared : undefined;
  const rateLimits = makeRateLimits(limits, () => clock.elapsed(), shared?.limit);
  const hosts = {
    any: credentials !== undefined,
    public: [options.proxy?.publicOrigin, options.instanceUrl].flatMap((origin) =>
      origin === undefined ? [] : new URL(origin).host,
    ),
  };
  const directory = new Directory(shared === undefined ? await store.accounts() : []);
  const roster = new Roster({ directory, watches: new Watches(), store, logger });
  const heartbeat = new Heartbeat(clock);
  const joinCode = options.joinCode === undefined ? undefined : new JoinCode(options.joinCode);
  const folder = 'dataDir' in options ? path.resolve(options.dataDir) : undefined;
  const reservations = await Reservations.open(
    shared?.reservations ?? (folder === undefined ? forgottenReservations : reservationsFile(folder)),
    () => clock.now(),
  );
  const others = await joinOthers(shared, { roster, reservations, heartbeat, logger });
  const accounts = new Accounts({ store, roster, reservations, logger });
  const admission = new Admission(joinCode, reservations, rateLimits);
  const refusals = new RefusalLog(logger);
  const registration = new Registration({
    store,
    roster,
    heartbeat,
    nonces: shared?.nonces ?? new NoncePool(() => randomness.nonce()),
    logger,
    binding,
    verifier,
    admission,
    reservations,
    refusals,
    metrics,
  });
  const isMember = (identity: Fingerprint): boolean => directory.byIdentity(identity) !== undefined;
  const relay = limits.relays === 0 ? undefined : new Relay({ clock, randomness, limits, metrics, isMember });
  const sessions = new Sessions(
    {
      roster,
      accounts,
      calls: new Calls({ roster, relay, metrics, instanceUrl: options.instanceUrl }),
      heartbeat,
      frameMemory: new FrameMemory(),
      randomness,
      logger,
      metrics,
      binding,
      verifier,
      refusals,
      rateLimits,
      pushBacklogBytes: options.backlogBytes?.push ?? PUSH_BACKLOG_BYTES,
      sessionBacklogBytes: options.backlogBytes?.session ?? SESSION_BACKLOG_BYTES,
    },
    clock,
  );
  const health = (): { status: 'ok'; version: string; accounts: number; online: number } => ({
    status: 'ok',
    version: VERSION,
    accounts: directory.size,
    online: others?.online ?? roster.online,
  });
  const readiness = new Readiness(
    () => others?.obstacle ?? (store.isFailing ? 'accounts cannot be written' : undefined),
  );
  const ids = new RequestIds(randomness, trust);
  const server = createWebServer({ credentials, trust, limits, metrics, randomness });
  const common = { hosts, trust, readiness, ids, metrics, logger };
  server.http.on('request', createApp({ ...common, registration, health, binding, rateLimits }));
  serveSessions(server.http, { ...common, sessions, relay, handshakes: rateLimits.handshakes, limits });
  options.metrics?.of.observe(() => ({
    accounts: directory.size,
    online: roster.online,
    sessions: sessions.count(),
    watches: roster.watches.size,
    relay: relay?.state,
    ready: readiness.obstacle === undefined,
  }));
  const metricsServer = await serveMetricsOf(options);
  const address = await listen(server.http, options, credentials === undefined).catch(
    async (error: unknown) => {
      await metricsServer?.stop();
      throw error;
    },
  );
  port = address.port;
  const now = (): number => clock.now();
  const parts = folder === undefined ? undefined : { roster, accounts, reservations, folder, now };
  const admin = parts === undefined ? undefined : await options.administer?.(parts, logger);
  const url = urlOf(address, credentials === undefined ? 'http' : 'https');
  heartbeat.start((now) => {
    roster.sweep(now);
    others?.beat(now);
    sessions.beat(now);
    relay?.beat();
    refusals.beat(now.at);
    rateLimits.forget();
  });
  readiness.serving();
  announce(options, { url, accounts: directory.size, serverKey: credentials?.fingerprint });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    readiness.draining();
    await admin?.stop();
    await Promise.all([sessions.stop(), relay?.stop(), server.close(clock)]);
    heartbeat.stop();
    refusals.beat(Infinity);
    await verifier.stop();
    await roster.stop();
    await store.close();
    await others?.stop();
    // The last to go: how the end went can be seen until then.
    await metricsServer?.stop();
    logger.info('stopped');
  };
  return {
    address,
    url,
    serverKey: credentials?.fingerprint,
    metricsAddress: metricsServer?.address,
    drain(ms) {
      readiness.draining();
      return sessions.drain(ms);
    },
    stop: () => (stopped ??= stop()),
  };
}

/** Goes among the other instances, if there are any. @throws {StartError} what is shared cannot be read */
async function joinOthers(
  shared: Shared | undefined,
  {
    roster,
    reservations,
    heartbeat,
    logger,
  }: { roster: Roster; reservations: Reservations; heartbeat: Heartbeat; logger: Logger },
): Promise<Others | undefined> {
  if (shared === undefined) return undefined;
  const here = rosterAsHere(roster, () => {
    reservations.reload().catch((error: unknown) => {
      logger.warn({ err: error }, 'which names are kept could not be read');
    });
  });
  const others = await shared.join(here, () => heartbeat.moment());
  roster.join(others);
  return others;
}

async function serveMetricsOf({ metrics, logger }: ServerSettings): Promise<MetricsServer | undefined> {
  if (metrics === undefined) return undefined;
  const server = await serveMetrics(metrics.of, metrics.listen);
  logger.info(`metrics for Prometheus at ${urlOf(server.address, 'http')}/metrics`);
  return server;
}

/** Tells whoever started the server where it is and, for HTTPS, what its key is: in full, and to be read out. */
function announce(
  options: DiscoveryServerOptions,
  { url, accounts, serverKey }: { url: string; accounts: number; serverKey: Fingerprint | undefined },
): void {
  const shared = 'shared' in options ? ', accounts shared with others in Redis' : '';
  const where = 'dataDir' in options ? `, accounts in ${options.dataDir}` : shared;
  const key = serverKey === undefined ? '' : `, certificate key ${serverKey}`;
  const details = { url, version: VERSION, ...(serverKey === undefined ? {} : { serverKey }) };
  options.logger.info(details, `listening on ${url}${where} (${accounts} so far)${key}`);
  if (serverKey !== undefined) {
    const groups = serverKey.match(/.{4}/g) ?? [];
    options.logger.info(`to compare with what a client shows, the key's fingerprint: ${groups.join(' ')}`);
  }
  if (options.proxy !== undefined) {
    options.logger.info(`clients reach this server through a proxy at ${options.proxy.publicOrigin}`);
  }
}

const ONE_KEY =
  'servers that share a directory need one certificate, which clients know: give each the same files with --tls-cert and ' +
  '--tls-key, or the address of a proxy that has it with --public-url.';

/** @throws {CertificateFileError} */
async function credentialsFor(
  options: DiscoveryServerOptions,
  clock: Clock,
): Promise<ServerCredentials | undefined> {
  const { host, tls = isLoopback(host) ? undefined : 'self-made' } = options;
  if (tls === undefined) return undefined;
  if (tls !== 'self-made') return readCertificate(tls, clock.now());
  if ('shared' in options && options.proxy === undefined) throw new CertificateFileError(ONE_KEY);
  return 'dataDir' in options ? keepCertificate(path.resolve(options.dataDir), host) : makeCertificate(host);
}

async function openStore(options: DiscoveryServerOptions, clock: Clock): Promise<AccountStore> {
  if ('store' in options) return options.store;
  if ('shared' in options) return options.shared.store;
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
