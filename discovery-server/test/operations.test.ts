import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import * as z from 'zod';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { adminUser } from '../src/admin/admin-api.ts';
import { type Finished, start } from './command.ts';
import { temporaryFolder } from './harness.ts';
import { blockOf, programAt } from './proxy-program.ts';
import { person, register, TestSession } from './test-client.ts';

const main = path.join(import.meta.dirname, '../src/main.ts');
const unit = path.join(import.meta.dirname, '../systemd/p2p-chat-discovery.service');

/** A shell in a folder of its own, where `discovery-server` is a command as docs/operations.md has it. */
async function shell(
  t: TestContext,
): Promise<{ folder: string; run: (script: string) => Promise<Finished> }> {
  const folder = await temporaryFolder(t);
  const bin = path.join(folder, 'bin');
  const command = path.join(bin, 'discovery-server');
  await mkdir(bin);
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(command, 0o755);
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
  return {
    folder,
    async run(script) {
      const child = spawn('sh', ['-ec', script], { cwd: folder, env });
      child.stdin.end();
      const [stdout, stderr] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      return { code: child.exitCode, stdout, stderr };
    },
  };
}

describe(
  'the commands of docs/operations.md',
  { skip: process.platform === 'win32' && 'they are for sh' },
  () => {
    test('back a server up while it runs, and restore it elsewhere', async (t) => {
      const { folder, run } = await shell(t);
      const first = await start(t, ['--port', '0', '--tls', '--data', path.join(folder, 'data')]);
      const sam = person('Sam');
      assert.equal((await register(first.url, sam)).status, 201);
      const backup = await run(await blockOf('sh backup'));
      assert.equal(backup.code, 0, backup.stderr);
      assert.match(backup.stderr, /^1 accounts are in chat\.backup/);
      assert.equal((await first.end('SIGTERM')).code, 0);
      const restored = await run(await blockOf('sh restore'));
      assert.equal(restored.code, 0, restored.stderr);
      const again = await run(await blockOf('sh restore'));
      assert.equal(again.code, 1);
      assert.match(
        again.stderr,
        /^discovery-server: .*restored has accounts\.db already, and nothing was changed/,
      );
      const data = path.join(folder, 'restored');
      const second = await start(t, ['--port', '0', '--tls', '--data', data]);
      await TestSession.signedIn(second.url, sam);
      const key = path.join('data', 'tls-key.pem');
      assert.deepEqual(
        await readFile(path.join(data, 'tls-key.pem')),
        await readFile(path.join(folder, key)),
      );
    });

    test('list, rename and remove people with and without a server, with an exit code for each end', async (t) => {
      const { folder, run } = await shell(t);
      const running = await start(t, ['--port', '0', '--data', path.join(folder, 'data')]);
      const sam = person('Sam');
      assert.equal((await register(running.url, sam)).status, 201);
      const session = await TestSession.signedIn(running.url, sam);
      const renamed = await run('discovery-server users rename Sam Samuel');
      assert.deepEqual([renamed.code, renamed.stdout], [0, 'Sam is called Samuel now.\n']);
      assert.equal((await session.closed).code, SessionClose.renamed);
      await running.end('SIGKILL');

      const codes = [];
      for (const line of ['remove Samuel', 'remove Dave --yes', 'remove samuel --yes']) {
        codes.push((await run(`discovery-server users ${line}`)).code);
      }
      assert.deepEqual(codes, [2, 6, 0]);
      const { stdout } = await run('discovery-server users list --json');
      assert.deepEqual(decodeJson(z.array(adminUser), stdout), []);
    });
  },
);

describe('the unit for systemd', () => {
  test('takes every right away that a server does without', async () => {
    const lines = (await readFile(unit, 'utf8')).split('\n');
    for (const line of [
      'DynamicUser=yes',
      'StateDirectory=p2p-chat-discovery',
      'StateDirectoryMode=0700',
      'UMask=0077',
      'CapabilityBoundingSet=',
      'NoNewPrivileges=yes',
      'PrivateDevices=yes',
      'PrivateTmp=yes',
      'ProtectHome=yes',
      'ProtectSystem=strict',
      'RestrictNamespaces=yes',
      'SystemCallFilter=@system-service',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    // What V8 compiles has to be run.
    assert.ok(!lines.some((line) => line.startsWith('MemoryDenyWriteExecute')));
  });

  const analyze = programAt('systemd-analyze');
  const skip = analyze === undefined && 'systemd is not installed';
  test('is sound to systemd, and exposes next to nothing', { skip }, async (t) => {
    const copy = path.join(await temporaryFolder(t), 'p2p-chat-discovery.service');
    await writeFile(copy, (await readFile(unit, 'utf8')).replace('/usr/bin/node', process.execPath));
    const run = promisify(execFile);
    const { stdout, stderr } = await run(analyze ?? '', ['verify', copy]);
    assert.equal(stdout + stderr, '');
    await run(analyze ?? '', ['security', '--offline=yes', '--threshold=20', copy]);
  });
});
