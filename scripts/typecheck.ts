/** `npm run typecheck`: the workspace, the pages, which have browser types and none of Node's, and their tests with both. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repositoryRoot } from './lib/node-runtime.ts';

const tsc = path.join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');

const page = path.join('extension', 'webview');
const projects = [
  'tsconfig.json',
  path.join(page, 'tsconfig.json'),
  path.join(page, 'test', 'tsconfig.json'),
];

for (const project of projects) {
  const child = spawn(process.execPath, [tsc, '-p', project], { cwd: repositoryRoot, stdio: 'inherit' });
  await once(child, 'exit');
  if (child.exitCode !== 0) process.exitCode = 1;
}
