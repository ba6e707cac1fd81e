import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '../../scripts/lib/ports.ts';
import { cleanUp } from './cleanup.ts';

const NAMED = { argv0: 'redis-server' };

/** Debian's `redis-server` is a link to this program of `redis-tools`, which goes by the name that it is called. */
const program = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .flatMap((folder) => ['redis-server', 'redis-check-rdb'].map((name) => path.join(folder, name)))
  .find((file) => existsSync(file) && spawnSync(file, ['--version'], NAMED).status === 0);

/** For `skip`: why there is no Redis to test with. */
export const noRedis =
  program === undefined ? 'no redis-server here: install redis-server or redis-tools' : false;

/** A Redis of one test, in a folder of its own. */
export interface RedisProcess {
  readonly url: string;
  readonly port: number;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, with what it has on the disk. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts one on a free port: durable as docs/operations.md says, unless `settings` say otherwise. */
export async function startRedis(t: TestContext, ...settings: string[]): Promise<RedisProcess> {
  const redis = await launchRedis(...settings);
  cleanUp(t, () => redis.dispose());
  return redis;
}

/** As `startRedis`, until whoever asked for it disposes of it. */
export async function launchRedis(
  ...settings: string[]
): Promise<RedisProcess & { dispose(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const redis: RedisProcess = {
    url: `redis://127.0.0.1:${port}`,
    port,
    async start() {
      const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'];
      const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
      const started = spawn(program ?? '', [...place, ...durable, ...settings], {
        ...NAMED,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      child = started;
      const lines = started.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false });
      for await (const chunk of lines) if (String(chunk).includes('Ready to accept connections')) break;
      started.stdout.resume();
    },
    async kill() {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    signal: (signal) => void child?.kill(signal),
  };
  await redis.start();
  return {
    ...redis,
    async dispose() {
      await redis.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
