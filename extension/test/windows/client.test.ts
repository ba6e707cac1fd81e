import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { PeerError, type Snapshot } from '../../src/peer-api.ts';
import { acquireOwnerLock } from '../../src/peer/owner-lock.ts';
import { publishRendezvous, readRendezvous } from '../../src/peer/rendezvous.ts';
import { createPeerClient, type PeerClientOptions, type WindowPeerClient } from '../../src/windows/client.ts';
import { atEnd, testFolder } from './cleanup.ts';
import { journalOf, startsIn } from './fixtures/fake-service.ts';
import { carol } from './fixtures/people.ts';

const isWindows = process.platform === 'win32';

interface Window {
  readonly client: WindowPeerClient;
  readonly log: string[];
  connected(): Promise<string>;
}

function ownerOf({ status }: Snapshot): string {
  return status.kind === 'online' ? status.server : status.kind;
}

function openWindow(globalStorage: string, changes: Partial<PeerClientOptions> = {}): Window {
  const log: string[] = [];
  const client = createPeerClient({
    globalStorage,
    peerScript: new URL('./fixtures/peer-worker.ts', import.meta.url),
    version: '1.0.0',
    secrets: () => Promise.resolve({ identityKey: 'i', deviceKey: 'd', successions: [] }),
    log: (level, text) => log.push(`${level} ${text}`),
    ...changes,
  });
  atEnd(() => client.stop());
  const connected = (): Promise<string> =>
    new Promise((resolve) => {
      const end = client.onConnected((snapshot) => {
        end();
        resolve(ownerOf(snapshot));
      });
    });
  return { client, log, connected };
}

const online = {
  server: 's',
  name: 'Sam',
  listenHost: '',
  listenPort: 0,
  joinCode: null,
  byPerson: true,
  serverKey: null,
};

/** Handles that keep this process alive, by kind: Node's own list. */
const handles = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => !['Immediate', 'TTYWrap', 'PipeWrap'].includes(kind))
    .sort();

