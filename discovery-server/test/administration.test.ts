import assert from 'node:assert/strict';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { errorBody, SessionClose } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { askServer, backUpServer, NoServerError } from '../src/admin/admin-client.ts';
import { ADMIN_SOCKET, serveAdministration } from '../src/admin/admin-server.ts';
import { readBackup, restoreInto } from '../src/admin/backup.ts';
import { whileStopped } from '../src/admin/offline.ts';
import { OPERATE_HELP, readOperation } from '../src/admin/operate-options.ts';
import { table } from '../src/admin/table.ts';
import { BackupError } from '../src/admin/backup.ts';
import { DataFolderInUseError } from '../src/errors.ts';
import { RESERVATION_MS } from '../src/limits.ts';
import { OptionError } from '../src/options.ts';
import { Refusal } from '../src/refusal.ts';
import { type Harness, type HarnessOptions, startHarness, temporaryFolder } from './harness.ts';
import { type HttpAnswer, person, register, TestSession } from './test-client.ts';

interface Administered extends Harness {
  readonly folder: string;
}

/** A server with a folder, and an operator's way in. */
async function startAdministered(t: TestContext, options: HarnessOptions = {}): Promise<Administered> {
  const folder = options.dataDir ?? (await temporaryFolder(t));
  return {
    ...(await startHarness(t, { ...options, dataDir: folder, administer: serveAdministration })),
    folder,
  };
}

function isRefusal(code: string) {
  return (error: unknown): boolean => error instanceof Refusal && error.code === code;
}

function codeOf({ text }: HttpAnswer): string {
  return decodeJson(errorBody, text).error.code;
}

describe('an operator', () => {
  test('lists everybody by name, with who is online', async (t) => {
    const { folder, member, signedIn } = await startAdministered(t);
    const { who: sam } = await signedIn('sam');
    const carol = await member('Carol');
    const { users = [] } = await askServer(folder, { do: 'list' });
    assert.deepEqual(
      users.map(({ name, identity, online }) => [name, identity, online]),
      [
        ['Carol', carol.identity, false],
        ['sam', sam.identity, true],
      ],
    );
    const lines = table(users).split('\n');
    assert.match(lines[0] ?? '', /^NAME +STATE +LAST SEEN +REGISTERED +IDENTITY$/);
    assert.match(lines[2] ?? '', new RegExp(`^sam +online +2026-01-01 00:00 .* ${sam.identity}$`));
  });

  test('renames somebody: who watches is told, and the session ends so that its client learns it', async (t) => {
    const { folder, url, signedIn } = await startAdministered(t);
    const { who: sam, session } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    await carol.watch(sam.identity);
    const answer = await askServer(folder, { do: 'rename', who: 'SAM', name: 'Sam.K' });
    assert.equal(answer.user?.name, 'Sam');
    const { presence } = await carol.next('presence');
    assert.deepEqual([presence.name, presence.online], ['Sam.K', true]);
    assert.equal((await session.closed).code, SessionClose.renamed);
    const again = TestSession.connect(url);
    assert.equal((await again.signIn(sam)).user.name, 'Sam.K');
  });

  test('is refused a name that is taken, and somebody who is not there', async (t) => {
    const { folder, signedIn, member } = await startAdministered(t);
    const { session } = await signedIn('Sam');
    await member('Carol');
    await assert.rejects(
      askServer(folder, { do: 'rename', who: 'Sam', name: 'CAR0L' }),
      isRefusal('name-taken'),
    );
    await assert.rejects(askServer(folder, { do: 'remove', who: 'Dave' }), isRefusal('not-found'));
    await session.lookUp('0'.repeat(64));
  });

  test('removes somebody by name or identity: who watches is told, the session ends, the name is free', async (t) => {
    const { folder, url, signedIn } = await startAdministered(t);
    const { who: sam, session } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    await carol.watch(sam.identity);
    await askServer(folder, { do: 'remove', who: sam.identity });
    assert.equal((await carol.next('removed')).identity, sam.identity);
    assert.equal((await session.closed).code, SessionClose.deleted);
    assert.equal((await register(url, person('Sam'))).status, 201);
  });
});

