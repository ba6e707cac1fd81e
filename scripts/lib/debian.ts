/** Programs that tests need: found on PATH, or installed where that is possible without asking anybody. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from './child.ts';
import { repositoryRoot } from './node-runtime.ts';
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

/**
 * Redis for the tests that want it; they say themselves why they are skipped where there is none. The package that has the
 * program and its libraries, and not the one that would start it as a service.
 */
export async function ensureRedis(): Promise<void> {
  const isThere = onPath('redis-server') !== undefined || onPath('redis-check-rdb') !== undefined;
  if (!isThere && mayInstall()) await installFromDebian('redis-tools');
}

/** What makes networks with firewalls, for the tests that want them; they say why they are skipped where there is none. */
export async function ensureNetworks(): Promise<void> {
  if (!mayInstall()) return;
  if (onPath('ip') === undefined) await installFromDebian('iproute2');
  if (onPath('nft') === undefined) await installFromDebian('nftables');
}

/** Where programs of Debian's lie that are unpacked and not installed: installing a server would start it. */
const unpacked = path.join(repositoryRoot, '.vscode-test', 'debian');

/**
 * nginx and Caddy for the tests of docs/operations.md; they say themselves why they are skipped where there is none.
 * Both are single programs whose libraries every Debian has, so that unpacking them is enough.
 */
export async function ensureProxies(): Promise<void> {
  const wanted = ['nginx', 'caddy'].filter(
    (name) => onPath(name) === undefined && !existsSync(path.join('/usr/sbin', name)) && !isUnpacked(name),
  );
  if (wanted.length > 0 && mayInstall()) await unpackFromDebian(wanted);
}

function isUnpacked(name: string): boolean {
  return ['usr/sbin', 'usr/bin'].some((folder) => existsSync(path.join(unpacked, folder, name)));
}

/** @throws {MissingPrerequisite} with the last words of the program that failed */
export async function unpackFromDebian(names: readonly string[], target = unpacked): Promise<void> {
  console.error(`Unpacking ${names.join(', ')} (apt-get download) …`);
  const folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-debian-'));
  const run = async (program: string, ...args: string[]): Promise<void> => {
    const child = await Child.start(program, program, args, { cwd: folder });
    const code = await child.finished;
    if (code === 0) return;
    throw new MissingPrerequisite(`${program} ended with ${code}: ${child.log.split('\n').at(-1) ?? ''}`);
  };
  try {
    await run('apt-get', 'update', '-qq');
    await run('apt-get', 'download', '-qq', ...names);
    for (const file of await readdir(folder)) await run('dpkg', '-x', file, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
