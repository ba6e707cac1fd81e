/**
 * What has to work before anything else does, in plain JavaScript for the oldest Node that may start us: finding npm,
 * installing into a cache atomically, and a Node of the major version that VS Code ships.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the workspace's package.json. */
export const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Everything that is downloaded or built for tests only; git ignores it. */
export const cacheDirectory = path.join(repositoryRoot, '.vscode-test');

/** Node strips types without a flag from these versions on. */
const firstVersionWithTypes = { 22: [22, 18], 24: [24, 0] };

/** Whether this version of Node, as in `process.versions.node`, runs our TypeScript and has this major version. */
function serves(version, major) {
  const [have = 0, minor = 0] = version.split('.').map(Number);
  return have === major && minor >= firstVersionWithTypes[major][1];
}

/** npm's own JavaScript, so that no shell is needed; undefined where it cannot be found. */
async function npmCli() {
  const given = process.env['npm_execpath'];
  if (given && /npm-cli\.c?js$/.test(given) && existsSync(given)) return given;
  const bin = path.dirname(process.execPath);
  const candidates = [
    path.join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(bin, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
    ...(process.env['PATH'] ?? '')
      .split(path.delimiter)
      .flatMap((folder) => [
        path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
        path.join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
      ]),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  return found ? realpath(found) : undefined;
}

/** Runs npm and returns what it printed on stdout; on failure the error carries the last lines of stderr. */
export async function npm(args, { cwd = repositoryRoot, inherit = false } = {}) {
  const cli = await npmCli();
  const env = { ...process.env };
  // A child of `npm run` would otherwise take the parent's prefix, workspace and flags for its own.
  for (const name of Object.keys(env)) {
    if (/^npm_config_(local_prefix|prefix|workspace|workspaces|global|dry_run)$/i.test(name))
      delete env[name];
  }
  const stdio = inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const child = cli
    ? spawn(process.execPath, [cli, ...args], { cwd, env, stdio })
    : spawn('npm', args, { cwd, env, stdio, shell: process.platform === 'win32' });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-4000)));
  const code = await new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error('npm could not be started: is it on PATH?', { cause })));
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with code ${code}.\n${stderr.trim()}`);
  return stdout;
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes what processes that are gone left half done beside `target`. */
async function sweep(target) {
  const parent = path.dirname(target);
  for (const name of await readdir(parent)) {
    const match = /^(.+)\.(\d+)-[0-9a-f]+\.tmp$/.exec(name);
    if (match?.[1] === path.basename(target) && !alive(Number(match[2]))) {
      await rm(path.join(parent, name), { recursive: true, force: true });
    }
  }
}

/**
 * Makes the folder `target` once: `fill` fills a temporary folder beside it, and a rename makes it appear complete.
 * Safe when two processes do it at once: the first rename wins, the other one's work is thrown away.
 */
export async function installOnce(target, fill) {
  if (existsSync(target)) return target;
  await mkdir(path.dirname(target), { recursive: true });
  await sweep(target);
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(temporary);
  try {
    await fill(temporary);
    await rename(temporary, target).catch((error) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return target;
}

/** The npm package that carries the node binary of this platform (the same that the package `node` would fetch). */
function nodePackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}

/**
 * The path of a Node binary of this major version (22 or 24, the two that VS Code ships): the running one where it
 * fits, otherwise one from the npm registry, kept in the cache. The machine's own Node is never touched.
 */
export async function nodeRuntime(major) {
  if (serves(process.versions.node, major)) return process.execPath;
  const name = nodePackage();
  const target = path.join(cacheDirectory, `node-${major}`);
  const binary = path.join(
    target,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  await installOnce(target, async (temporary) => {
    console.error(`Fetching Node ${major} for this project alone (npm package ${name}) …`);
    // The binary lies in the package itself: no install script has to run.
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    await npm(['install', '--prefix', temporary, ...flags, `${name}@${major}`], { cwd: temporary });
  });
  if (!existsSync(binary)) {
    throw new Error(
      `No Node ${major} in ${target}: delete that folder and try again, or put Node ${major} on PATH.`,
    );
  }
  return binary;
}

/** Installed packages that differ from the lock file; empty when node_modules is as the lock says. */
async function staleness() {
  const read = async (file) =>
    JSON.parse(await readFile(path.join(repositoryRoot, file), 'utf8')).packages ?? {};
  if (!existsSync(path.join(repositoryRoot, 'package-lock.json'))) {
    return existsSync(path.join(repositoryRoot, 'node_modules', '.package-lock.json'))
      ? []
      : ['node_modules'];
  }
  const wanted = await read('package-lock.json');
  const installed = await read('node_modules/.package-lock.json').catch(() => ({}));
  return Object.entries(wanted)
    .filter(([name]) => name.startsWith('node_modules/') || name.includes('/node_modules/'))
    .filter(([name, entry]) => {
      const have = installed[name];
      if (!have) return !(entry.optional || entry.devOptional);
      return (
        have.version !== entry.version ||
        have.integrity !== entry.integrity ||
        have.resolved !== entry.resolved
      );
    })
    .map(([name]) => name);
}

/** Installs the workspace's packages where they are missing or not what the lock file says; otherwise does nothing. */
export async function ensurePackages() {
  const stale = await staleness();
  if (stale.length === 0) return;
  const locked = existsSync(path.join(repositoryRoot, 'package-lock.json'));
  console.error(`Installing packages (npm ${locked ? 'ci' : 'install'}) …`);
  await npm([locked ? 'ci' : 'install', '--no-audit', '--no-fund', '--loglevel=error'], { inherit: true });
}
