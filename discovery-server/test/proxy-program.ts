import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../scripts/lib/ports.ts';
import { makeCertificate } from '../src/certificate.ts';
import { cleanUp } from './cleanup.ts';
import { temporaryFolder } from './harness.ts';

const page = path.join(import.meta.dirname, '../../docs/operations.md');

/** Where the test runner unpacks what it got from Debian without installing it. */
const unpacked = path.join(import.meta.dirname, '../../.vscode-test/debian');

/** How long a proxy may take to start, milliseconds. */
const PATIENCE_MS = 20_000;

/** The one block of docs/operations.md whose fence says this. */
export async function blockOf(fence: string): Promise<string> {
  const markdown = (await readFile(page, 'utf8')).replaceAll('\r\n', '\n');
  const blocks = [...markdown.matchAll(/^```([^\n]+)\n(.*?)\n```$/gms)].filter(([, info]) => info === fence);
  const [block] = blocks;
  if (block === undefined || blocks.length > 1)
    throw new Error(`the page has ${blocks.length} blocks of ${fence}`);
  return `${block[2] ?? ''}\n`;
}

/** The path of a program, if it is on this machine. */
export function programAt(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  folders.push('/usr/sbin', path.join(unpacked, 'usr/sbin'), path.join(unpacked, 'usr/bin'));
  return folders
    .map((folder) => path.join(folder, name))
    .find((file) => path.isAbsolute(file) && existsSync(file));
}

/** What the page's configuration says and a test says otherwise: each of it is there exactly once. */
export function adapted(text: string, changes: Readonly<Record<string, string>>): string {
  let changed = text;
  for (const [from, to] of Object.entries(changes)) {
    if (changed.split(from).length !== 2)
      throw new Error(`the page's configuration does not have ${from} once`);
    changed = changed.replace(from, () => to);
  }
  return changed;
}

/** Where a proxy listens, and what it has. */
export interface ProxyPlace {
  readonly port: number;
  readonly folder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export async function placeForProxy(t: TestContext): Promise<ProxyPlace> {
  const folder = await temporaryFolder(t);
  const { key, certificate } = await makeCertificate('localhost');
  const certificateFile = path.join(folder, 'certificate.pem');
  const keyFile = path.join(folder, 'key.pem');
  await writeFile(certificateFile, certificate);
  await writeFile(keyFile, key);
  return { port: await freePort(), folder, certificateFile, keyFile };
}

/** Starts a proxy, which lives as long as the test, and waits until it listens. */
export async function startProxy(
  t: TestContext,
  { port, folder }: ProxyPlace,
  program: string,
  args: readonly string[],
): Promise<void> {
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  cleanUp(t, async () => {
    child.kill('SIGTERM');
    await closed;
  });
  const end = performance.now() + PATIENCE_MS;
  while (!(await listens(port))) {
    if (hasEnded(child) || performance.now() > end) throw new Error(`the proxy did not start: ${said}`);
    await setTimeout(50);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
