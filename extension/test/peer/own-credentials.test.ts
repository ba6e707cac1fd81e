import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { StorageError } from '../../src/core/storage-ports.ts';
import { ownCredentials } from '../../src/peer/own-credentials.ts';
import { memoryHistory } from '../support/memory-stores.ts';

const NOW = Date.UTC(2026, 0, 1);

function newKeys(): { identity: KeyPair; device: KeyPair } {
  return { identity: generateKeyPair(), device: generateKeyPair() };
}

describe('the certificates of a device', () => {
  it('are made once', async () => {
    const [keys, history] = [newKeys(), memoryHistory()];
    const made = await ownCredentials(keys, history, NOW);
    assert.deepEqual(await ownCredentials(keys, history, NOW), made);
  });

  it('are made anew for other keys', async () => {
    const [keys, history] = [newKeys(), memoryHistory()];
    await ownCredentials(keys, history, NOW);
    for (const other of [newKeys(), { ...keys, device: generateKeyPair() }]) {
      const { identity, device } = await ownCredentials(other, history, NOW);
      assert.equal(identity, fingerprintOf(other.identity.publicKey));
      assert.equal(device, fingerprintOf(other.device.publicKey));
    }
  });

  it('are made anew when what was kept cannot be read', async () => {
    const [keys, history] = [newKeys(), memoryHistory()];
    const { chain } = await ownCredentials(keys, history, NOW);
    for (const damaged of ['?', chain.slice(0, 300), chain.replace('MII', 'AAA')]) {
      history.setSetting('certificates', damaged);
      const { identity } = await ownCredentials(keys, history, NOW);
      assert.equal(identity, fingerprintOf(keys.identity.publicKey));
      assert.notEqual(history.setting('certificates'), damaged);
    }
  });

  it('serve this time when the disk does not keep them', async () => {
    const keys = newKeys();
    const full = {
      setting: () => null,
      setSetting: () => {
        throw new StorageError('The disk is full: make room, then try again.');
      },
    };
    const { identity } = await ownCredentials(keys, full, NOW);
    assert.equal(identity, fingerprintOf(keys.identity.publicKey));
  });
});
