import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entries = {
  fake: fileURLToPath(new URL('./fixtures/peer-worker.ts', import.meta.url)),
  real: fileURLToPath(new URL('../../src/peer/main.ts', import.meta.url)),
};

/** A peer's worker as one CommonJS file, as the real one ships: it starts several times faster than source. */
export async function bundleWorker(folder: string, peer: keyof typeof entries = 'fake'): Promise<string> {
  const outfile = join(folder, 'peer.cjs');
  await build({
    entryPoints: [entries[peer]],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
  });
  return outfile;
}
