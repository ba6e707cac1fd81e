/** What runs for a while leaves nothing in the folder for temporary files, however it ends. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Child } from '../../scripts/lib/child.ts';
import { RuntimeFolder } from '../../scripts/lib/temporary-files.ts';

const scripts = path.join(import.meta.dirname, '..', '..', 'scripts', 'lib');
const importing = (file: string): string =>
  `import '${pathToFileURL(path.join(scripts, '..', '..', 'test', 'harness', 'cleanup.ts')).href}';
   import { keepTemporaryFilesTogether, RuntimeFolder } from '${pathToFileURL(path.join(scripts, file)).href}';
   import { mkdtempSync, writeFileSync } from 'node:fs';
   import { spawn } from 'node:child_process';
   import os from 'node:os';
   import path from 'node:path';`;

/** Leaves a folder and a file in it, as a test that fails does. */
const leave = `const left = mkdtempSync(path.join(os.tmpdir(), 'left-')); writeFileSync(path.join(left, 'file'), '');`;

const noSignals = process.platform === 'win32' ? 'nobody is told to end there' : false;

describe('temporary files', () => {
  let below: string;
  before(() => (below = mkdtempSync(path.join(tmpdir(), 'p2p-chat-test-'))));
  after(() => rmSync(below, { recursive: true }));

  const start = (script: string): Promise<Child> =>
    Child.start(
      'a run',
      process.execPath,
      ['--input-type=module', '--eval', importing('temporary-files.ts') + script],
      { env: { TMPDIR: below, TEMP: below, TMP: below } },
    );

  it('go with the run that made them, those of its children too', async () => {
    const run = await start(`keepTemporaryFilesTogether(); ${leave}
      const child = spawn(process.execPath, ['-e', "console.log(require('node:os').tmpdir())"], { stdio: 'inherit' });
      child.once('exit', () => process.exit(3));`);
    const [printed] = await run.line(/.*p2p-chat-run-.*/);
    assert.equal(path.dirname(printed), below);
    assert.equal(await run.finished, 3);
    assert.deepEqual(readdirSync(below), []);
  });

  it('go with a run that is told to end', { skip: noSignals }, async () => {
    const run = await start(`keepTemporaryFilesTogether(); ${leave} new RuntimeFolder();
      console.log('ready'); setInterval(() => {}, 1000);`);
    await run.line(/ready/);
    assert.equal(readdirSync(below).length, 1);
    await run.stop('SIGTERM');
    assert.deepEqual(readdirSync(below), []);
  });

  it('of one program go with it', () => {
    const folder = new RuntimeFolder();
    const { XDG_RUNTIME_DIR, TMPDIR } = folder.env;
    assert.deepEqual([XDG_RUNTIME_DIR, TMPDIR], [folder.path, folder.path]);
    if (process.platform !== 'win32')
      assert.equal(statSync(folder.path).mode & 0o077, 0, 'for this user only');
    folder.remove();
    assert.ok(!existsSync(folder.path));
  });

  it(
    'of one program have room for a socket, however deep the folder for temporary files is',
    { skip: process.platform === 'win32' ? 'pipes have no folder' : false },
    async () => {
      const run = await start(`process.env.TMPDIR = mkdtempSync(path.join('${below}', 'x'.repeat(60)));
        console.log('at ' + new RuntimeFolder().path);`);
      const [, folder = ''] = await run.line(/^at (.*)/);
      const socket = path.join(folder, `vscode-ipc-${crypto.randomUUID()}.sock`);
      assert.ok(Buffer.byteLength(socket) <= 103, socket);
      await run.ended;
      assert.ok(!existsSync(folder));
    },
  );
});
