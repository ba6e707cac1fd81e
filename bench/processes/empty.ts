import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import * as z from 'zod';
import { on, serve } from '../lib/serve.ts';
import { needCompiler } from '../lib/compiler.ts';

needCompiler();

/** An empty Node process with a worker: what memory is compared with. */
const worker = new Worker('setInterval(() => {}, 60_000)', { eval: true });
const isOnline = once(worker, 'online');

serve({
  memory: on(z.object({}), async () => {
    await isOnline;
    return process.memoryUsage.rss();
  }),
});
