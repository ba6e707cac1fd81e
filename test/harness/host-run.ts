/**
 * Runs the host tests of one scenario inside a real extension host of one version of VS Code.
 *
 *     const [scenario] = await bundleHostTests();
 *     const results = await runInHost('1.110', scenario);   // { passed, skipped, failures, lines }
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BundledScenario } from '../../scripts/lib/host-bundle.ts';
import type { Settings } from '../../scripts/lib/vscode-server.ts';
import type { VscodeVersion } from '../../scripts/lib/vscode-web.ts';
import { within } from '../../scripts/lib/wait.ts';
import { TestDiscovery } from './discovery.ts';
import {
  discoveryVariable,
  hostResults,
  resultFileVariable,
  versionVariable,
  type HostResults,
} from './host-results.ts';
import { TestUser } from './user.ts';

export interface HostRunOptions {
  /** Only tests whose title matches. */
  readonly filter?: string;
  /** Milliseconds for the whole run. */
  readonly timeout?: number;
}

export async function runInHost(
  version: VscodeVersion,
  { scenario, index, name }: BundledScenario,
  options: HostRunOptions = {},
): Promise<HostResults> {
  const directory = await mkdtemp(path.join(tmpdir(), 'p2p-chat-host-'));
  const resultFile = path.join(directory, 'results.json');
  const discovery = scenario.discovery === true ? await TestDiscovery.start() : undefined;
  const context = { discoveryUrl: discovery?.url ?? '' };
  let user: TestUser | undefined;
  try {
    await writeWorkspaceSettings(directory, scenario.workspaceSettings?.(context));
    user = await TestUser.start({
      name: 'host',
      version,
      directory,
      settings: scenario.settings?.(context) ?? {},
      env: {
        ...scenario.env,
        [resultFileVariable]: resultFile,
        [versionVariable]: version,
        [discoveryVariable]: context.discoveryUrl,
        P2P_CHAT_TEST_FILTER: options.filter ?? '',
      },
    });
    const printed = await runWindow(user, index, scenario.folder, options.timeout ?? 180_000);
    const text = await readFile(resultFile, 'utf8').catch(() => undefined);
    if (text === undefined) {
      throw new Error(
        `The host tests (${name}) wrote no results.\n${printed.join('\n')}\n${await hostLog(user)}`,
      );
    }
    return hostResults.parse(JSON.parse(text));
  } finally {
    await user?.dispose();
    await discovery?.dispose();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Opens the window that runs the tests, and waits until it says that they are over; returns what it printed. */
async function runWindow(
  user: TestUser,
  index: string,
  folder: string | undefined,
  timeout: number,
): Promise<string[]> {
  const printed: string[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<undefined>();
  const window = await user.openWindow({
    extensionTests: index,
    ...(folder === undefined ? {} : { folder }),
    prepare: async (page) => {
      await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
        printed.push(`${type}: ${args.map(String).join(' ')}`);
      });
      await page.exposeFunction('codeAutomationExit', () => end(undefined));
    },
  });
  await within('the host tests end', timeout, over);
  await window.close();
  return printed;
}

async function writeWorkspaceSettings(directory: string, settings: Settings | undefined): Promise<void> {
  if (!settings) return;
  const folder = path.join(directory, 'workspace', '.vscode');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}

/** The end of the extension host's own log, where a runner that could not even start says why. */
async function hostLog(user: TestUser): Promise<string> {
  const { glob } = await import('node:fs/promises');
  const parts: string[] = [];
  for await (const file of glob(path.join(user.userData, 'logs', '*', 'exthost*', 'remoteexthost.log'))) {
    parts.push((await readFile(file, 'utf8')).slice(-4000));
  }
  return parts.join('\n');
}
