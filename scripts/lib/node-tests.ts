/** Runs test files under `node --test` with a Node of our choice, and counts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanEnvironment } from './child.ts';
import { repositoryRoot } from './node-runtime.ts';
import { addTotals, failed, noTests, totalsSchema, type Totals } from './totals.ts';

export interface NodeTestOptions {
  /** The Node binary. */
  readonly node: string;
  readonly files: readonly string[];
  /** How many files at once. */
  readonly concurrency: number;
  /** Seconds after which a single test fails. */
  readonly testTimeout: number;
  /** Seconds after which a file that has not ended fails. */
  readonly fileTimeout: number;
  /** A line for each test, not for each file. */
  readonly verbose?: boolean;
  /** Only tests whose name matches. */
  readonly filter?: string;
  /** Print nothing. */
  readonly quiet?: boolean;
}

/** Every `*.test.ts` under these folders of the workspace; folders that do not exist hold none. */
export async function testFiles(...folders: string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const directory = path.join(repositoryRoot, folder);
      const names = await readdir(directory, { recursive: true }).catch(() => []);
      return names.filter((name) => name.endsWith('.test.ts')).map((name) => path.join(directory, name));
    }),
  );
  return found.flat().sort();
}

/** How many tests these files define as far as reading them tells: for layers that cannot run. */
export async function countTests(files: readonly string[]): Promise<number> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.reduce(
    (sum, text) => sum + [...text.matchAll(/^\s*(?:await )?(?:test|it)(?:\.skip)?\(/gm)].length,
    0,
  );
}

export async function runNodeTests(options: NodeTestOptions): Promise<Totals> {
  if (options.files.length === 0) return noTests;
  const directory = await mkdtemp(path.join(tmpdir(), 'p2p-chat-tests-'));
  const totalsFile = path.join(directory, 'totals.json');
  try {
    const code = await launch(options, totalsFile);
    const text = await readFile(totalsFile, 'utf8').catch(() => undefined);
    const totals = text === undefined ? noTests : totalsSchema.parse(JSON.parse(text));
    // A runner that fails without naming a test is a failure all the same.
    return code !== 0 && totals.failures.length === 0
      ? addTotals(totals, failed(`the runner of the tests ended with code ${code}`))
      : totals;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function launch(options: NodeTestOptions, totalsFile: string): Promise<number> {
  const lib = import.meta.dirname;
  const args = [
    '--test',
    `--import=${pathToFileURL(path.join(lib, 'test-deadline.ts')).href}`,
    `--test-concurrency=${options.concurrency}`,
    `--test-timeout=${options.testTimeout * 1000}`,
    `--test-reporter=${pathToFileURL(path.join(lib, 'count-reporter.ts')).href}`,
    '--test-reporter-destination=stdout',
    ...(options.filter === undefined ? [] : only(options.filter)),
    ...options.files,
  ];
  const child = spawn(options.node, args, {
    cwd: repositoryRoot,
    env: cleanEnvironment({
      P2P_CHAT_TEST_TOTALS: totalsFile,
      P2P_CHAT_TEST_VERBOSE: options.verbose === true ? '1' : '',
      P2P_CHAT_TEST_DEADLINE: String(options.fileTimeout),
      // Each file is a process of its own, and most import the same modules.
      NODE_COMPILE_CACHE: path.join(path.dirname(totalsFile), 'compile-cache'),
    }),
    stdio: options.quiet === true ? 'ignore' : ['ignore', 'inherit', 'inherit'],
  });
  const stop = (): void => void child.kill();
  // Before anybody removes their files.
  process.prependOnceListener('exit', stop);
  try {
    await once(child, 'exit');
    return child.exitCode ?? 1;
  } finally {
    process.off('exit', stop);
  }
}

/**
 * Where a file has no such test, Node runs its hooks all the same, and those after all tests without waiting for those
 * before them: nothing would end what these start, nor the process.
 */
function only(filter: string): string[] {
  return [`--test-name-pattern=${filter}`, '--test-force-exit'];
}
