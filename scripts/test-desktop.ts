/** `npm run test:desktop`: the host tests on a desktop VS Code, where one can be downloaded and has a display. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TestDiscovery } from '../test/harness/discovery.ts';
import { hostResults, hostTotals } from '../test/harness/host-results.ts';
import { makeBundles } from './lib/bundles.ts';
import { cleanEnvironment } from './lib/child.ts';
import { onPath } from './lib/debian.ts';
import { writeDesktopPlan, type DesktopLaunch } from './lib/desktop-plan.ts';
import { bundleHostTests, hostScenarios } from './lib/host-bundle.ts';
import { repositoryRoot } from './lib/node-runtime.ts';
import { countTests } from './lib/node-tests.ts';
import { MissingPrerequisite, reasonOf } from './lib/prerequisite.ts';
import { addTotals, failed, noTests, totalsLine, type Totals } from './lib/totals.ts';

const releases = 'https://update.code.visualstudio.com/api/releases/stable';

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const wrapper = display();
    await reachable();
    const totals = await run(wrapper);
    console.log(totalsLine(totals));
    return totals.failures.length > 0 || totals.passed === 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    const skipped = await countTests((await hostScenarios()).flatMap((scenario) => scenario.sources));
    console.log(`No desktop VS Code: ${reasonOf(error)}`);
    console.log(totalsLine({ ...noTests, skipped }));
    return 0;
  }
}

/** What has to stand before the command so that a window can open. */
function display(): string[] {
  if (process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']) return [];
  const xvfb = onPath('xvfb-run');
  if (xvfb === undefined) throw new MissingPrerequisite('there is no display, and no xvfb-run to make one');
  return [xvfb, '--auto-servernum'];
}

async function reachable(): Promise<void> {
  try {
    const response = await fetch(releases, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch (cause) {
    throw new MissingPrerequisite(`its makers cannot be reached (${reasonOf(cause)})`, { cause });
  }
}

async function run(wrapper: readonly string[]): Promise<Totals> {
  if (!(await makeBundles())) return failed('the build');
  const directory = await mkdtemp(path.join(tmpdir(), 'p2pd-'));
  const discovery = await TestDiscovery.start();
  try {
    const launches = await writeDesktopPlan(directory, await bundleHostTests(), discovery.url);
    const cli = path.join(repositoryRoot, 'node_modules', '@vscode', 'test-cli', 'out', 'bin.mjs');
    const command = [...wrapper, process.execPath, cli];
    const child = spawn(command[0] ?? process.execPath, command.slice(1), {
      cwd: repositoryRoot,
      env: cleanEnvironment(),
      stdio: 'inherit',
    });
    await once(child, 'exit');
    const all = await Promise.all(launches.map(totalsOf));
    const totals = all.reduce(addTotals, noTests);
    return child.exitCode !== 0 && totals.failures.length === 0
      ? addTotals(totals, failed(`VS Code's test runner ended with code ${child.exitCode}`))
      : totals;
  } finally {
    await discovery.dispose();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function totalsOf({ label, resultFile }: DesktopLaunch): Promise<Totals> {
  const text = await readFile(resultFile, 'utf8').catch(() => undefined);
  if (text === undefined) {
    console.log(`✖ ${label}: no results were written`);
    return failed(`${label}: no results were written`);
  }
  return hostTotals(label, hostResults.parse(JSON.parse(text)));
}
