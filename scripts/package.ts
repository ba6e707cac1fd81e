/** `npm run package`: p2p-chat-<version>.vsix in the root, with nothing in it but what runs. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVSIX, listFiles } from '@vscode/vsce';
import { z } from 'zod';
import { makeBundles } from './lib/bundles.ts';
import { repositoryRoot } from './lib/node-runtime.ts';

/** A marketplace takes more; a person who waits for it should not have to. */
const maximumBytes = 1_000_000;

const extension = path.join(repositoryRoot, 'extension');
const manifest = z
  .object({ name: z.string(), version: z.string() })
  .parse(JSON.parse(await readFile(path.join(extension, 'package.json'), 'utf8')));

if (!(await makeBundles())) process.exit(1);

const target = path.join(repositoryRoot, `${manifest.name}-${manifest.version}.vsix`);
const staging = await mkdtemp(path.join(tmpdir(), 'p2p-chat-package-'));
try {
  for (const name of await readdir(extension)) {
    if (!/^(package.*\.json|\.vscodeignore|dist|l10n|media)$/.test(name)) continue;
    await cp(path.join(extension, name), path.join(staging, name), { recursive: true });
  }
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) {
    const source = [extension, repositoryRoot].map((folder) => path.join(folder, name)).find(existsSync);
    if (source !== undefined) await cp(source, path.join(staging, name));
  }
  await rm(target, { force: true });
  // The bundles hold all code; nothing of node_modules is needed, and links stay as the README has them.
  const options = { cwd: staging, dependencies: false };
  await createVSIX({
    ...options,
    packagePath: target,
    rewriteRelativeLinks: false,
    allowMissingRepository: true,
  });
  const files = await listFiles(options);
  const maps = files.filter((file) => file.endsWith('.map') || file.includes('.test.'));
  if (maps.length > 0) throw new Error(`The package would hold ${maps.join(', ')}.`);
  const { size } = await stat(target);
  console.log(`${path.basename(target)}  ${(size / 1000).toFixed(1)} kB, ${files.length} files`);
  if (size > maximumBytes) throw new Error(`The package is larger than ${maximumBytes / 1000} kB.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(staging, { recursive: true, force: true });
}
