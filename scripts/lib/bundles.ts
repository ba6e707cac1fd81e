/** Makes bundles from scripts, and tells whether one is older than what it is made of. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Child } from './child.ts';
import { repositoryRoot } from './node-runtime.ts';

/** Runs esbuild.mjs and shows what it prints; false when a bundle cannot be made. */
export async function makeBundles(...args: string[]): Promise<boolean> {
  const child = await Child.start('esbuild', process.execPath, ['esbuild.mjs', ...args], {
    cwd: repositoryRoot,
    onLine: (line) => console.log(line),
  });
  return (await child.finished) === 0;
}

/** Whether the bundle is missing, or older than any file of these folders and files of the workspace. */
export async function isStale(bundle: string, ...sources: string[]): Promise<boolean> {
  const file = path.join(repositoryRoot, bundle);
  if (!existsSync(file)) return true;
  const made = (await stat(file)).mtimeMs;
  for (const source of sources) {
    if ((await newest(path.join(repositoryRoot, source))) > made) return true;
  }
  return false;
}

async function newest(source: string): Promise<number> {
  const own = await stat(source);
  if (!own.isDirectory()) return own.mtimeMs;
  const names = await readdir(source, { recursive: true });
  const times = await Promise.all(names.map(async (name) => (await stat(path.join(source, name))).mtimeMs));
  return Math.max(own.mtimeMs, ...times);
}
