/**
 * `node scripts/run.mjs <task> [arguments]`: installs what is missing, then runs scripts/<task>.ts under Node 24.
 * Plain JavaScript, because the Node that starts it may not know TypeScript.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`P2P Chat needs Node 20.19 or newer to start; this is Node ${process.versions.node}.`);
  process.exit(1);
}

const { ensurePackages, nodeRuntime, repositoryRoot } = await import('./lib/bootstrap.mjs');

const [task = '', ...args] = process.argv.slice(2);
const script = path.join(repositoryRoot, 'scripts', `${task}.ts`);
if (!/^[a-z][a-z0-9-]*$/.test(task) || !existsSync(script)) {
  console.error(`usage: node scripts/run.mjs <task> [arguments]; there is no task "${task}".`);
  process.exit(1);
}

try {
  await ensurePackages();
  const node = await nodeRuntime(24);
  const child = spawn(node, [script, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