describe('a window', () => {
  it('becomes the owner, is answered, and leaves nothing behind', async () => {
    const folder = testFolder();
    const before = handles();
    const { client, log } = openWindow(folder);
    assert.equal(client.snapshot, undefined);
    client.start();
    assert.deepEqual(await client.request('goOnline', online), { accountCreated: true });
    const address = (await readRendezvous(folder))?.address ?? '';
    assert.ok(isWindows || existsSync(address));
    await client.stop();
    assert.ok(isWindows || !existsSync(address));
    const lock = acquireOwnerLock(folder);
    assert.ok(lock, 'the lock is free');
    lock.release();
    assert.deepEqual(handles(), before);
    assert.deepEqual(readdirSync(folder).sort(), ['journal', 'owner.json', 'owner.lock', 'peer.secret']);
    assert.deepEqual(journalOf(folder).at(-1)?.split(' ')[1], 'stop');
    assert.deepEqual(
      log.filter((line) => /^(warn|error)/.test(line)),
      [],
    );
    await assert.rejects(client.request('goOffline', {}), PeerError);
  });

  it('keeps its snapshot current', async () => {
    const { client } = openWindow(testFolder());
    client.start();
    await client.request('goOffline', {});
    assert.deepEqual(client.snapshot?.contacts, []);
    const pushed = new Promise((resolve) => client.onPush('contact', resolve));
    await client.request('moreDirectory', {});
    assert.deepEqual(await pushed, carol);
    assert.deepEqual(client.snapshot.contacts, [carol]);
  });

  it('can be stopped at any moment, also before it is connected', async () => {
    for (let turns = 0; turns < 40; turns += 2) {
      const folder = testFolder();
      const { client } = openWindow(folder);
      client.start();
      const waiting = client.request('goOffline', {});
      waiting.catch(() => undefined);
      for (let i = 0; i < turns ** 2; i++) await new Promise((resolve) => setImmediate(resolve));
      await client.stop();
      await waiting.catch((error: unknown) => assert.ok(error instanceof PeerError));
      const lock = existsSync(`${folder}/owner.lock`) ? acquireOwnerLock(folder) : null;
      assert.ok(lock ?? !existsSync(`${folder}/owner.lock`));
      lock?.release();
    }
  });

  it('says at once what is wrong when the peer cannot start, and tries again when asked', async () => {
    const folder = testFolder();
    let identityKey = 'lost';
    const { client } = openWindow(folder, {
      secrets: () => Promise.resolve({ identityKey, deviceKey: 'd', successions: [] }),
    });
    client.start();
    await assert.rejects(client.request('goOnline', online), { code: 'identity-lost' });
    await assert.rejects(client.request('goOnline', online), { code: 'identity-lost' });
    identityKey = 'found';
    assert.deepEqual(await client.request('goOnline', online), { accountCreated: true });
  });

  it('says which file a real peer cannot open and what to do about it, and tries again when asked', async () => {
    const folder = testFolder();
    const path = join(folder, 'chat.db');
    const file = new DatabaseSync(path);
    file.exec('PRAGMA user_version = 1000');
    file.close();
    const key = (): string => exportPrivateKey(generateKeyPair());
    const keys = { identityKey: key(), deviceKey: key(), successions: [] };
    const { client } = openWindow(folder, {
      peerScript: new URL('../../src/peer/main.ts', import.meta.url),
      secrets: () => Promise.resolve(keys),
    });
    client.start();
    await assert.rejects(client.request('ownIdentity', {}), {
      code: 'storage-failed',
      message: `${path} was written by a newer version of P2P Chat: update the extension to read it.`,
    });
    rmSync(path);
    assert.equal((await client.request('ownIdentity', {})).account, null);
  });

  it('has another owner at once when a mistake ends the first one', async () => {
    const folder = testFolder();
    const [first, second] = [openWindow(folder), openWindow(folder)];
    const owner = first.connected();
    first.client.start();
    await owner;
    const alsoConnected = second.connected();
    second.client.start();
    assert.equal(await alsoConnected, await owner);
    const again = Promise.all([first.connected(), second.connected()]);
    await second.client.request('addWorkspace', { workspace: 'crash' });
    const [one, other] = await again;
    assert.equal(one, other);
    assert.notEqual(one, await owner);
    assert.ok(first.log.some((line) => /^error .*a mistake somewhere/.test(line)));
    assert.equal(startsIn(folder).length, 2);
  });

  it('has the next peer at once when the running one finds a file damaged, and its log names the file', async () => {
    const folder = testFolder();
    const window = openWindow(folder);
    const { client, log } = window;
    const owner = window.connected();
    client.start();
    await owner;
    const next = window.connected();
    assert.deepEqual(await client.request('addWorkspace', { workspace: 'damage' }), {});
    assert.notEqual(await next, await owner);
    assert.ok(log.some((line) => line.startsWith('error /global/chat.db is damaged')));
    assert.deepEqual(
      journalOf(folder).map((line) => line.split(' ')[1]),
      ['start', 'stop', 'start'],
    );
  });

  it('has a peer with fresh secrets after a restart, and so has every other window', async () => {
    const folder = testFolder();
    let asked = 0;
    const secrets = (): Promise<{ identityKey: string; deviceKey: string; successions: [] }> => {
      asked += 1;
      return Promise.resolve({ identityKey: `key ${asked}`, deviceKey: 'd', successions: [] });
    };
    const [first, second] = [openWindow(folder, { secrets }), openWindow(folder, { secrets })];
    const owner = first.connected();
    first.client.start();
    await owner;
    const alsoConnected = second.connected();
    second.client.start();
    await alsoConnected;
    const again = Promise.all([first.connected(), second.connected()]);
    assert.deepEqual(await second.client.request('restart', {}), {});
    const [one, other] = await again;
    assert.equal(one, other);
    assert.notEqual(one, await owner);
    assert.equal(asked, 2);
    assert.deepEqual(
      startsIn(folder).map((line) => line.split(' ').at(-1)),
      ['1.0.0', '1.0.0'],
    );
    assert.ok(journalOf(folder).some((line) => line.endsWith(' stop')));
    assert.ok([...first.log, ...second.log].every((line) => !/^(warn|error)/.test(line)));
  });

  it('does not take somebody for the owner who does not know the secret', async () => {
    const folder = testFolder();
    const first = openWindow(folder);
    first.client.start();
    await first.client.request('goOffline', {});
    const before = readFileSync(`${folder}/peer.secret`, 'utf8');
    const changed = before.replace(
      /"secret":"./,
      (start) => start.slice(0, -1) + (start.endsWith('0') ? '1' : '0'),
    );
    writeFileSync(`${folder}/peer.secret`, changed);
    const second = openWindow(folder);
    second.client.start();
    while (!second.log.some((line) => line.includes('does not know the secret'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(second.client.snapshot, undefined);
    writeFileSync(`${folder}/peer.secret`, before);
    await second.client.request('goOffline', {});
    assert.equal(startsIn(folder).length, 1);
  });

  it('is not disturbed by the rendezvous of an owner that was killed', async () => {
    const folder = testFolder();
    publishRendezvous(folder, `${folder}/nobody.sock`);
    const { client } = openWindow(folder);
    client.start();
    await client.request('goOffline', {});
    assert.equal(startsIn(folder).length, 1);
  });
});

describe('versions', () => {
  it('let a newer window take over, and an older one join it', async () => {
    const folder = testFolder();
    const older = openWindow(folder, { version: '1.9.0' });
    older.client.start();
    await older.client.request('goOffline', {});
    const moved = older.connected();
    const newer = openWindow(folder, { version: '1.10.0' });
    newer.client.start();
    await newer.client.request('goOffline', {});
    await moved;
    assert.deepEqual(
      startsIn(folder).map((line) => line.split(' ').at(-1)),
      ['1.9.0', '1.10.0'],
    );
    assert.deepEqual(older.client.snapshot, newer.client.snapshot);
    const oldest = openWindow(folder, { version: '1.2.0' });
    oldest.client.start();
    await oldest.client.request('goOffline', {});
    assert.equal(startsIn(folder).length, 2);
    await newer.client.stop();
    // The oldest may win for a moment, but hands over to the other.
    await older.client.request('goOffline', {});
    assert.equal(startsIn(folder).at(-1)?.split(' ').at(-1), '1.9.0');
  });
});
