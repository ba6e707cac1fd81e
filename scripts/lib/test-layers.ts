/** The layers of `npm test`, from the fastest to the one nearest to a person. */
import path from 'node:path';
import { hostTotals } from '../../test/harness/host-results.ts';
import { runInHost } from '../../test/harness/host-run.ts';
import { chromium, ensureHeadlessShell } from './chromium.ts';
import { ensureNetworks, ensureProxies, ensurePython, ensureRedis, ensureStrace } from './debian.ts';
import { bundleHostTests, hostScenarios } from './host-bundle.ts';
import { nodeRuntime, type NodeMajor } from './node-runtime.ts';
import { countTests, runNodeTests, testFiles } from './node-tests.ts';
import { MissingPrerequisite, reasonOf } from './prerequisite.ts';
import { addTotals, noTests, type Totals } from './totals.ts';
import { vscodeVersions, vscodeWeb, type VscodeVersion } from './vscode-web.ts';

export interface TestOptions {
  readonly filter?: string;
}

export interface Layer {
  readonly name: string;
  /** Seconds that the layer may take on a small machine with everything installed. */
  readonly budget: number;
  /** The layer needs the bundles. */
  readonly needsBuild: boolean;
  readonly run: (options: TestOptions) => Promise<Totals>;
  /** How many tests there are to skip when the layer cannot run. */
  readonly size: () => Promise<number>;
}

const unitFolders = ['protocol/test', 'extension/test', 'discovery-server/test', 'test/unit', 'test/netns'];

/** Unit, contract and integration tests: everything that needs no VS Code. */
export function unitLayer(major: NodeMajor): Layer {
  const name = `unit, contract and integration tests, Node ${major}`;
  return plainLayer({ name, major, files: unitFiles, concurrency: 2, budget: 220 });
}

/**
 * What uses Node (sockets, TLS, databases, threads, keys), on the oldest that a VS Code of ours ships, and that a server may
 * have: there the versions differ. The core and what talks to VS Code use the language alone; how operators have their Redis
 * makes no difference to Node.
 */
export const olderNodeLayer: Layer = plainLayer({
  name: "what uses Node, the oldest VS Code's Node 22",
  major: 22,
  files: async () => (await unitFiles()).filter(usesNode),
  concurrency: 2,
  budget: 120,
});

function usesNode(file: string): boolean {
  const rooms = file.split(path.sep).slice(-3);
  return !['core', 'vscode', 'python-peer', 'netns', 'unit', 'redis'].some((room) => rooms.includes(room));
}

async function unitFiles(): Promise<string[]> {
  return (await testFiles(...unitFolders)).filter((file) => !isAttack(file) && !isCrowd(file));
}

/** Many windows in processes of their own, one file after the other: they are held to seconds. */
export function crowdLayer(major: NodeMajor): Layer {
  const files = async (): Promise<string[]> => (await testFiles(...unitFolders)).filter(isCrowd);
  return plainLayer({
    name: `windows in processes, Node ${major}`,
    major,
    files,
    concurrency: 1,
    budget: 90,
  });
}

/** Attacks on whole programs, two files at a time: each asks that an honest user is served within a second. */
export function attackLayer(major: NodeMajor): Layer {
  const files = async (): Promise<string[]> => (await testFiles(...unitFolders)).filter(isAttack);
  return plainLayer({ name: `attacks, Node ${major}`, major, files, concurrency: 2, budget: 120 });
}

/** A peer under strace, and worse ones; which Node runs it makes no difference to SQLite's calls. */
export const durabilityLayer: Layer = plainLayer({
  name: 'durability tests',
  major: 24,
  files: () => testFiles('test/durability'),
  concurrency: 1,
  budget: 90,
});

/** Seconds that a fault run may take on two cores for each round, and for everything else. */
const FAULT_ROUND_SECONDS = 0.8;
const OTHER_FAULT_SECONDS = 115;

/**
 * Peers in processes of their own, killed at every step and between, with full disks and old backups; and in rounds, while
 * networks, disks and clocks fail at random: 200 of them, or as many as one likes.
 */
export function faultLayer(rounds: 'with' | 'only'): Layer {
  const count = Number(process.env['P2P_CHAT_FAULT_ROUNDS'] ?? 200);
  const budget = count * FAULT_ROUND_SECONDS + (rounds === 'only' ? 0 : OTHER_FAULT_SECONDS);
  const isWanted = (file: string): boolean => rounds === 'with' || file.endsWith('rounds.test.ts');
  const files = async (): Promise<string[]> => (await testFiles('test/fault')).filter(isWanted);
  // Every wait of theirs has a bound of its own, and one suite holds all rounds.
  const timeout = Math.max(600, 10 * budget);
  const timeouts = { testTimeout: timeout, fileTimeout: timeout };
  return plainLayer({ name: 'faults', major: 24, files, concurrency: 2, budget, ...timeouts });
}

