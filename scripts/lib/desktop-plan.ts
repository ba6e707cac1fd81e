/** What .vscode-test.mjs reads: one launch of a desktop VS Code for each version and each scenario of the host tests. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { discoveryVariable, resultFileVariable, versionVariable } from '../../test/harness/host-results.ts';
import { hostReporter, type BundledScenario } from './host-bundle.ts';
import { cacheDirectory, repositoryRoot } from './node-runtime.ts';
import { changeSettingsFile, quietSettings } from './vscode-server.ts';

/** The oldest VS Code that the extension supports, and the newest one there is. */
const versions = ['1.110.0', 'stable'] as const;

export interface DesktopLaunch {
  readonly label: string;
  /** Where the results of this launch will be. */
  readonly resultFile: string;
  readonly sources: readonly string[];
}

/** Prepares every launch below `directory`, which has to be short: sockets lie in the user-data folder. */
export async function writeDesktopPlan(
  directory: string,
  scenarios: readonly BundledScenario[],
  discoveryUrl: string,
): Promise<DesktopLaunch[]> {
  const pairs = versions.flatMap((version) => scenarios.map((scenario) => ({ version, scenario })));
  const launches = await Promise.all(
    pairs.map(async ({ version, scenario }, index) => {
      const home = path.join(directory, String(index));
      const label = `${version} ${scenario.name}`;
      const resultFile = path.join(home, 'results.json');
      const workspace = path.join(home, 'workspace');
      const context = { discoveryUrl };
      await mkdir(workspace, { recursive: true });
      const { settings, workspaceSettings, env } = scenario.scenario;
      await changeSettingsFile(path.join(home, 'User', 'settings.json'), {
        ...quietSettings,
        ...settings?.(context),
      });
      if (workspaceSettings) {
        await changeSettingsFile(
          path.join(workspace, '.vscode', 'settings.json'),
          workspaceSettings(context),
        );
      }
      const test = {
        label,
        version,
        files: path.join(scenario.files, '**', '*.cjs'),
        extensionDevelopmentPath: path.join(repositoryRoot, 'extension'),
        workspaceFolder: workspace,
        launchArgs: ['--user-data-dir', home, '--disable-extensions', '--password-store=basic'],
        mocha: { ui: 'bdd', timeout: 60_000, reporter: hostReporter },
        env: {
          ...env,
          [resultFileVariable]: resultFile,
          [discoveryVariable]: discoveryUrl,
          ...(version === 'stable' ? {} : { [versionVariable]: version.split('.').slice(0, 2).join('.') }),
        },
      };
      return { launch: { label, resultFile, sources: scenario.sources }, test };
    }),
  );
  const plan = { tests: launches.map(({ test }) => test) };
  await writeFile(path.join(cacheDirectory, 'desktop-plan.json'), JSON.stringify(plan, undefined, 2));
  return launches.map(({ launch }) => launch);
}
