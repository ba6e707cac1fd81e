/** A desktop VS Code with a user-data folder of its own for one example account. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { cleanEnvironment } from './child.ts';
import type { ExampleUser, RunningVscode } from './example-user.ts';
import { isRunning, listProcesses } from './processes.ts';
import { eventually } from './wait.ts';
import { changeSettingsFile } from './vscode-server.ts';

/** The `code` command, where there is one and a display to open a window on. */
export function desktopCode(): string | undefined {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return undefined;
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

export async function startDesktopVscode(user: ExampleUser, code: string): Promise<RunningVscode> {
  const userData = path.join(user.directory, 'user-data');
  const folder = path.join(user.directory, user.name);
  await mkdir(userData, { recursive: true, mode: 0o700 });
  await mkdir(folder, { recursive: true });
  await changeSettingsFile(path.join(userData, 'User', 'settings.json'), user.settings);

  const lock = path.join(userData, 'code.lock');
  const before = await lockedBy(lock);
  if (before !== undefined && (await isRunning(before))) {
    throw new Error(`${user.name}'s VS Code runs already (pid ${before}): close it first.`);
  }
  await rm(lock, { force: true });
  const args = [
    ...['--user-data-dir', userData, '--extensions-dir', path.join(user.directory, 'extensions')],
    ...[`--extensionDevelopmentPath=${user.extension}`, '--new-window', '--wait'],
    ...(process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    folder,
  ];
  const windows = process.platform === 'win32';
  const child = spawn(windows ? `"${code}"` : code, windows ? args.map((arg) => `"${arg}"`) : args, {
    env: cleanEnvironment(),
    stdio: 'ignore',
    shell: windows,
  });
  const closed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(`${user.name}'s VS Code was closed.`));
  });
  const main = await eventually(`${user.name}'s VS Code opens`, () => lockedBy(lock), {
    timeout: 60_000,
    possible: () => child.exitCode === null,
  });
  return {
    where: 'a window on your desktop',
    ended: closed,
    stop: async () => {
      // `code` only waits; the window belongs to the process that holds the lock of our own user-data folder.
      if (await belongsTo(main, userData)) process.kill(main, 'SIGTERM');
      await eventually(`${user.name}'s VS Code ends`, async () => !(await isRunning(main)));
      child.kill();
    },
  };
}

/** VS Code writes its process id there while it runs. */
async function lockedBy(lock: string): Promise<number | undefined> {
  const text = await readFile(lock, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

async function belongsTo(pid: number, userData: string): Promise<boolean> {
  return (await listProcesses()).some((entry) => entry.pid === pid && entry.command.includes(userData));
}
