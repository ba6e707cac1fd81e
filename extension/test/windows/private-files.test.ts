import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { createPeerService } from '../../src/peer/service.ts';
import { createPeerClient } from '../../src/windows/client.ts';
import { newMessageId } from '../support/envelopes.ts';
import { atEnd, testFolder } from './cleanup.ts';

/** The modes of a folder and of everything in it, by name. */
function modes(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['.', ...readdirSync(folder).sort()]) {
    found[name] = (statSync(join(folder, name)).mode & 0o777).toString(8);
  }
  return found;
}

/** A folder as an editor makes it where nobody minds who reads what. */
function openFolder(): string {
  const folder = join(testFolder(), 'storage');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  return folder;
}

describe('what lies on the disk is for its owner alone', { skip: process.platform === 'win32' }, () => {
  let umask = 0;
  before(() => (umask = process.umask(0)));
  after(() => process.umask(umask));

  it('the history and the outboxes with what SQLite keeps beside them, in global and workspace storage', async () => {
    const [globalStorage, workspace] = [openFolder(), openFolder()];
    const key = (): string => exportPrivateKey(generateKeyPair());
    const keys = { identityKey: key(), deviceKey: key(), successions: [] };
    const service = await createPeerService({
      globalStorage,
      ...keys,
      version: '0.1.0',
      proxy: { noProxy: [] },
    });
    atEnd(() => service.stop());
    const carol = { identity: 'c'.repeat(64), name: 'Carol', server: 'http://127.0.0.1:8000' };
    await service.request('addContact', carol, {});
    for (const folder of [null, workspace]) {
      const message = { id: newMessageId(), contact: carol.identity, text: 'hello', workspace: folder };
      await service.request('send', message, {});
    }
    const outbox = { 'outbox.db': '600', 'outbox.db-shm': '600', 'outbox.db-wal': '600' };
    const history = { 'chat.db': '600', 'chat.db-shm': '600', 'chat.db-wal': '600' };
    assert.deepEqual(modes(globalStorage), { '.': '700', ...history, ...outbox });
    assert.deepEqual(modes(workspace), { '.': '700', ...outbox });
  });

  it('a history that was made for everybody to read', async () => {
    const globalStorage = openFolder();
    writeFileSync(join(globalStorage, 'chat.db'), '', { mode: 0o666 });
    const key = exportPrivateKey(generateKeyPair());
    const keys = { identityKey: key, deviceKey: key, successions: [] };
    const service = await createPeerService({
      globalStorage,
      ...keys,
      version: '0.1.0',
      proxy: { noProxy: [] },
    });
    atEnd(() => service.stop());
    assert.equal(modes(globalStorage)['chat.db'], '600');
  });

  it('the lock of the owner, its name and the secret of the socket', async () => {
    const globalStorage = openFolder();
    const client = createPeerClient({
      globalStorage,
      peerScript: new URL('./fixtures/peer-worker.ts', import.meta.url),
      version: '1.0.0',
      secrets: () => Promise.resolve({ identityKey: 'i', deviceKey: 'd', successions: [] }),
      log: () => undefined,
    });
    atEnd(() => client.stop());
    const connected = Promise.withResolvers<undefined>();
    client.onConnected(() => connected.resolve(undefined));
    client.start();
    await connected.promise;
    const found = modes(globalStorage);
    assert.equal(found['.'], '700');
    assert.equal(found['owner.lock'], '600');
    assert.equal(found['owner.json'], '600');
    assert.equal(found['peer.secret'], '600');
  });
});
