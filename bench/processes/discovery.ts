import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import * as z from 'zod';
import { systemClock } from '../../discovery-server/src/clock.ts';
import { migrate } from '../../discovery-server/src/shared/migrate.ts';
import { openShared } from '../../discovery-server/src/shared/shared.ts';
import { type DiscoveryServer, startDiscoveryServer } from '../../discovery-server/src/server.ts';
import { keepCollectionsSmall } from '../../discovery-server/src/young-generation.ts';
import { PUBLIC_ORIGIN } from '../discovery/wire.ts';
import { cpuMicros, STALL_RESOLUTION_MS } from '../lib/figures.ts';
import { on, serve } from '../lib/serve.ts';

// As the command does.
keepCollectionsSmall();

/** The discovery server, as it runs behind a proxy on the same machine. */
let server: DiscoveryServer | undefined;
const stalls = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS });
const inspector = new Session();
inspector.connect();

const limits = z.partialRecord(z.enum(['sockets', 'relayBytesPerSecond']), z.int());

serve({
  /**
   * @param limits in place of those that a server has by itself
   * @param store a Redis, in place of the folder
   */
  start: on(z.object({ folder: z.string(), limits, store: z.string().optional() }), async (options) => {
    const { folder, limits, store } = options;
    const logger = pino({ level: 'silent' });
    const place =
      store === undefined
        ? { dataDir: folder }
        : { shared: await openShared(store, { logger, clock: systemClock }) };
    server = await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      ...place,
      logger,
      proxy: { publicOrigin: PUBLIC_ORIGIN, trusted: ['loopback'] },
      limits,
    });
    return server.address.port;
  }),
  /** Takes the accounts of a folder to a Redis. @returns the exit code */
  migrate: on(z.object({ folder: z.string(), store: z.string() }), ({ folder, store }) =>
    migrate(['--from', folder, '--to', store]),
  ),
  /** What the process has used of processors, microseconds. */
  cpu: on(z.object({}), cpuMicros),
  /** Bytes of this process, without what is garbage. */
  memory: on(z.object({}), async () => {
    await inspector.post('HeapProfiler.collectGarbage');
    return process.memoryUsage.rss();
  }),
  watchStalls: on(z.object({}), () => {
    stalls.enable();
    stalls.reset();
    return true;
  }),
  /** Of the event loop since then, milliseconds, and what the process has used of a processor, microseconds. */
  stalls: on(z.object({}), () => {
    const found = { max: stalls.max / 1e6, p99: stalls.percentile(99) / 1e6, cpu: cpuMicros() };
    stalls.reset();
    return { ...found, rss: process.memoryUsage.rss() };
  }),
  end: on(z.object({}), async () => {
    await server?.stop();
    server = undefined;
    return true;
  }),
});
