import type { TestContext } from 'node:test';
import type { Logger } from 'pino';
import { systemClock } from '../src/clock.ts';
import { type DiscoveryServer, type DiscoveryServerOptions, startDiscoveryServer } from '../src/server.ts';
import { openShared } from '../src/shared/shared.ts';
import { cleanUp } from './cleanup.ts';
import { silent } from './harness.ts';

export type InstanceOptions = Partial<
  Pick<DiscoveryServerOptions, 'limits' | 'joinCode' | 'instanceUrl' | 'port'>
> & {
  readonly logger?: Logger;
};

/** One of several servers in this process that share a Redis; gone when the test is over. */
export async function startInstance(
  t: TestContext,
  url: string,
  { logger = silent, ...options }: InstanceOptions = {},
): Promise<DiscoveryServer> {
  const shared = await openShared(url, { logger, clock: systemClock });
  const server = await startDiscoveryServer({ host: '127.0.0.1', port: 0, logger, shared, ...options });
  cleanUp(t, () => server.stop());
  return server;
}

/** Waits until something is so: it becomes so by messages between processes that nobody here sees. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
