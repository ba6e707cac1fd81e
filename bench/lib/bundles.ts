import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { scriptOf } from './helper.ts';

const MAKE_BUNDLES = fileURLToPath(new URL('../../esbuild.mjs', import.meta.url));

/** As esbuild.mjs makes what ships. */
const NODE = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  minifyWhitespace: true,
  minifySyntax: true,
} as const;

/** The worker as it ships. @param below where its folder is made */
export async function bundlePeer(below: string): Promise<string> {
  const folder = mkdtempSync(join(below, 'peer-'));
  const only = ['--only', 'peer', '--only', 'device-credentials'];
  await promisify(execFile)(process.execPath, [MAKE_BUNDLES, ...only, '--out', folder]);
  return join(folder, 'peer.cjs');
}

/**
 * A process of the benchmark as JavaScript: Node takes some ten megabytes to read TypeScript, which no extension host
 * does. What is imported later is a file of its own.
 * @param below where its folder is made
 */
export async function bundleProcess(below: string, name: string): Promise<string> {
  const outdir = mkdtempSync(join(below, 'process-'));
  await build({
    ...NODE,
    entryPoints: [scriptOf(name)],
    outdir,
    format: 'esm',
    splitting: true,
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return join(outdir, `${name}.mjs`);
}