/** The chat panel's page by itself, in Chromium: which Node drives it makes no difference. */
export const pageLayer: Layer = plainLayer({
  name: 'chat page tests',
  major: 24,
  files: () => testFiles('extension/webview/test'),
  concurrency: 2,
  budget: 150,
});

function isCrowd(file: string): boolean {
  return ['owner-lock.test.ts', 'processes.test.ts', 'real-peer.test.ts'].includes(path.basename(file));
}

function isAttack(file: string): boolean {
  return file.split(path.sep).includes('attack');
}

interface PlainLayer {
  readonly name: string;
  readonly major: NodeMajor;
  readonly files: () => Promise<string[]>;
  /** How many files at once. */
  readonly concurrency: number;
  readonly budget: number;
  /** Seconds, for a test and for a whole file. */
  readonly testTimeout?: number;
  readonly fileTimeout?: number;
}

function plainLayer({ name, major, files, concurrency, budget, ...timeouts }: PlainLayer): Layer {
  return {
    name,
    budget,
    needsBuild: false,
    size: async () => countTests(await files()),
    run: async (options) =>
      runNodeTests({
        node: await runtime(major),
        files: await files(),
        concurrency,
        // To the runner a whole file is a test, too; the longest takes half a minute on two idle processors.
        testTimeout: timeouts.testTimeout ?? 150,
        fileTimeout: timeouts.fileTimeout ?? 180,
        ...options,
      }),
  };
}

/** Tests inside a real extension host. */
export function hostLayer(version: VscodeVersion): Layer {
  return {
    name: `host tests, VS Code ${version}`,
    budget: 90,
    needsBuild: true,
    size: async () => countTests((await hostScenarios()).flatMap((scenario) => scenario.sources)),
    run: async (options) => {
      await prepare(version);
      let totals = noTests;
      for (const scenario of await bundleHostTests()) {
        console.log(`${scenario.name}:`);
        const results = await runInHost(version, scenario, options);
        for (const line of results.lines) console.log(`  ${line}`);
        const result = hostTotals(`${scenario.name}, VS Code ${version}`, results);
        for (const failure of result.failures) console.log(`\n✖ ${failure}\n`);
        totals = addTotals(totals, result);
      }
      return totals;
    },
  };
}

/** Two users in real workbenches. */
export const endToEndLayer: Layer = nodeLayer('end-to-end tests, VS Code 1.139', 'test/e2e', 360);

/** The package as a person installs it. */
export const packageLayer: Layer = nodeLayer('packaging tests', 'test/package', 90);

function nodeLayer(name: string, folder: string, budget: number): Layer {
  return {
    name,
    budget,
    needsBuild: true,
    size: async () => countTests(await testFiles(folder)),
    run: async (options) => {
      const files = await testFiles(folder);
      if (files.length === 0) return noTests;
      await prepare('1.139');
      return runNodeTests({
        node: await runtime(24),
        files,
        concurrency: 1,
        testTimeout: 300,
        fileTimeout: 600,
        verbose: true,
        ...options,
      });
    },
  };
}

/** Everything that has to be fetched before a VS Code can be opened; throws MissingPrerequisite. */
async function prepare(version: VscodeVersion): Promise<void> {
  await chromium();
  await vscodeWeb(version);
}

async function runtime(major: NodeMajor): Promise<string> {
  try {
    return await nodeRuntime(major);
  } catch (cause) {
    throw new MissingPrerequisite(`Node ${major} cannot be installed: ${reasonOf(cause)}`, { cause });
  }
}

/** Fetches what the layers need, so that their own time is their own; what is missing shows in the layer that needs it. */
export async function fetchPrerequisites(layers: readonly Layer[]): Promise<void> {
  const wanted = [
    runtime(22),
    runtime(24),
    // One after the other: apt-get runs once at a time.
    ensureHeadlessShell()
      .catch(() => undefined)
      .then(chromium)
      .catch(() => undefined)
      .then(ensurePython)
      .catch(() => undefined)
      .then(ensureStrace)
      .catch(() => undefined)
      .then(ensureRedis)
      .catch(() => undefined)
      .then(ensureProxies)
      .catch(() => undefined)
      .then(ensureNetworks),
    ...(layers.some((layer) => layer.needsBuild) ? vscodeVersions.map(vscodeWeb) : []),
  ];
  await Promise.allSettled(wanted);
}
