/** Free ports, and who holds one that is not. */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Below those that Linux (from 32768), macOS and Windows (from 49152) give to whoever asks for any port. */
const OWN_PORTS = { first: 20_000, count: 10_000 };

/** How many may be taken before something else is wrong. */
const MOST_TAKEN = 100;

/**
 * A port on 127.0.0.1 that nobody listens on. The system gives it to nobody else either before it is used, or while a server
 * that comes back there is away.
 */
export async function freePort(): Promise<number> {
  for (let taken = 0; taken < MOST_TAKEN; taken += 1) {
    const port = OWN_PORTS.first + randomInt(OWN_PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${OWN_PORTS.first} on is free`);
}

/** Whether a server could listen there now. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}

/** The process that listens on this TCP port as a person would name it, e.g. `node server.js (pid 4711)`. */
export async function portHolder(port: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await holderFromProc(port);
    if (process.platform === 'win32') return await holderFromNetstat(port);
    const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
    const pid = /^p(\d+)/m.exec(stdout)?.[1];
    const command = /^c(.+)/m.exec(stdout)?.[1];
    return pid === undefined ? undefined : `${command ?? 'a process'} (pid ${pid})`;
  } catch {
    return undefined; // A courtesy only: the port is taken whether or not we can say by whom.
  }
}

async function holderFromNetstat(port: number): Promise<string | undefined> {
  const { stdout } = await run('netstat', ['-ano', '-p', 'TCP']);
  const line = stdout.split('\n').find((entry) => new RegExp(`:${port}\\s.*LISTENING`).test(entry));
  const pid = /(\d+)\s*$/.exec(line ?? '')?.[1];
  return pid === undefined ? undefined : `the process with pid ${pid}`;
}

async function holderFromProc(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const listening = '0A';
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === listening)
    .map((columns) => `socket:[${columns[9] ?? ''}]`);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (!inodes.includes(link)) continue;
      const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      const command = [path.basename(program), ...args].join(' ').trim();
      return `${command.length > 80 ? `${command.slice(0, 80)}…` : command} (pid ${pid})`;
    }
  }
  return undefined;
}
