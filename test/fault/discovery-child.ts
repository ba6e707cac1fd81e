import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { launch } from './bundle.ts';

const ready = z.object({ port: z.int() });

/** A discovery server in a process of its own, that can be killed and comes back at the same port with its accounts. */
export class DiscoveryChild {
  readonly #program: string;
  readonly #dataDir: string;
  #port = 0;
  #child: ChildProcess | null = null;

  constructor(program: string, dataDir: string) {
    this.#program = program;
    this.#dataDir = dataDir;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Does nothing when it runs. */
  async start(): Promise<void> {
    if (this.#child !== null) return;
    const child = launch(this.#program, String(this.#port), this.#dataDir);
    child.stdout?.resume();
    child.stderr?.pipe(process.stderr, { end: false });
    this.#child = child;
    const died = once(child, 'exit').then(([code]) => {
      throw new Error(`the discovery server ended with ${String(code)}`);
    });
    died.catch(() => undefined);
    const [raw] = (await Promise.race([once(child, 'message'), died])) as unknown[];
    this.#port = ready.parse(raw).port;
  }

  /** As a crash. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
