/** `npm run bench:page`: how a long conversation scrolls in Chromium, and how one types while many messages come. */
import path from 'node:path';
import { nodeRuntime, repositoryRoot } from './lib/node-runtime.ts';
import { runNodeTests } from './lib/node-tests.ts';
import { recap, totalsLine } from './lib/totals.ts';

const totals = await runNodeTests({
  node: await nodeRuntime(24),
  files: [path.join(repositoryRoot, 'extension', 'webview', 'test', 'bench', 'speed.ts')],
  concurrency: 1,
  testTimeout: 150,
  fileTimeout: 300,
  verbose: true,
});
console.log(`${recap(totals)}\n${totalsLine(totals)}`);
process.exitCode = totals.failures.length > 0 || totals.passed === 0 ? 1 : 0;
