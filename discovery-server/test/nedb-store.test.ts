import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { DamagedAccountsError, DataFolderError, DataFolderInUseError } from '../src/errors.ts';
import {
  type Account,
  type AccountStore,
  IdentityReplacedError,
  NameTakenError,
  StoreFailedError,
} from '../src/store/account-store.ts';
import type { TornLine } from '../src/store/accounts-file.ts';
import { holdDataFolder } from '../src/store/data-folder.ts';
import { openNedbStore } from '../src/store/nedb.ts';
import { cleanUp } from './cleanup.ts';
import { temporaryFolder } from './harness.ts';
import { anAccount, handedOn } from './store.contract.ts';

const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);

function line(name: string, digit: string, lastSeen: number | null = null): string {
  return `${JSON.stringify({ _id: digit.repeat(64), name, registeredAt: 1, lastSeen })}\n`;
}

function lineOf({ identity, ...rest }: Account): string {
  return `${JSON.stringify({ _id: identity, ...rest })}\n`;
}

async function accountsIn(folder: string): Promise<readonly Account[]> {
  const store = await openNedbStore({ folder, now });
  try {
    return await store.accounts();
  } finally {
    await store.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const store = await openNedbStore({ folder, now });
  try {
    return (await store.accounts()).map(({ name }) => name).sort();
  } finally {
    await store.close();
  }
}

describe('the accounts file', () => {
  test('keeps accounts and last-seen times over a restart', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await openNedbStore({ folder, now });
    await store.add(anAccount('Sam', 'a'));
    await store.touch('a'.repeat(64), { lastSeen: 99 });
    await store.close();
    const again = await openNedbStore({ folder, now });
    cleanUp(t, () => again.close());
    assert.deepEqual(await again.accounts(), [{ ...anAccount('Sam', 'a'), lastSeen: 99 }]);
    assert.equal(await again.add(anAccount('Sam', 'a')), 'existing');
  });

  test('keeps renames, removals and successors over a restart', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await openNedbStore({ folder, now });
    const { old, next } = handedOn('Dan');
    for (const account of [anAccount('Sam', 'a'), anAccount('Carol', 'b'), old]) await store.add(account);
    await store.rename('a'.repeat(64), 'Samuel');
    await store.remove('b'.repeat(64));
    await store.replace(old.identity, next);
    await store.close();
    const again = await openNedbStore({ folder, now });
    cleanUp(t, () => again.close());
    const kept = [...(await again.accounts())].sort((one, other) => (one.name < other.name ? -1 : 1));
    assert.deepEqual(kept, [next, anAccount('Samuel', 'a')]);
    assert.equal(await again.add(anAccount('Carol', 'c')), 'added');
    await assert.rejects(again.add(old), IdentityReplacedError);
    assert.equal(await again.replace(old.identity, next), 'existing');
  });

  test('keeps two names that look alike if both were there before look-alikes counted', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(
      path.join(folder, 'accounts.db'),
      line('Bill', 'a') + line('Bi11', 'b') + line('8.ill', 'c'),
    );
    const reports: TornLine[] = [];
    const store = await openNedbStore({ folder, now, onTornLine: (report) => reports.push(report) });
    cleanUp(t, () => store.close());
    assert.deepEqual((await store.accounts()).map(({ name }) => name).sort(), ['8.ill', 'Bi11', 'Bill']);
    assert.deepEqual(reports, []);
    await assert.rejects(store.add(anAccount('bill', 'd')), NameTakenError);
    await assert.rejects(store.rename('a'.repeat(64), 'BILL'), NameTakenError);
    await store.remove('a'.repeat(64));
    await store.rename('b'.repeat(64), 'Eve');
    await assert.rejects(store.add(anAccount('bill', 'd')), NameTakenError);
    await store.remove('c'.repeat(64));
    assert.equal(await store.add(anAccount('bill', 'd')), 'added');
  });

  test('calls whoever has a name that is none any more by the fingerprint, until they choose one', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, 'accounts.db'), line('Sam', 'a') + line('-_-', 'b'));
    const store = await openNedbStore({ folder, now });
    cleanUp(t, () => store.close());
    const nowCalled = `user-${'b'.repeat(16)}`;
    assert.deepEqual((await store.accounts()).map(({ name }) => name).sort(), ['Sam', nowCalled]);
    await store.rename('b'.repeat(64), 'Bob');
    await store.close();
    assert.deepEqual(await namesIn(folder), ['Bob', 'Sam']);
  });

  test('is for its owner only', { skip: process.platform === 'win32' }, async (t) => {
    const folder = path.join(await temporaryFolder(t), 'made');
    const held = await holdDataFolder(folder);
    cleanUp(t, () => held.release());
    const store = await openNedbStore({ folder, now });
    await store.add(anAccount('Sam', 'a'));
    await store.close();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const name of await readdir(folder)) {
      assert.equal((await stat(path.join(folder, name))).mode & 0o777, 0o600, name);
    }
  });

  for (const [what, torn] of [
    ['without a newline', '{"_id":"bbbb'],
    ['that is not JSON', '{"_id":"bbbb\n'],
    ['of zeros, as a power cut leaves', '\0'.repeat(100_000)],
  ] as const) {
    test(`sets a torn last line aside (${what}) and uses the rest`, async (t) => {
      const folder = await temporaryFolder(t);
      const file = path.join(folder, 'accounts.db');
      await writeFile(file, line('Sam', 'a') + line('Carol', 'c') + torn);
      const reports: TornLine[] = [];
      const store = await openNedbStore({ folder, now, onTornLine: (report) => reports.push(report) });
      cleanUp(t, () => store.close());
      assert.equal((await store.accounts()).length, 2);
      const savedAs = `${file}.torn-2026-01-02T03-04-05.000Z`;
      assert.deepEqual(reports, [{ line: 3, bytes: torn.length, savedAs }]);
      assert.equal(await readFile(savedAs, 'utf8'), torn);
      await store.add(anAccount('Eve', 'e'));
      await store.close();
      assert.deepEqual(await namesIn(folder), ['Carol', 'Eve', 'Sam']);
    });
  }

  test('takes a torn rename, removal or succession for not having happened', async (t) => {
    const { old, next } = handedOn('Sam');
    const removal = `${JSON.stringify({ _id: old.identity, $$deleted: true })}\n`;
    for (const last of [lineOf({ ...old, name: 'Samuel' }), removal, lineOf(next)]) {
      const folder = await temporaryFolder(t);
      const torn = last.slice(0, last.length / 2);
      await writeFile(path.join(folder, 'accounts.db'), lineOf(old) + torn);
      assert.deepEqual(await accountsIn(folder), [old]);
    }
  });

  test('gives an account to its successor when a crash came between the two lines of handing it on', async (t) => {
    const { old, next } = handedOn('Sam');
    const removal = JSON.stringify({ _id: old.identity, $$deleted: true });
    for (const rest of ['', removal.slice(0, 20), removal]) {
      const folder = await temporaryFolder(t);
      await writeFile(path.join(folder, 'accounts.db'), lineOf(old) + lineOf(next) + rest);
      assert.deepEqual(await accountsIn(folder), [next]);
      assert.deepEqual(await accountsIn(folder), [next]);
    }
  });

  test('takes a complete last line that lacks only its newline', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, 'accounts.db'), (line('Sam', 'a') + line('Carol', 'c')).trimEnd());
    assert.deepEqual(await namesIn(folder), ['Carol', 'Sam']);
    assert.deepEqual(await readdir(folder), ['accounts.db']);
  });

  for (const [what, content, where] of [
    ['a line in the middle that is not JSON', `${line('Sam', 'a')}{"_id\n${line('Eve', 'e')}`, /line 2 /],
    ['JSON that is no account', `${line('Sam', 'a')}{"name":"x"}\n${line('Eve', 'e')}`, /line 2 /],
    ['JSON that is no account at the end', `${line('Sam', 'a')}{"name":"x"}\n`, /line 2 /],
    ['a bad line before a torn one', `${line('Sam', 'a')}x\n{"_id`, /line 2 /],
    ['one name twice', line('Sam', 'a') + line('SAM', 'e'), /two identities/],
  ] as const) {
    test(`refuses ${what}, changes nothing and says how to restore`, async (t) => {
      const folder = await temporaryFolder(t);
      const file = path.join(folder, 'accounts.db');
      await writeFile(file, content);
      await assert.rejects(openNedbStore({ folder, now }), (error) => {
        assert.ok(error instanceof DamagedAccountsError);
        assert.match(error.message, where);
        assert.match(error.message, /Restore the file from a backup/);
        assert.ok(error.message.includes(file));
        return true;
      });
      assert.equal(await readFile(file, 'utf8'), content);
      assert.deepEqual(await readdir(folder), ['accounts.db']);
    });
  }

  test('uses the replacement that a compaction left, if it is whole', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, 'accounts.db~'), line('Sam', 'a'));
    assert.deepEqual(await namesIn(folder), ['Sam']);
    const other = await temporaryFolder(t);
    await writeFile(path.join(other, 'accounts.db~'), `${line('Sam', 'a')}{"_id`);
    await assert.rejects(openNedbStore({ folder: other, now }), DamagedAccountsError);
  });

  test('ignores a half-written replacement beside a whole file', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, 'accounts.db'), line('Sam', 'a'));
    await writeFile(path.join(folder, 'accounts.db~'), '{"_id');
    assert.deepEqual(await namesIn(folder), ['Sam']);
  });

  test('acknowledges an account only after its sync, and syncs those that wait together', async (t) => {
    const folder = await temporaryFolder(t);
    const syncs = new EventEmitter();
    let count = 0;
    const store = await openNedbStore({
      folder,
      now,
      sync: async () => {
        count += 1;
        const released = once(syncs, 'release');
        syncs.emit('started');
        await released;
      },
    });
    const started = once(syncs, 'started');
    let acknowledged = 0;
    const add = async (name: string, digit: string): Promise<void> => {
      await store.add(anAccount(name, digit));
      acknowledged += 1;
    };
    const first = add('Sam', 'a');
    await started;
    const others = [add('Carol', 'b'), add('Eve', 'c'), add('Dan', 'd')];
    assert.match(await readFile(path.join(folder, 'accounts.db'), 'utf8'), /Sam/);
    assert.equal(acknowledged, 0);
    const startedAgain = once(syncs, 'started');
    syncs.emit('release');
    await first;
    await startedAgain;
    assert.equal(acknowledged, 1);
    syncs.emit('release');
    await Promise.all(others);
    assert.equal(count, 2);
    const startedToClose = once(syncs, 'started');
    const closing = store.close();
    await startedToClose;
    syncs.emit('release');
    await closing;
  });

  test('keeps nothing of an account that could not be synced, and goes on afterwards', async (t) => {
    const folder = await temporaryFolder(t);
    let broken = false;
    const store = await openNedbStore({
      folder,
      now,
      sync: (file) => (broken ? Promise.reject(new Error('the disk is gone')) : file.datasync()),
    });
    cleanUp(t, () => store.close());
    await store.add(anAccount('Sam', 'a'));
    broken = true;
    await assert.rejects(store.add(anAccount('Carol', 'b')), StoreFailedError);
    broken = false;
    assert.equal(await store.add(anAccount('Carol', 'c')), 'added');
    assert.equal(await store.add(anAccount('Dan', 'b')), 'added');
    await store.close();
    assert.deepEqual(await namesIn(folder), ['Carol', 'Dan', 'Sam']);
  });

  test('changes nothing of an account when the change could not be synced, and can be asked again', async (t) => {
    const { old, next } = handedOn('Dan');
    const changes: [string, (store: AccountStore) => Promise<unknown>, string[]][] = [
      ['rename', (store) => store.rename(old.identity, 'Daniel'), ['Daniel', 'Sam']],
      ['remove', (store) => store.remove(old.identity), ['Sam']],
      ['replace', (store) => store.replace(old.identity, next), ['Dan', 'Sam']],
    ];
    for (const [what, change, names] of changes) {
      const folder = await temporaryFolder(t);
      let broken = false;
      const store = await openNedbStore({
        folder,
        now,
        sync: (file) => (broken ? Promise.reject(new Error('the disk is gone')) : file.datasync()),
      });
      cleanUp(t, () => store.close());
      await store.add(old);
      await store.add(anAccount('Sam', 'a'));
      broken = true;
      await assert.rejects(change(store), StoreFailedError, what);
      broken = false;
      assert.equal(await store.add(old), 'existing', what);
      assert.deepEqual(new Set(await store.accounts()), new Set([old, anAccount('Sam', 'a')]), what);
      await assert.rejects(store.add(anAccount('Dan', 'b')), NameTakenError, what);
      await change(store);
      await store.close();
      assert.deepEqual(await namesIn(folder), names, what);
    }
  });

  test('acknowledges a change only after its sync, and syncs different ones together', async (t) => {
    const folder = await temporaryFolder(t);
    const { old, next } = handedOn('Dan');
    let syncs = 0;
    const store = await openNedbStore({
      folder,
      now,
      sync: async (file) => {
        await file.datasync();
        syncs += 1;
      },
    });
    cleanUp(t, () => store.close());
    for (const account of [old, anAccount('Sam', 'a'), anAccount('Carol', 'b')]) await store.add(account);
    const before = syncs;
    const first = store.add(anAccount('Eve', 'e'));
    const seen: number[] = [];
    const noting = async (change: Promise<unknown>): Promise<void> => {
      await change;
      seen.push(syncs);
    };
    await Promise.all([
      first,
      noting(store.rename('a'.repeat(64), 'Samuel')),
      noting(store.remove('b'.repeat(64))),
      noting(store.replace(old.identity, next)),
    ]);
    assert.deepEqual(seen, [before + 2, before + 2, before + 2]);
  });

  test('lets the second who asked have a name whose owner could not be renamed to it', async (t) => {
    const folder = await temporaryFolder(t);
    let syncs = 0;
    const store = await openNedbStore({
      folder,
      now,
      sync: () => (++syncs === 2 ? Promise.reject(new Error('full')) : Promise.resolve()),
    });
    cleanUp(t, () => store.close());
    await store.add(anAccount('Sam', 'a'));
    const [first, second] = await Promise.allSettled([
      store.rename('a'.repeat(64), 'Samuel'),
      store.add(anAccount('sarnuel', 'b')),
    ]);
    assert.ok(first.status === 'rejected' && first.reason instanceof StoreFailedError);
    assert.deepEqual(second, { status: 'fulfilled', value: 'added' });
    await assert.rejects(store.add(anAccount('Sam', 'c')), NameTakenError);
  });

  test('gives a name to the second who asked when the first could not be stored', async (t) => {
    const folder = await temporaryFolder(t);
    let syncs = 0;
    const store = await openNedbStore({
      folder,
      now,
      sync: () => (++syncs === 1 ? Promise.reject(new Error('full')) : Promise.resolve()),
    });
    cleanUp(t, () => store.close());
    const [first, second] = await Promise.allSettled([
      store.add(anAccount('Sam', 'a')),
      store.add(anAccount('Sam', 'b')),
    ]);
    assert.equal(first.status, 'rejected');
    assert.deepEqual(second, { status: 'fulfilled', value: 'added' });
  });
});

describe('a data folder', () => {
  test('is held by one at a time, and free again after release', async (t) => {
    const folder = await temporaryFolder(t);
    const held = await holdDataFolder(folder);
    await assert.rejects(holdDataFolder(folder), DataFolderInUseError);
    held.release();
    held.release();
    (await holdDataFolder(folder)).release();
  });

  test('that cannot be made is refused with what to do', async (t) => {
    const file = path.join(await temporaryFolder(t), 'file');
    await writeFile(file, '');
    await assert.rejects(holdDataFolder(path.join(file, 'data')), (error) => {
      assert.ok(error instanceof DataFolderError);
      assert.match(error.message, /cannot be written .* --data/);
      return true;
    });
  });
});
