import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { type Fingerprint, fingerprint } from '@p2p-chat/protocol/fingerprint';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import type { Log } from '../core/ports.ts';

/** A start that takes longer is given up, milliseconds: reading 20,000 accounts takes a second or two. */
const START_TIMEOUT_MS = 30_000;

/** The server ends within two seconds whatever its clients do; one that does not is killed, milliseconds. */
const STOP_TIMEOUT_MS = 4_000;

/** Characters of what the process says about its failure that are worth a line in the log. */
const MAX_COMPLAINT = 2_000;

/** How to run the server: the program, and where it lies. */
export interface ServerProgram {
  /** A Node, or an editor that is one by ELECTRON_RUN_AS_NODE. */
  readonly execPath: string;
  readonly script: string;
  /** Of the program that starts it; what is of VS Code or would be an option of the server is left out. */
  readonly env: NodeJS.ProcessEnv;
}

/** Where it listens and keeps its accounts. */
export interface ServerPlace {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly data: string;
}

/** A server that runs in a process of its own, and no longer than this one. */
export interface RunningServer {
  readonly pid: number;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of its certificate's key; null on plain HTTP. */
  readonly key: Fingerprint | null;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Has it end, by force if it must; a second call waits for the first. */
  stop(): Promise<void>;
}

/** Why a server did not start: what a person can do something about has a code of its own. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  /** `in-use`: another process has the folder, that is, the server of another window. */
  readonly code: 'port-taken' | 'address-gone' | 'in-use' | 'failed';

  constructor(code: ServerStartError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By the exit code of the command, as its help says. */
const CODES: ReadonlyMap<number | null, ServerStartError['code']> = new Map([
  [3, 'port-taken'],
  [4, 'address-gone'],
  [5, 'in-use'],
]);

const logLine = z.object({ level: z.string(), msg: z.string() });
const announcement = z.object({ url: z.url(), serverKey: z.optional(fingerprint) });

/**
 * Starts a server, and waits until it listens. It ends with this process, however that ends: its input ends then.
 * @throws {ServerStartError}
 */
export async function startServerProcess(
  { execPath, script, env }: ServerProgram,
  { host, port, data }: ServerPlace,
  log: Log,
): Promise<RunningServer> {
  const options = ['--host', host, '--port', String(port), '--data', data];
  const child = spawn(execPath, [script, ...options, '--log-format', 'json', '--until-stdin-ends'], {
    env: serverEnvironment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // A write to a process that is gone: its end says so already.
  child.stdin.on('error', () => undefined);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT);
  });
  const listening = Promise.withResolvers<z.infer<typeof announcement>>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = readLine(logLine, line);
    if (said !== undefined) log(levelOf(said.level), `Discovery server: ${said.msg}`);
    const announced = readLine(announcement, line);
    if (announced !== undefined) listening.resolve(announced);
  });
  let broken: Error | undefined;
  child.on('error', (error) => (broken ??= error));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = ended.then((): never => {
    const said = complaint.trim() || broken?.message;
    const why =
      said ?? `the discovery server ended with ${child.exitCode ?? child.signalCode ?? 'nothing said'}`;
    throw new ServerStartError(CODES.get(child.exitCode) ?? 'failed', why, { cause: broken });
  });
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new ServerStartError('failed', 'the discovery server takes too long to start'));
  }, START_TIMEOUT_MS);
  try {
    const { url, serverKey = null } = await Promise.race([listening.promise, failed, late]);
    const { origin, port: chosen, protocol } = new URL(url);
    return {
      pid: child.pid ?? 0,
      url: origin,
      host,
      port: chosen === '' ? (protocol === 'https:' ? 443 : 80) : Number(chosen),
      key: serverKey,
      ended,
      stop: () => end(child, ended),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** What the editor sets for its own processes is not for this one, and neither is a server's that runs elsewhere. */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(P2P_CHAT_|VSCODE_|ELECTRON_|NODE_OPTIONS$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

function readLine<Schema extends z.ZodMiniType>(schema: Schema, line: string): z.output<Schema> | undefined {
  try {
    return decodeJson(schema, line);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Pino's numbers. */
function levelOf(level: string): 'debug' | 'info' | 'warn' | 'error' {
  if (level === 'fatal' || level === 'error') return 'error';
  return level === 'warn' || level === 'info' ? level : 'debug';
}
