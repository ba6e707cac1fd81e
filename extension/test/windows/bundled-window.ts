import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entries = {
  fake: fileURLToPath(new URL('./fixtures/peer-worker.ts', import.meta.url)),
  real: fileURLToPath(new URL('../../src/peer/main.ts', import.meta.url)),
};
const window = fileURLToPath(new URL('./fixtures/window.ts', import.meta.url));

/** What the process of a window runs, and what the worker in it. */
export interface Scripts {
  readonly windowScript: string;
  readonly peerScript: string;
}

/** Each as one CommonJS file, as they ship: they start several times faster than source. */
export async function bundleWindow(folder: string, peer: keyof typeof entries = 'fake'): Promise<Scripts> {
  const [windowScript, peerScript] = [join(folder, 'window.cjs'), join(folder, 'peer.cjs')];
  const options = { bundle: true, platform: 'node', target: 'node22', format: 'cjs' } as const;
  await Promise.all([
    build({ ...options, entryPoints: [window], outfile: windowScript }),
    build({ ...options, entryPoints: [entries[peer]], outfile: peerScript }),
  ]);
  return { windowScript, peerScript };
}
