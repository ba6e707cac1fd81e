/** `npm start`: a discovery server and two people's VS Code windows, ready to chat, until Ctrl-C. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { startBrowserVscode } from './lib/browser-vscode.ts';
import { makeBundles } from './lib/bundles.ts';
import { Child } from './lib/child.ts';
import { desktopCode, startDesktopVscode } from './lib/desktop-vscode.ts';
import { exampleSettings, type ExampleUser, type RunningVscode } from './lib/example-user.ts';
import { repositoryRoot } from './lib/node-runtime.ts';
import { isFree, portHolder } from './lib/ports.ts';
import { reasonOf } from './lib/prerequisite.ts';
import { OptionsError, readStartOptions, startHelp, type StartOptions } from './lib/start-options.ts';
import { eventually } from './lib/wait.ts';

/** What runs, in the order in which it started; it is stopped from the end. */
const running: { readonly what: string; readonly stop: () => Promise<unknown> }[] = [];

/** Resolves when somebody asks us to end: with the exit code. */
const { promise: over, resolve: resolveOver } = Promise.withResolvers<number>();
let ending = false;
function end(code: number): void {
  ending = true;
  resolveOver(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));

/** A start that cannot go on; its message is all that a person needs to read. */
class StartFailed extends Error {}

process.exitCode = await main();
// Everything was stopped; what could still hold this process is not worth waiting for.
process.exit();

async function main(): Promise<number> {
  try {
    const options = readStartOptions(process.argv.slice(2));
    if (options === 'help') {
      console.log(startHelp);
      return 0;
    }
    const interrupted = over.then(() => 'interrupted' as const);
    const started = await Promise.race([start(options), interrupted]);
    if (started !== 'interrupted') console.log(started);
    return await over;
  } catch (error) {
    if (error instanceof OptionsError) console.error(`${error.message}. See npm start -- --help.`);
    else if (error instanceof StartFailed) console.error(error.message);
    else console.error(reasonOf(error));
    return 1;
  } finally {
    await stopEverything();
  }
}

/** Starts everything and returns what to tell the person. */
async function start(options: StartOptions): Promise<string> {
  const code = options.browser ? undefined : desktopCode();
  const address = { Sam: options.samPort, Carol: options.carolPort };
  const ports = [
    ...(options.server === undefined
      ? [{ port: options.port, what: 'The discovery server', option: '--port' }]
      : []),
    ...(code === undefined ? options.users : []).map((name) => ({
      port: address[name],
      what: `${name}'s VS Code`,
      option: `--${name.toLowerCase()}-port`,
    })),
  ];
  for (const { port, what, option } of ports) {
    if (await isFree(port)) continue;
    const holder = (await portHolder(port)) ?? 'another process';
    throw new StartFailed(
      `${what} needs port ${port}, which is taken by ${holder}. Choose another with ${option}.`,
    );
  }

  if (!(await makeBundles())) throw new StartFailed('The build failed: see above.');
  if (!existsSync(path.join(repositoryRoot, 'extension', 'dist', 'extension.cjs'))) {
    throw new StartFailed('There is no extension to load.');
  }
  // The two kinds of VS Code keep their secrets in different places: an account of one is not known to the other.
  const data = path.join(repositoryRoot, 'data', code === undefined ? 'browser' : 'desktop');
  if (options.fresh) await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true, mode: 0o700 });

  const discovery = options.server ?? (await startDiscovery(options.port, path.join(data, 'discovery')));
  const lines = [`Discovery server  ${discovery}`];
  for (const name of options.users) {
    const user: ExampleUser = {
      name,
      directory: path.join(data, name.toLowerCase()),
      extension: path.join(repositoryRoot, 'extension'),
      settings: exampleSettings(name, discovery),
    };
    const host = name === 'Sam' ? '127.0.0.1' : 'localhost';
    const vscode =
      code === undefined
        ? await startBrowserVscode(user, { host, port: address[name] })
        : await startDesktopVscode(user, code);
    if (code === undefined) watch(`${name}'s VS Code`, vscode);
    else letClose(name, discovery, vscode);
    lines.push(`${name.padEnd(16)}  ${vscode.where}`);
  }
  const open = code === undefined ? 'Open each address in a browser window of its own. ' : '';
  return `\n${lines.join('\n')}\n\n${open}Ctrl-C stops everything.`;
}

async function startDiscovery(port: number, data: string): Promise<string> {
  const script = path.join(repositoryRoot, 'discovery-server', 'dist', 'main.mjs');
  const args = [script, '--host', '127.0.0.1', '--port', String(port), '--data', data];
  const child = await Child.start('The discovery server', process.execPath, args, {
    onLine: (line) => console.log(line),
  });
  const ended = child.ended.then((code) => `The discovery server ended (${code}).`);
  watch('the discovery server', { ended, stop: () => child.stop('SIGTERM') });
  const url = `http://127.0.0.1:${port}`;
  await eventually('the discovery server answers', async () => (await fetch(`${url}/healthz`)).ok, {
    possible: () => child.running,
  });
  return url;
}

/** Keeps what runs, to stop it; when it ends by itself, everything ends. */
function watch(what: string, part: Pick<RunningVscode, 'ended'> & { stop: () => Promise<unknown> }): void {
  const entry = { what, stop: part.stop };
  running.push(entry);
  void part.ended.then((reason) => {
    // Ctrl-C in a terminal reaches the children as well as us.
    if (ending || !running.includes(entry)) return;
    console.error(reason);
    end(1);
  });
}

/** A window on the desktop may be closed: that is how one of the two goes away. */
function letClose(name: string, discovery: string, vscode: RunningVscode): void {
  const entry = { what: `${name}'s VS Code`, stop: vscode.stop };
  running.push(entry);
  void vscode.ended.then((reason) => {
    if (ending || !running.includes(entry)) return;
    running.splice(running.indexOf(entry), 1);
    const again = `npm start -- --only ${name.toLowerCase()} --server ${discovery}`;
    console.log(`${reason} From another terminal this opens it again: ${again}`);
    if (running.length === 0) end(0);
  });
}

async function stopEverything(): Promise<void> {
  for (let part = running.pop(); part !== undefined; part = running.pop()) {
    await part.stop().catch((error: unknown) => console.error(reasonOf(error)));
  }
}
