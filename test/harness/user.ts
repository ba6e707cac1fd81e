/**
 * One person with one VS Code: a VS Code server (user data, extensions, port) and a browser profile, both of their own.
 * Two users are two of these; two windows of one user are two `openWindow()` calls.
 *
 *     const sam = await TestUser.start({ name: 'Sam', settings: { 'p2pChat.username': 'Sam' } });
 *     const window = await sam.openWindow();
 *     await window.runCommand('P2P Chat: Go Online');
 *     await sam.quit();                  // closes everything in order; start again with relaunch()
 *     await sam.relaunch();              // same user data, same profile, same port: secrets and storage are kept
 *     await sam.dispose();               // quits and removes every file
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { type OwnerRecord, readOwnerRecord } from '../../extension/src/peer/owner-record.ts';
import { chromium as findChromium } from '../../scripts/lib/chromium.ts';
import { repositoryRoot } from '../../scripts/lib/node-runtime.ts';
import {
  changeSettings,
  installExtension,
  quietSettings,
  VscodeServer,
  type Settings,
} from '../../scripts/lib/vscode-server.ts';
import type { VscodeVersion } from '../../scripts/lib/vscode-web.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import './cleanup.ts';
import { Workbench } from './workbench.ts';

export interface UserOptions {
  /** Names the temporary folder, and the user in error messages. */
  readonly name: string;
  /** The newest version unless told. */
  readonly version?: VscodeVersion;
  /** Added to what keeps VS Code quiet and steady. */
  readonly settings?: Settings;
  /** The extension under development: ours unless told, none (e.g. because a package is installed) with `false`. */
  readonly extension?: string | false;
  /** A package to install before the first start; give `extension: false` with it. */
  readonly vsix?: string;
  /** Everything of this user lies there; a temporary folder unless told. dispose() removes only a temporary one. */
  readonly directory?: string;
  /** The environment of the server and its extension hosts. */
  readonly env?: Readonly<Record<string, string>>;
  /** 1280 × 800 unless told. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** For measuring: the page's scripts are compiled for speed, which costs a tenth of a start and pays only later. */
  readonly optimized?: boolean;
}

export interface WindowOptions {
  /** The user's folder `workspace` unless told: a path, or the URI of a folder; `false` opens an empty window. */
  readonly folder?: string | false;
  /** A script whose `run()` the extension host calls, as the host tests do. */
  readonly extensionTests?: string;
  /** Called before the page is loaded, e.g. to expose functions to it. */
  readonly prepare?: (page: Page) => Promise<void>;
}

export type Theme = 'light' | 'dark' | 'high contrast' | 'high contrast light';

/** What the theme picker calls each theme, and the class that the workbench bears when it has it. */
const themes: Readonly<Record<Theme, { readonly label: string; readonly class: string }>> = {
  light: { label: 'Light Modern', class: 'vs' },
  dark: { label: 'Dark Modern', class: 'vs-dark' },
  'high contrast': { label: 'Dark High Contrast', class: 'hc-black' },
  'high contrast light': { label: 'Light High Contrast', class: 'hc-light' },
};

/** A click on the tab of a view container shows it, whether or not VS Code has just shown it by itself. */
const steadySettings: Settings = { 'workbench.activityBar.iconClickBehavior': 'focus' };

/** Work that VS Code would do at each start or every two seconds, for nothing that is tested. */
const idleSettings: Settings = {
  // Its own file, which it reads as a text: as JSON, four of its extensions and the colours would be started for it.
  'files.associations': { 'chatLanguageModels.json': 'plaintext' },
  // A look at every socket of every process.
  'remote.autoForwardPorts': false,
};

/** As in a VS Code that was started from a terminal: else its server runs a login shell for the extension hosts' variables. */
const startedFromTerminal = { VSCODE_CLI: '1' };

const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Few windows of a test live for long enough to gain from what V8's optimizing compilers do beside all else. */
const unoptimized = '--js-flags=--no-opt --no-maglev';

