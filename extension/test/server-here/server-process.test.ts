import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Child } from '../../../scripts/lib/child.ts';
import { repositoryRoot } from '../../../scripts/lib/node-runtime.ts';
import { eventually } from '../../../scripts/lib/wait.ts';
import type { Log } from '../../src/core/ports.ts';
import {
  type RunningServer,
  type ServerProgram,
  startServerProcess,
} from '../../src/server-here/server-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const folder = temporaryFolder();
/** As it ships: with what the server never uses left out. */
const script = path.join(folder, 'discovery-server.mjs');
const program: ServerProgram = { execPath: process.execPath, script, env: process.env };
const silent: Log = () => undefined;

const started: RunningServer[] = [];
// Those of a test that failed: they would keep this process.
after(() => Promise.all(started.map((server) => server.stop())));

let folders = 0;
const newData = (): string => path.join(folder, `data-${folders++}`);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function start(
  place: { port?: number; data?: string } = {},
  log: Log = silent,
): Promise<RunningServer> {
  const { port = 0, data = newData() } = place;
  const server = await startServerProcess(program, { host: '127.0.0.1', port, data }, log);
  started.push(server);
  return server;
}

describe('the process of a discovery server here', () => {
  before(async () => {
    const args = ['esbuild.mjs', '--only', 'server-here', '--out', folder];
    const build = await Child.start('esbuild', process.execPath, args, { cwd: repositoryRoot });
    assert.equal(await build.finished, 0, build.log);
  });

  test('serves at a free port, says so in the log, and is gone after it was stopped', async () => {
    const said: string[] = [];
    const server = await start({}, (_level, text) => said.push(text));
    assert.equal(server.url, `http://127.0.0.1:${server.port}`);
    assert.equal(server.key, null);
    const health = await fetch(`${server.url}/healthz`);
    assert.match(await health.text(), /"status":"ok"/);
    assert.match(health.headers.get('content-type') ?? '', /^application\/json; charset=utf-8$/);
    await Promise.all([server.stop(), server.stop()]);
    assert.ok(!isRunning(server.pid));
    await server.ended;
    assert.match(said.join('\n'), /Discovery server: listening on http.*Discovery server: stopped/s);
  });

  test('answers what is wrong as the whole server does', async () => {
    const server = await start();
    const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
    const refused = await fetch(`${server.url}/v1/accounts`, options);
    assert.equal(refused.status, 400);
    assert.match(refused.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
    assert.equal((await fetch(`${server.url}/healthz?a[b]=c&a[d]=e`)).status, 200);
    for (const [type, status] of [
      ['application/x-www-form-urlencoded', 415],
      ['application/json; charset=shift_jis', 400],
      ['a/b', 415],
    ] as const) {
      const other = { ...options, headers: { 'Content-Type': type }, body: 'a[b]=c' };
      assert.equal((await fetch(`${server.url}/v1/accounts`, other)).status, status, type);
    }
    await server.stop();
  });

  test('has its port, and elsewhere than on loopback its key, again at the next start', async () => {
    const data = newData();
    // Not loopback alone, so a certificate belongs to it, on every machine that this runs on.
    const place = { host: '0.0.0.0', data };
    const first = await startServerProcess(program, { ...place, port: 0 }, silent);
    assert.match(first.url, /^https:/);
    assert.match(first.key ?? '', /^[0-9a-f]{64}$/);
    await first.stop();
    const second = await startServerProcess(program, { ...place, port: first.port }, silent);
    assert.deepEqual([second.url, second.key], [first.url, first.key]);
    await second.stop();
  });

  test('ends with the program that holds it, however that ends: also killed', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const holder = await Child.start('holder', process.execPath, [
        ...process.execArgv.filter((flag) => flag.includes('strip-types')),
        path.join(import.meta.dirname, 'fixtures/holder.ts'),
        script,
        newData(),
      ]);
      const [, pid = '', url = ''] = await holder.line(/^holds (\d+) (\S+)$/);
      assert.ok((await fetch(`${url}/healthz`)).ok);
      await holder.stop(signal);
      await eventually('the server has ended', () => !isRunning(Number(pid)));
    }
  });

  test('tells when it was killed', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    await server.stop();
  });

  test('that finds its port, its address or its folder taken says which, and leaves nothing behind', async () => {
    const other = createTcpServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    await assert.rejects(start({ port: address.port }), { name: 'ServerStartError', code: 'port-taken' });
    other.close();
    const nowhere = { host: '192.0.2.1', port: 0, data: newData() };
    await assert.rejects(startServerProcess(program, nowhere, silent), { code: 'address-gone' });
    const data = newData();
    const server = await start({ data });
    await assert.rejects(start({ data }), { code: 'in-use' });
    await server.stop();
  });

  test('that cannot run at all says why', async () => {
    const place = { host: '127.0.0.1', port: 0, data: newData() };
    const nowhere = path.join(folder, 'nowhere');
    await assert.rejects(startServerProcess({ ...program, execPath: nowhere }, place, silent), {
      code: 'failed',
      message: /ENOENT/,
    });
    await assert.rejects(startServerProcess({ ...program, script: nowhere }, place, silent), {
      code: 'failed',
      message: /nowhere/,
    });
  });

  test('takes no option from the environment of the editor', async () => {
    const env = {
      ...process.env,
      P2P_CHAT_JOIN_CODE: 'sesame',
      P2P_CHAT_TLS: '1',
      NODE_OPTIONS: '--no-such-option',
      VSCODE_IPC_HOOK: 'x',
    };
    const data = newData();
    const server = await startServerProcess(
      { ...program, env },
      { host: '127.0.0.1', port: 0, data },
      silent,
    );
    assert.match(server.url, /^http:/);
    if (process.platform === 'linux') {
      const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8');
      assert.ok(!/P2P_CHAT_|VSCODE_|NODE_OPTIONS/.test(environment));
    }
    await server.stop();
  });
});
