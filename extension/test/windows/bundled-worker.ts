import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('./fixtures/peer-worker.ts', import.meta.url));

/** The fake peer's worker as one CommonJS file, as the real one ships: it starts several times faster than source. */
export async function bundleWorker(folder: string): Promise<string> {
  const outfile = join(folder, 'peer.cjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
  });
  return outfile;
}