/**
 * What VS Code looks like, and what the page would start in a worker of its own, in vain and in notifications over ours,
 * were it not beside the server: at a start, and when settings are written, which are JSON. All else that VS Code brings
 * along (Git, Markdown and more) would take more of the processor than what is tested.
 */
const builtinExtensions = [
  'theme-defaults',
  'theme-seti',
  'emmet',
  'git-base',
  'github-authentication',
  'merge-conflict',
  'configuration-editing',
  'extension-editing',
  'json-language-features',
  'npm',
  'typescript-language-features',
];

/** VS Code seals its secrets with a key that the server gives; the same one each time, so that they outlive a reload. */
const secretStorageKey = Buffer.alloc(32, 7);

export class TestUser {
  readonly options: UserOptions;
  readonly directory: string;
  #server: VscodeServer;
  #context: BrowserContext | undefined;
  #windows: Workbench[] = [];

  private constructor(options: UserOptions, directory: string, server: VscodeServer) {
    this.options = options;
    this.directory = directory;
    this.#server = server;
  }

  /** Starts the user's VS Code server and browser; no window is open yet. */
  static async start(options: UserOptions): Promise<TestUser> {
    const prefix = path.join(tmpdir(), `p2p-chat-${options.name.toLowerCase()}-`);
    const directory = options.directory ?? (await mkdtemp(prefix));
    await mkdir(path.join(directory, 'workspace'), { recursive: true });
    await changeSettings(directory, {
      ...quietSettings,
      ...steadySettings,
      ...idleSettings,
      ...options.settings,
    });
    if (options.vsix !== undefined) {
      await installExtension(serverOptions(options, directory, 0), options.vsix);
    }
    const server = await VscodeServer.start(serverOptions(options, directory, 0));
    const user = new TestUser(options, directory, server);
    try {
      await user.#launchBrowser();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return user;
  }

  get name(): string {
    return this.options.name;
  }

  get version(): VscodeVersion {
    return this.options.version ?? '1.139';
  }

  get server(): VscodeServer {
    return this.#server;
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error(`${this.name}'s browser does not run: relaunch() starts it`);
    return this.#context;
  }

  /** The windows that are open now. */
  get windows(): readonly Workbench[] {
    return this.#windows;
  }

  /** The folder that a window opens unless told otherwise. */
  get workspace(): string {
    return path.join(this.directory, 'workspace');
  }

  /** The folder with VS Code's user data: `User/globalStorage`, `User/workspaceStorage`, `logs` … */
  get userData(): string {
    return path.join(this.directory, 'vscode', 'data');
  }

  /** The window that runs the peer, as it calls itself, and the process of its extension host. */
  async ownerWindow(): Promise<OwnerRecord> {
    const storage = path.join(this.userData, 'User', 'globalStorage', 'p2p-chat.p2p-chat');
    return eventually(
      `a window of ${this.name}'s runs the peer`,
      async () => (await readOwnerRecord(storage)) ?? undefined,
    );
  }

  async openWindow(options: WindowOptions = {}): Promise<Workbench> {
    const spare = this.#windows.length === 0 ? this.context.pages()[0] : undefined;
    const page = spare ?? (await this.context.newPage());
    await options.prepare?.(page);
    const open = this.#windows.length;
    await page.goto(this.#address(options));
    const window = new Workbench(page, `${this.name}'s window`, async (remaining) => this.#closed(remaining));
    this.#windows = [...this.#windows, window];
    await window.ready();
    await eventually(
      `${this.name}'s window has an extension host`,
      async () => (await this.#server.extensionHosts()).length > open,
      { timeout: 40_000, details: () => this.#server.log },
    );
    return window;
  }

  /** Changes settings.json; `undefined` removes a setting. Windows opened or reloaded after this see it. */
  async updateSettings(changes: Settings): Promise<void> {
    await changeSettings(this.directory, changes);
  }

  /** Chooses a theme in every open window, as a person does; it is kept in the settings. */
  async setTheme(theme: Theme): Promise<void> {
    for (const window of this.#windows) {
      await window.runCommand('Preferences: Color Theme');
      await window.pick('Color Theme', themes[theme].label);
      await window.page.locator(`.monaco-workbench.${themes[theme].class}`).waitFor();
    }
  }

  /** Closes VS Code as a person does: every window, then, when the extension hosts have ended, browser and server. */
  async quit(): Promise<void> {
    for (const window of [...this.#windows]) await window.close();
    await this.#context?.close();
    this.#context = undefined;
    await this.#server.stop();
  }

  /** The server and its extension hosts die with no chance to say goodbye; the browser is closed after that. */
  async crash(): Promise<void> {
    await this.#server.crash();
    this.#windows = [];
    await this.#context?.close();
    this.#context = undefined;
  }

  /** Starts VS Code again after quit() or crash(): same files, same profile, same port. No window is open yet. */
  async relaunch(): Promise<void> {
    if (this.#server.running) await this.quit();
    this.#server = await VscodeServer.start(serverOptions(this.options, this.directory, this.#server.port));
    await this.#launchBrowser();
  }

  /** Ends everything at once, whatever state it is in, and removes the user's files. */
  async dispose(): Promise<void> {
    try {
      await this.#takePictures();
    } finally {
      await this.#server.kill();
      await this.#context?.close();
      if (this.options.directory === undefined) {
        await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
      }
    }
  }

  /** What the windows show at the end, in the folder that P2P_CHAT_TEST_PICTURES names: to look into a failure. */
  async #takePictures(): Promise<void> {
    const folder = process.env['P2P_CHAT_TEST_PICTURES'];
    if (folder === undefined || folder === '') return;
    for (const [index, window] of this.#windows.entries()) {
      await window.screenshot(path.join(folder, `${this.name}-${index + 1}.png`));
    }
  }

  async #launchBrowser(): Promise<void> {
    const context = await chromium.launchPersistentContext(path.join(this.directory, 'browser'), {
      executablePath: await findChromium(),
      args: [...browserArguments, ...(this.options.optimized === true ? [] : [unoptimized])],
      viewport: this.options.viewport ?? { width: 1280, height: 800 },
      // Signals are handled in cleanup.ts, for all children alike.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    await context.route('**/mint-key', (route) => route.fulfill({ body: secretStorageKey }));
    this.#context = context;
  }

  #address(options: WindowOptions): string {
    const authority = `127.0.0.1:${this.#server.port}`;
    const remote = (file: string): string =>
      `vscode-remote://${authority}${path.posix.join('/', file.replaceAll('\\', '/'))}`;
    const extension = this.options.extension ?? path.join(repositoryRoot, 'extension');
    const payload = [
      ...(extension === false ? [] : [['extensionDevelopmentPath', remote(extension)]]),
      ...(options.extensionTests === undefined
        ? []
        : [['extensionTestsPath', remote(options.extensionTests)]]),
    ];
    const folder = options.folder ?? this.workspace;
    const query = new URLSearchParams({
      ...(folder === false ? { ew: 'true' } : { folder: folderOf(folder) }),
      ...(payload.length === 0 ? {} : { payload: JSON.stringify(payload) }),
    });
    return `http://${authority}/?${query.toString()}`;
  }

  async #closed(window: Workbench): Promise<void> {
    this.#windows = this.#windows.filter((open) => open !== window);
    await this.#server.waitForExtensionHosts(this.#windows.length);
  }
}

/** How a page is told which folder to open: a path on the server, or a URI, whose scheme has more than one letter. */
function folderOf(folder: string): string {
  return /^[a-z][\w-]+:\//.test(folder) ? folder : path.posix.join('/', folder.replaceAll('\\', '/'));
}

function serverOptions(options: UserOptions, directory: string, port: number) {
  return {
    version: options.version ?? '1.139',
    directory,
    port,
    builtinExtensions,
    env: { ...startedFromTerminal, ...options.env },
  } as const;
}
