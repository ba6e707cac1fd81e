import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { backupOf, BackupError, readBackup, restoreInto } from '../src/admin/backup.ts';
import { keepOwner, whileStopped } from '../src/admin/offline.ts';
import { DataFolderError } from '../src/errors.ts';
import { run } from './command.ts';
import { temporaryFolder } from './harness.ts';

/** The user of the server, as by systemd's DynamicUser: nobody, and not who runs the test. */
const SERVICE = 65_534;

const notRoot = process.getuid?.() !== 0 && 'only root can act for others';

async function ownerOf(file: string): Promise<number> {
  return (await stat(file)).uid;
}

/** The folder of a server that runs as another user, and a file of root's beside it. */
async function foreignFolder(t: TestContext): Promise<{ folder: string; precious: string }> {
  const around = await temporaryFolder(t);
  const [folder, precious] = [path.join(around, 'data'), path.join(around, 'precious')];
  await mkdir(folder);
  await writeFile(path.join(folder, 'accounts.db'), '');
  await chown(path.join(folder, 'accounts.db'), SERVICE, SERVICE);
  await chown(folder, SERVICE, SERVICE);
  await writeFile(precious, 'a line without an end');
  return { folder, precious };
}

const list = (folder: string): Promise<unknown> =>
  whileStopped(folder, (administration) => administration.answer({ do: 'list' }));

describe("root in the folder of the server's user", { skip: notRoot }, () => {
  test('leaves what it wrote to that user, and gives them nothing else', async (t) => {
    const { folder, precious } = await foreignFolder(t);
    await symlink(precious, path.join(folder, 'elsewhere'));
    await writeFile(path.join(folder, 'join-code'), 'sesame');
    await list(folder);
    for (const file of ['accounts.db', 'server.lock'])
      assert.equal(await ownerOf(path.join(folder, file)), SERVICE);
    assert.equal(await ownerOf(precious), 0);
    assert.equal(await ownerOf(path.join(folder, 'join-code')), 0);
    await symlink(precious, path.join(folder, 'accounts.db.torn-1'));
    await keepOwner(folder);
    assert.equal(await ownerOf(precious), 0);
  });

  test('follows no link of theirs to a file of its own', async (t) => {
    for (const name of ['reservations.json', 'accounts.db.torn-1', 'tls-key.pem']) {
      const { folder, precious } = await foreignFolder(t);
      await symlink(precious, path.join(folder, name));
      await assert.rejects(list(folder), DataFolderError);
      assert.equal(await readFile(precious, 'utf8'), 'a line without an end');
      assert.equal(await ownerOf(precious), 0);
    }
  });
});

describe('whoever may not open the folder', () => {
  test('is told in one line who may', { skip: notRoot }, async (t) => {
    const around = await temporaryFolder(t);
    await chmod(around, 0o755);
    const data = path.join(around, 'data');
    await mkdir(data, { mode: 0o700 });
    await writeFile(path.join(data, 'accounts.db'), '');
    const main = path.join(import.meta.dirname, '../src/main.ts');
    const flags = process.execArgv.filter((flag) => flag.includes('strip-types'));
    for (const words of [
      ['users', 'list'],
      ['backup', '-'],
    ]) {
      const refused = await promisify(execFile)(
        process.execPath,
        [...flags, main, ...words, '--data', data],
        { uid: SERVICE, gid: SERVICE },
      ).catch((error: unknown) => error);
      assert.ok(refused instanceof Error && 'stderr' in refused && 'code' in refused);
      assert.equal(refused.code, 1);
      assert.match(String(refused.stderr), /^discovery-server: \S+ is for another user: [^\n]+\n$/);
    }
  });
});

describe('a restore', () => {
  const nothing = backupOf({ folder: '/nowhere', at: 0, accounts: [], reservations: [] });

  test('goes into no folder that has anything, and leaves it as it is', async (t) => {
    const folder = await temporaryFolder(t);
    const file = path.join(await temporaryFolder(t), 'chat.backup');
    await writeFile(file, await nothing);
    await writeFile(path.join(folder, 'thesis.tex'), '');
    await assert.rejects(restoreInto(folder, readBackup(await nothing)), BackupError);
    const { code, stderr } = await run(['restore', file, '--data', folder]);
    assert.equal(code, 1);
    assert.match(stderr, /has thesis\.tex already, and nothing was changed/);
    assert.deepEqual(await readdir(folder), ['thesis.tex']);
  });

  test('goes into the top of an empty file system', async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(path.join(folder, 'lost+found'));
    await restoreInto(folder, readBackup(await nothing));
    assert.ok((await readdir(folder)).includes('accounts.db'));
  });
});
