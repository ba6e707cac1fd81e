import { join } from 'node:path';
import { build } from 'esbuild';

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
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // What was CommonJS in the bundle still asks for Node's own modules by require().
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return { peer: join(folder, 'peer.mjs'), discovery: join(folder, 'discovery.mjs') };
}
