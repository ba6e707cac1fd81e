/** `npm run typecheck`: the workspace, and the chat panel's page, which has browser types and none of Node's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repositoryRoot } from './lib/node-runtime.ts';

const tsc = path.join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');

for (const project of ['tsconfig.json', path.join('extension', 'webview', 'tsconfig.json')]) {
  const child = spawn(process.execPath, [tsc, '-p', project], { cwd: repositoryRoot, stdio: 'inherit' });
  await once(child, 'exit');
  if (child.exitCode !== 0) process.exitCode = 1;
}
