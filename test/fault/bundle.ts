import { type ChildProcess, fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { cleanEnvironment } from '../../scripts/lib/child.ts';

/** The programs of a fault run as one file each: they start hundreds of times, and so several times faster. */
export interface Programs {
  readonly peer: string;
  readonly discovery: string;
}

export async function bundlePrograms(folder: string): Promise<Programs> {
  const entry = (name: string): string => join(import.meta.dirname, `${name}-process.ts`);
  await build({
    entryPoints: { peer: entry('peer'), discovery: entry('discovery') },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    // An import of one of Node's own modules gets everything that it could give, a whole `fetch` with `node:http`.
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  return { peer: join(folder, 'peer.cjs'), discovery: join(folder, 'discovery.cjs') };
}

/** Starts one of them, with nothing of the test runner that this process runs under. What it prints can be read. */
export function launch(program: string, ...args: string[]): ChildProcess {
  return fork(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: cleanEnvironment({ NODE_COMPILE_CACHE: join(dirname(program), 'compile-cache') }),
    execArgv: [],
  });
}
