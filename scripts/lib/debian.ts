/** Programs that tests need: found on PATH, or installed where that is possible without asking anybody. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Child } from './child.ts';
import { MissingPrerequisite } from './prerequisite.ts';

/** The path of a program that the shell would find by this name. */
export function onPath(name: string): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name + suffix))
    .find((file) => existsSync(file));
}

/** Whether this is root on Debian or one of its kin. */
export function mayInstall(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get') !== undefined;
}

/**
 * Installs a package of Debian's.
 * @throws {MissingPrerequisite} with apt-get's last words
 */
export async function installFromDebian(name: string): Promise<void> {
  console.error(`Installing ${name} (apt-get install ${name}) …`);
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', name],
  ]) {
    const apt = await Child.start('apt-get', 'apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    const code = await apt.finished;
    if (code !== 0) {
      const last = apt.log.split('\n').at(-1) ?? '';
      throw new MissingPrerequisite(`apt-get ${args[0] ?? ''} ended with ${code}: ${last}`);
    }
  }
}

/** strace for the tests that trace a peer; they say themselves why they are skipped where there is none. */
export async function ensureStrace(): Promise<void> {
  if (onPath('strace') === undefined && mayInstall()) await installFromDebian('strace');
}

/** Python 3 for the tests that want it; they say themselves why they are skipped where there is none. */
export async function ensurePython(): Promise<void> {
  if (onPath('python3') === undefined && mayInstall()) await installFromDebian('python3');
}
