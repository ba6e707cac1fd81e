/** Child processes that are waited for, read, and always ended by their own pid. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { within } from './wait.ts';

const keptLines = 200;

/** No child outlives us: whatever still runs when this process exits is ended by its pid. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line of stdout and stderr. */
  readonly onLine?: (line: string) => void;
}

/** The environment for a VS Code or Node child: nothing of the VS Code or test runner that we may run in. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_|NODE_CHANNEL_|NODE_COMPILE_CACHE$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

/** One child process: its lines, its end, and how to end it. */
export class Child {
  readonly pid: number;
  /** Resolves when the process has ended, with its code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** As `ended`, when everything that it printed has been read too. Its own children may delay this. */
  readonly finished: Promise<number | NodeJS.Signals>;
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #over = false;

  private constructor(name: string, child: ChildProcess, pid: number, options: ChildOptions) {
    this.#name = name;
    this.#process = child;
    this.pid = pid;
    if (options.onLine) this.#listeners.add(options.onLine);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#heard(line));
    }
    alive.add(child);
    this.finished = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? signal ?? 0));
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#over = true;
        alive.delete(child);
        resolve(code ?? signal ?? 0);
      });
    });
  }

  static async start(
    name: string,
    command: string,
    args: readonly string[],
    options: ChildOptions = {},
  ): Promise<Child> {
    const child = spawn(command, args, {
      env: cleanEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${name} has no process id`);
    return new Child(name, child, child.pid, options);
  }

  get running(): boolean {
    return !this.#over;
  }

  /** The last lines that the process printed. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Resolves with the first line, past ones included, that matches; fails when the process ends before. */
  async line(pattern: RegExp, timeout = 30_000): Promise<RegExpExecArray> {
    for (const line of this.#lines) {
      const match = pattern.exec(line);
      if (match) return match;
    }
    let listener: ((line: string) => void) | undefined;
    const heard = new Promise<RegExpExecArray>((resolve) => {
      listener = (line) => {
        const match = pattern.exec(line);
        if (match) resolve(match);
      };
      this.#listeners.add(listener);
    });
    const died = this.ended.then((code) => {
      throw new Error(`${this.#name} ended (${code}) before it was ready.\n${this.log}`);
    });
    try {
      return await within(`${this.#name} prints ${String(pattern)}`, timeout, Promise.race([heard, died]));
    } finally {
      if (listener) this.#listeners.delete(listener);
    }
  }

  /** Asks the process to end, waits, and ends it by force when it does not; returns its code or signal. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeout = 8000): Promise<number | NodeJS.Signals> {
    if (this.#over) return this.ended;
    this.#process.kill(signal);
    return within(`${this.#name} ends`, timeout, this.ended).catch(() => this.kill());
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<number | NodeJS.Signals> {
    if (!this.#over) this.#process.kill('SIGKILL');
    return this.ended;
  }

  #heard(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    for (const listener of [...this.#listeners]) listener(line);
  }
}
