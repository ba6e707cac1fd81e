/**
 * One running VS Code server: the half of a VS Code in the browser that holds the files and the extension hosts. One
 * user is one server with its own data and extensions folders; each page that opens it is one window of that user.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { Child } from './child.ts';
import { descendants, endAtOnce, listProcesses } from './processes.ts';
import { RuntimeFolder } from './temporary-files.ts';
import { eventually } from './wait.ts';
import { vscodeWeb, type VscodeVersion } from './vscode-web.ts';

export type Settings = Readonly<Record<string, unknown>>;

export interface VscodeServerOptions {
  readonly version: VscodeVersion;
  /** Holds `vscode/` (user data) and `extensions/`. */
  readonly directory: string;
  /** 0 lets the server choose one. */
  readonly port?: number;
  /** A file with the secret of who may use the server. Without it whoever reaches the port has a shell: for tests only. */
  readonly connectionTokenFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Which of the extensions that VS Code brings along are there, as far as this version brings them; all unless told. */
  readonly builtinExtensions?: readonly string[];
}

/** What keeps VS Code quiet: no tips, no update checks, no telemetry, no welcome page, no trust question. */
export const quietSettings: Settings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
};

export class VscodeServer {
  readonly options: VscodeServerOptions;
  readonly port: number;
  readonly #child: Child;
  readonly #runtime: RuntimeFolder;

  private constructor(options: VscodeServerOptions, port: number, child: Child, runtime: RuntimeFolder) {
    this.options = options;
    this.port = port;
    this.#child = child;
    this.#runtime = runtime;
  }

  static async start(options: VscodeServerOptions): Promise<VscodeServer> {
    const vscode = await vscodeWeb(options.version);
    const extensions = path.join(options.directory, 'extensions');
    await mkdir(extensions, { recursive: true });
    const args = [
      vscode.serverMain,
      ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
      ...(options.connectionTokenFile === undefined
        ? ['--without-connection-token']
        : ['--connection-token-file', options.connectionTokenFile]),
      ...['--accept-server-license-terms', '--telemetry-level', 'off', '--reconnection-grace-time', '5'],
      ...['--server-data-dir', userData(options.directory), '--extensions-dir', extensions],
      ...(await builtinExtensions(vscode.extensions, options)),
    ];
    // Each extension host leaves a socket behind when it ends.
    const runtime = new RuntimeFolder();
    const child = await Child.start(`VS Code ${options.version}`, vscode.node, args, {
      env: { ...runtime.env, ...options.env },
    });
    try {
      const ready = await child.line(/Extension host agent listening on (\d+)/);
      return new VscodeServer(options, Number(ready[1]), child, runtime);
    } catch (error) {
      await child.stop();
      runtime.remove();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.running;
  }

  /** The last lines that the server printed. */
  get log(): string {
    return this.#child.log;
  }

  get ended(): Promise<number | NodeJS.Signals> {
    return this.#child.ended;
  }

  /** The process ids of the extension hosts that run now, one for each connected window. */
  async extensionHosts(): Promise<number[]> {
    return descendants(await listProcesses(), this.pid)
      .filter((entry) => entry.command.includes('--type=extensionHost'))
      .map((entry) => entry.pid);
  }

  /** Waits until `count` extension hosts run, e.g. 0 after the last window was closed. */
  async waitForExtensionHosts(count: number): Promise<void> {
    await eventually(
      `${count} extension hosts run`,
      async () => (await this.extensionHosts()).length === count,
    );
  }

  async stop(): Promise<void> {
    await this.#child.stop('SIGTERM');
    this.#runtime.remove();
  }

  /** Ends the server and all of its processes at once. */
  async kill(): Promise<void> {
    const all = descendants(await listProcesses(), this.pid);
    await this.#child.kill();
    for (const { pid } of all) endAtOnce(pid);
    this.#runtime.remove();
  }

  /** As a crash: the extension hosts end by themselves 2 to 3 s later, and this waits for that. */
  async crash(): Promise<void> {
    const hosts = await this.extensionHosts();
    await this.#child.kill();
    await eventually('the extension hosts end after their server', async () => {
      const running = await listProcesses();
      return !running.some((entry) => hosts.includes(entry.pid));
    });
    this.#runtime.remove();
  }
}

/**
 * Changes the user's settings in settings.json; `undefined` removes one. Windows that are opened or reloaded after this
 * see them: an open window of a VS Code in the browser does not watch the file.
 */
export async function changeSettings(directory: string, changes: Settings): Promise<void> {
  await changeSettingsFile(settingsFile(directory), changes);
}

/** Whether this user has settings from before. */
export function settingsExist(directory: string): boolean {
  return existsSync(settingsFile(directory));
}

export async function changeSettingsFile(file: string, changes: Settings): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const text = await readFile(file, 'utf8').catch(() => '{}');
  await writeFile(file, `${JSON.stringify({ ...parseSettings(file, text), ...changes }, undefined, 2)}\n`);
}

function parseSettings(file: string, text: string): Settings {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    // Comments are allowed there; we would lose them.
    throw new Error(`${file} is not plain JSON: remove its comments, or the file.`, { cause });
  }
}

/** Installs a packaged extension, as a person does with "Install from VSIX…". */
export async function installExtension(options: VscodeServerOptions, vsix: string): Promise<void> {
  const vscode = await vscodeWeb(options.version);
  const folders = ['--server-data-dir', userData(options.directory)];
  const extensions = ['--extensions-dir', path.join(options.directory, 'extensions')];
  const args = [vscode.serverMain, ...folders, ...extensions, '--install-extension', vsix, '--force'];
  const runtime = new RuntimeFolder();
  const child = await Child.start('VS Code installs an extension', vscode.node, args, { env: runtime.env });
  const code = await child.finished;
  runtime.remove();
  if (code !== 0) throw new Error(`${path.basename(vsix)} could not be installed (${code}).\n${child.log}`);
}

/** The server's arguments for some of VS Code's own extensions. @param all the folder of all of them */
async function builtinExtensions(
  all: string,
  { directory, builtinExtensions: names }: VscodeServerOptions,
): Promise<string[]> {
  if (names === undefined) return [];
  const folder = path.join(directory, 'builtin');
  for (const name of names.filter((each) => existsSync(path.join(all, each)))) {
    await cp(path.join(all, name), path.join(folder, name), { recursive: true });
  }
  return ['--builtin-extensions-dir', folder];
}

function settingsFile(directory: string): string {
  return path.join(userData(directory), 'data', 'User', 'settings.json');
}

function userData(directory: string): string {
  return path.join(directory, 'vscode');
}
