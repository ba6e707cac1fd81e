import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { cleanUp } from './cleanup.ts';

const main = path.join(import.meta.dirname, '../src/main.ts');

/** A run of the command that has ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  // Node 22 needs a flag for TypeScript until 22.18: the one with which the test itself runs.
  const flags = process.execArgv.filter((flag) => flag.includes('strip-types'));
  return spawn(process.execPath, [...flags, main, ...args], { env: { ...process.env, ...env } });
}

/** Runs the command until it ends by itself. */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const child = launch(args, env);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** A command that serves. */
export interface Running {
  readonly url: string;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Finished & { signal: NodeJS.Signals | null }>;
  /** Writes to its standard input. */
  write(text: string): void;
  /** Ends its standard input, and waits for the end. */
  closeStdin(): Promise<Finished & { signal: NodeJS.Signals | null }>;
}

/** Starts the command and waits until it says where it listens. */
export async function start(
  t: TestContext,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const child = launch(args, env);
  let stdout = '';
  const stderr = text(child.stderr);
  const closed = once(child, 'close');
  cleanUp(t, async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      const found = /listening on (https?:\S+?),? .*\n/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => void stderr.then((why) => reject(new Error(`it did not start: ${why}`))));
  });
  const finished = async (): Promise<Finished & { signal: NodeJS.Signals | null }> => {
    await closed;
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr: await stderr };
  };
  return {
    url,
    async end(signal) {
      child.kill(signal);
      return finished();
    },
    write: (text) => void child.stdin.write(text),
    async closeStdin() {
      child.stdin.end();
      return finished();
    },
  };
}
