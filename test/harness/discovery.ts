/**
 * A discovery server for tests: a child process on a free port with a data folder of its own.
 *
 *     const discovery = await TestDiscovery.start();
 *     discovery.url;              // http://127.0.0.1:49152
 *     await discovery.stop();     // SIGTERM, and its end is waited for; kill() is a crash
 *     await discovery.restart();  // the same port and the same data
 *     await discovery.dispose();  // stopped, and its data removed
 *
 *     const discovery = await TestDiscovery.start({ tls: true });   // https, with a certificate of its own making
 *     discovery.fingerprint;      // as the server printed it for its operator
 *     await discovery.loseKey();  // stopped, its key removed, and started again: it has another key now
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from '../../scripts/lib/child.ts';
import { nodeRuntime, repositoryRoot, type NodeMajor } from '../../scripts/lib/node-runtime.ts';
import { freePort } from '../../scripts/lib/ports.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import './cleanup.ts';

export interface DiscoveryOptions {
  /** A free port unless told. */
  readonly port?: number;
  /** A temporary folder unless told; dispose() removes only a temporary one. */
  readonly data?: string;
  /** `bundle` runs what is shipped (and has to be built), `source` the TypeScript as it is now. */
  readonly run?: 'bundle' | 'source';
  readonly node?: NodeMajor;
  /** HTTPS with a certificate that the server makes itself. */
  readonly tls?: boolean;
  /** More options on the command line. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class TestDiscovery {
  readonly port: number;
  readonly data: string;
  readonly #options: DiscoveryOptions;
  #child: Child | undefined;

  private constructor(port: number, data: string, options: DiscoveryOptions) {
    this.port = port;
    this.data = data;
    this.#options = options;
  }

  static async start(options: DiscoveryOptions = {}): Promise<TestDiscovery> {
    const data = options.data ?? (await mkdtemp(path.join(tmpdir(), 'p2p-chat-discovery-')));
    const discovery = new TestDiscovery(options.port ?? (await freePort()), data, options);
    await discovery.#launch();
    return discovery;
  }

  get url(): string {
    return `${this.#options.tls === true ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** The fingerprint of the key of the server's own certificate, in the groups that the server printed. */
  get fingerprint(): string {
    const printed = /key's fingerprint: ([0-9a-f ]+)/.exec(this.log)?.[1];
    if (printed === undefined) throw new Error(`the discovery server printed no fingerprint\n${this.log}`);
    return printed.trim();
  }

  get running(): boolean {
    return this.#child?.running ?? false;
  }

  /** The process id of the running server. */
  get pid(): number {
    if (!this.#child?.running) throw new Error('the discovery server does not run');
    return this.#child.pid;
  }

  /** The last lines that the server printed. */
  get log(): string {
    return this.#child?.log ?? '';
  }

  /** Ends the server as Ctrl-C would; resolves with its exit code. */
  async stop(): Promise<number | NodeJS.Signals | undefined> {
    return this.#child?.stop('SIGTERM');
  }

  /** Ends the server as a crash would. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  /** Starts the server again, stopping it first where it runs, on the same port and data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#launch();
  }

  /** Starts the server again without the key that it made: it makes another one. */
  async loseKey(): Promise<void> {
    await this.stop();
    for (const file of ['tls-key.pem', 'tls-cert.pem']) await rm(path.join(this.data, file));
    await this.#launch();
  }

  async dispose(): Promise<void> {
    await this.stop();
    if (this.#options.data === undefined) await rm(this.data, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    const node = await nodeRuntime(this.#options.node ?? 24);
    const folder = path.join(repositoryRoot, 'discovery-server');
    const script =
      this.#options.run === 'bundle'
        ? path.join(folder, 'dist', 'main.mjs')
        : path.join(folder, 'src', 'main.ts');
    if (!existsSync(script)) throw new Error(`${script} does not exist: build first`);
    const address = ['--host', '127.0.0.1', '--port', String(this.port), '--data', this.data];
    const child = await Child.start(
      'The discovery server',
      node,
      [script, ...address, ...(this.#options.tls === true ? ['--tls'] : []), ...(this.#options.args ?? [])],
      { env: this.#options.env ?? {} },
    );
    this.#child = child;
    await eventually(`the discovery server answers at ${this.url}/healthz`, () => this.#isHealthy(), {
      details: () => child.log,
      possible: () => child.running,
    });
  }

  async #isHealthy(): Promise<boolean> {
    const health = `${this.url}/healthz`;
    if (this.#options.tls !== true) return (await fetch(health)).ok;
    // Only the certificate in the server's own folder is believed.
    const ca = await readFile(path.join(this.data, 'tls-cert.pem'));
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    get(health, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
    return (await promise) === 200;
  }
}
