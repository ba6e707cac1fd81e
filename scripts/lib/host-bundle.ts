/**
 * Bundles the host tests into .vscode-test/host-tests/<scenario>/: `index.cjs` for VS Code in the browser (one bundle with
 * its own runner) and each test by itself for runners that bring a mocha of their own.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import * as z from 'zod';
import type { HostScenario } from '../../test/harness/host-scenario.ts';
import { cacheDirectory, repositoryRoot } from './node-runtime.ts';

export interface BundledScenario {
  readonly name: string;
  readonly scenario: HostScenario;
  /** The bundle whose run() the extension host calls. */
  readonly index: string;
  /** The folder with one bundle for each test file. */
  readonly files: string;
  /** The test files, as a person knows them. */
  readonly sources: readonly string[];
}

const hostDirectory = path.join(repositoryRoot, 'test', 'host');
const outDirectory = path.join(cacheDirectory, 'host-tests');

/** The mocha reporter that writes the results to a file. */
export const hostReporter: string = path.join(outDirectory, 'reporter.cjs');

const bundled: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  sourcemap: 'inline',
  external: ['vscode', 'mocha'],
  absWorkingDir: repositoryRoot,
  logLevel: 'warning',
  // CommonJS knows no import.meta; where a file lies is all that is asked of it.
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': '__importMetaUrl' },
};

/** Every scenario with its test files; `default` is test/host itself. */
export async function hostScenarios(): Promise<{ name: string; directory: string; sources: string[] }[]> {
  const entries = await readdir(hostDirectory, { withFileTypes: true });
  const folders = [
    { name: 'default', directory: hostDirectory },
    ...entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => ({ name: entry.name, directory: path.join(hostDirectory, entry.name) })),
  ];
  const scenarios = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder.directory);
      const tests = names.filter((name) => name.endsWith('.test.ts')).sort();
      return { ...folder, sources: tests.map((name) => path.join(folder.directory, name)) };
    }),
  );
  return scenarios.filter((scenario) => scenario.sources.length > 0);
}

export async function bundleHostTests(): Promise<BundledScenario[]> {
  await rm(outDirectory, { recursive: true, force: true });
  await mkdir(outDirectory, { recursive: true });
  await build({
    ...bundled,
    entryPoints: [path.join(hostDirectory, 'reporter.ts')],
    outfile: hostReporter,
    footer: { js: 'module.exports = module.exports.default;' },
  });
  const result: BundledScenario[] = [];
  for (const { name, directory, sources } of await hostScenarios()) {
    const out = path.join(outDirectory, name);
    const index = path.join(out, 'index.cjs');
    const files = path.join(out, 'files');
    const stdin = { contents: entryFor(sources), resolveDir: hostDirectory, loader: 'ts' as const };
    await build({ ...bundled, stdin, outfile: index });
    await build({
      ...bundled,
      entryPoints: sources,
      outdir: files,
      outbase: directory,
      outExtension: { '.js': '.cjs' },
    });
    result.push({ name, scenario: await loadScenario(directory), index, files, sources });
  }
  return result;
}

function entryFor(sources: readonly string[]): string {
  const files = sources.map((source) => {
    const name = JSON.stringify(path.relative(repositoryRoot, source));
    return `{ name: ${name}, load: () => { require(${JSON.stringify(source)}); } }`;
  });
  return `import { runHostTests } from './index.ts';
export const run = () => runHostTests([${files.join(', ')}]);`;
}

const scenarioModule = z.object({ scenario: z.custom<HostScenario>((value) => typeof value === 'object') });

async function loadScenario(directory: string): Promise<HostScenario> {
  const file = path.join(directory, 'scenario.ts');
  if (!existsSync(file)) return {};
  const module: unknown = await import(pathToFileURL(file).href);
  return scenarioModule.parse(module).scenario;
}