describe('a reset identity', () => {
  test('gives the name to whoever has the code and to nobody else, once', async (t) => {
    const { folder, url, signedIn } = await startAdministered(t);
    const { who: sam, session } = await signedIn('Sam');
    const { session: carol } = await signedIn('Carol');
    await carol.ask({ type: 'watch-directory', on: true });
    const { code = '', user } = await askServer(folder, { do: 'reset-identity', who: 'Sam' });
    assert.match(code, /^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
    assert.ok((user?.keptUntil ?? 0) > 0);
    assert.equal((await session.closed).code, SessionClose.deleted);
    assert.equal((await carol.next('removed')).identity, sam.identity);
    assert.equal(codeOf(await register(url, person('Sam'))), 'join-code');
    assert.equal(codeOf(await register(url, person('5am'), { joinCode: 'wrong' })), 'join-code');
    assert.equal(codeOf(await register(url, sam)), 'join-code');
    const renamed = await carol.ask({ type: 'rename', name: 'Sam' });
    assert.ok(renamed.type === 'error' && renamed.code === 'name-taken');
    const next = person('Sam');
    assert.equal(
      (await register(url, next, { joinCode: code.toUpperCase().replaceAll('-', ' ') })).status,
      201,
    );
    assert.equal((await carol.next('account')).presence.identity, next.identity);
    assert.equal(codeOf(await register(url, person('Sam'), { joinCode: code })), 'name-taken');
  });

  test('is told to nobody without the join code of a server that asks for one, and needs its own code there', async (t) => {
    const joinCode = 'sesame';
    const { folder, url } = await startAdministered(t, { joinCode });
    assert.equal((await register(url, person('Sam'), { joinCode })).status, 201);
    const { code = '' } = await askServer(folder, { do: 'reset-identity', who: 'Sam' });
    const said = ({ text }: HttpAnswer): string => decodeJson(errorBody, text).error.message;
    assert.equal(said(await register(url, person('Sam'))), said(await register(url, person('Dave'))));
    assert.equal(codeOf(await register(url, person('Sam'), { joinCode })), 'name-taken');
    assert.equal((await register(url, person('Sam'), { joinCode: code })).status, 201);
  });

  test('is there after a restart, ends after its time, and can be ended before', async (t) => {
    const first = await startAdministered(t);
    await first.member('Sam');
    await first.member('Carol');
    await askServer(first.folder, { do: 'reset-identity', who: 'Sam' });
    await askServer(first.folder, { do: 'reset-identity', who: 'Carol' });
    const { code = '' } = await askServer(first.folder, { do: 'reset-identity', who: 'Carol' });
    await first.server.stop();
    const text = await readFile(path.join(first.folder, 'reservations.json'), 'utf8');
    assert.ok(!text.includes(code));
    const { folder, url, clock } = await startAdministered(t, { dataDir: first.folder });
    const { users = [] } = await askServer(folder, { do: 'list' });
    assert.deepEqual(
      users.map(({ name, identity }) => [name, identity]),
      [
        ['Carol', null],
        ['Sam', null],
      ],
    );
    assert.match(table(users), /^Sam +kept until 2026-01-08/m);
    assert.equal((await register(url, person('Carol'), { joinCode: code })).status, 201);
    await askServer(folder, { do: 'remove', who: 'Sam' });
    assert.equal((await register(url, person('Sam'))).status, 201);
    await askServer(folder, { do: 'reset-identity', who: 'Sam' });
    clock.stall(RESERVATION_MS + 1);
    assert.equal((await register(url, person('Sam'))).status, 201);
  });
});

describe('the way in for an operator', () => {
  test('is a socket for the owner of the folder alone, which goes with the server', async (t) => {
    if (process.platform === 'win32') return t.skip('sockets are no files on Windows');
    const { folder, server } = await startAdministered(t);
    const socket = path.join(folder, ADMIN_SOCKET);
    assert.equal((await stat(socket)).mode & 0o777, 0o600);
    await server.stop();
    await assert.rejects(stat(socket));
    await assert.rejects(askServer(folder, { do: 'list' }), NoServerError);
  });

  test('without a server is the folder itself, which one that runs does not give away', async (t) => {
    const { folder, member, server } = await startAdministered(t);
    const sam = await member('Sam');
    await assert.rejects(
      whileStopped(folder, (administration) => administration.answer({ do: 'list' })),
      DataFolderInUseError,
    );
    await server.stop();
    await whileStopped(folder, (administration) =>
      administration.answer({ do: 'rename', who: 'Sam', name: 'Samuel' }),
    );
    const again = await startAdministered(t, { dataDir: folder });
    const session = TestSession.connect(again.url);
    assert.equal((await session.signIn(sam)).user.name, 'Samuel');
  });

  test('is opened where a killed server left its socket, and missing where the path is too long for one', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, ADMIN_SOCKET), '');
    await startAdministered(t, { dataDir: folder });
    assert.deepEqual(await askServer(folder, { do: 'list' }), { users: [] });
    const long = path.join(await temporaryFolder(t), 'x'.repeat(120));
    const { url } = await startAdministered(t, { dataDir: long });
    assert.equal((await register(url, person('Sam'))).status, 201);
    await assert.rejects(askServer(long, { do: 'list' }), NoServerError);
  });
});

describe('a backup', () => {
  test('taken while people register is whole, and a server goes on from it with the same key', async (t) => {
    const { folder, url, server } = await startAdministered(t, { tls: 'self-made', limits: manyAccounts });
    await register(url, person('Sam'));
    const people = Array.from({ length: 30 }, (_, n) => person(`user-${n}`));
    const registering = Promise.all(people.map((who) => register(url, who)));
    const early = readBackup(await backUpServer(folder));
    assert.ok((await registering).every(({ status }) => status === 201));
    await askServer(folder, { do: 'reset-identity', who: 'user-0' });
    const text = await backUpServer(folder);
    assert.ok(early.accounts.length >= 1 && early.accounts.length <= 31);

    const elsewhere = path.join(await temporaryFolder(t), 'restored');
    await restoreInto(elsewhere, readBackup(text));
    const restored = await startAdministered(t, { dataDir: elsewhere, tls: 'self-made' });
    assert.equal(restored.server.serverKey, server.serverKey);
    const last = people.at(-1);
    assert.ok(last);
    await TestSession.signedIn(restored.url, last);
    assert.equal(codeOf(await register(restored.url, person('user-0'))), 'join-code');
    const { users = [] } = await askServer(elsewhere, { do: 'list' });
    assert.equal(users.length, 31);
  });

  test('that is cut short, or none, is not restored, and none goes over accounts that are there', async (t) => {
    const { folder, member } = await startAdministered(t);
    await member('Sam');
    const text = await backUpServer(folder);
    for (const bad of ['', '{}', text.slice(0, -30), text.replace(/.*"account".*\n/, '')]) {
      assert.throws(() => readBackup(bad), BackupError);
    }
    await assert.rejects(restoreInto(folder, readBackup(text)), BackupError);
  });

  test('can be read by its owner alone, as can what is made of it', async (t) => {
    if (process.platform === 'win32') return t.skip('Windows has other permissions');
    const { folder } = await startAdministered(t, { tls: 'self-made' });
    const elsewhere = await temporaryFolder(t);
    await chmod(elsewhere, 0o700);
    await restoreInto(elsewhere, readBackup(await backUpServer(folder)));
    for (const file of ['accounts.db', 'tls-key.pem', 'reservations.json']) {
      assert.equal((await stat(path.join(elsewhere, file))).mode & 0o777, 0o600);
    }
  });
});

const manyAccounts = { newAccounts: { calls: 1_000, seconds: 60 } };

describe('the options of an operator', () => {
  test('are read', () => {
    const data = './data';
    assert.deepEqual(readOperation(['users', 'list', '--json'], {}), {
      kind: 'list',
      data,
      store: undefined,
      json: true,
      yes: false,
    });
    assert.deepEqual(readOperation(['users', 'remove', 'Sam', '--yes'], { P2P_CHAT_DATA: 'd' }), {
      kind: 'change',
      data: 'd',
      store: undefined,
      json: false,
      yes: true,
      request: { do: 'remove', who: 'Sam' },
    });
    const store = 'redis://localhost/1';
    for (const operation of [
      readOperation(['users', 'list', '--store', store], {}),
      readOperation(['users', 'list'], { P2P_CHAT_STORE: store }),
    ]) {
      assert.equal('store' in operation && operation.store, store);
    }
    assert.deepEqual(readOperation(['backup', 'f', '--data', 'd'], {}), {
      kind: 'backup',
      data: 'd',
      file: 'f',
    });
    assert.equal(readOperation(['users', '--help'], {}).kind, 'help');
    assert.ok(OPERATE_HELP.split('\n').every((line) => line.length <= 110));
  });

  test('are refused with what is missing', () => {
    for (const [args, says] of [
      [['users'], /^"users" goes on with list, rename, remove, reset-identity/],
      [['users', 'ban', 'Sam'], /^"users" goes on with/],
      [['users', 'remove'], /^"users remove" needs a user$/],
      [['users', 'rename', 'Sam'], /needs a user and a new name$/],
      [['users', 'rename', 'Sam', 'Sam K'], /^A name has 1 to 32/],
      [['users', 'list', 'Sam'], /needs nothing more/],
      [['users', 'list', '--store', 'x'], /^--store: it is an address/],
      [['backup'], /^"backup" needs one file$/],
      [['restore', 'a', 'b'], /^"restore" needs one file$/],
      [['users', 'list', '--force'], /--force/],
    ] as const) {
      assert.throws(
        () => readOperation(args, {}),
        (error) => error instanceof OptionError && says.test(error.message),
        args.join(' '),
      );
    }
  });
});
