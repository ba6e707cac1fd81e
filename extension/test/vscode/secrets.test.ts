import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  encodePublicKey,
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
} from '@p2p-chat/protocol/identity';
import { MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import { verifySuccessions } from '@p2p-chat/protocol/succession';
import { PeerError } from '../../src/peer-api.ts';
import {
  importIdentity,
  joinCodeFor,
  keepJoinCode,
  loadIdentity,
  loadSecrets,
  replaceIdentity,
  type Secrets,
  type SecretStore,
} from '../../src/vscode/secrets.ts';

const IDENTITY_KEY = 'p2pChat.identityKey';
const SUCCESSIONS = 'p2pChat.successions';

class Killed extends Error {}

/** VS Code's secret storage in memory, which may be killed before a write. */
class FakeStore implements SecretStore {
  readonly kept = new Map<string, string>();
  /** Writes that still happen. */
  writes = Infinity;
  forgetful = false;
  get = (key: string): Promise<string | undefined> => Promise.resolve(this.kept.get(key));

  store = (key: string, value: string): Promise<void> => {
    if (this.writes-- <= 0) return Promise.reject(new Killed());
    if (!this.forgetful) this.kept.set(key, value);
    return Promise.resolve();
  };
}

const own = ({ identityKey }: Secrets): string => fingerprintOf(importPrivateKey(identityKey).publicKey);

/** Does something to the store again and again, killed before one write more each time, until it is not killed. */
async function killedAnywhere(
  setUp: () => Promise<FakeStore>,
  act: (store: FakeStore) => Promise<unknown>,
  look: (store: FakeStore, killed: boolean) => Promise<void>,
): Promise<number> {
  for (let writes = 0; ; writes++) {
    const store = await setUp();
    store.writes = writes;
    let killed = false;
    try {
      await act(store);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      killed = true;
    }
    store.writes = Infinity;
    await look(store, killed);
    if (!killed) return writes;
  }
}

describe('the secrets of this installation', () => {
  test('are made at first use, differ from each other and stay', async () => {
    const store = new FakeStore();
    const first = await loadSecrets(store);
    assert.notEqual(first.identityKey, first.deviceKey);
    assert.deepEqual(first.successions, []);
    assert.deepEqual(await loadSecrets(store), first);
  });

  test('a key that is damaged is set aside and another made', async () => {
    const store = new FakeStore();
    store.kept.set(IDENTITY_KEY, 'rubbish');
    const { identityKey } = await loadSecrets(store);
    assert.ok(importPrivateKey(identityKey));
    assert.equal(store.kept.get(`${IDENTITY_KEY}.damaged`), 'rubbish');
  });

  test('a storage that keeps nothing is said, not worked around', async () => {
    const store = new FakeStore();
    store.forgetful = true;
    const isLost = (error: unknown): boolean => error instanceof PeerError && error.code === 'identity-lost';
    await assert.rejects(loadSecrets(store), isLost);
    const keeping = new FakeStore();
    await loadSecrets(keeping);
    keeping.forgetful = true;
    await assert.rejects(importIdentity(keeping, generateKeyPair()), isLost);
    await assert.rejects(replaceIdentity(keeping), isLost);
  });

  test('a replaced identity says by whom it follows, through several replacements', async () => {
    const store = new FakeStore();
    const identities = [own(await loadSecrets(store))];
    for (let i = 0; i < 3; i++) identities.push(fingerprintOf((await replaceIdentity(store)).publicKey));
    const secrets = await loadSecrets(store);
    assert.equal(own(secrets), identities.at(-1));
    assert.deepEqual(verifySuccessions(secrets.successions), identities);
  });

  test('of replacements the newest are kept, as many as are told on', async () => {
    const store = new FakeStore();
    for (let i = 0; i < MAX_SUCCESSIONS + 2; i++) await replaceIdentity(store);
    const secrets = await loadSecrets(store);
    assert.equal(secrets.successions.length, MAX_SUCCESSIONS);
    assert.equal(verifySuccessions(secrets.successions).at(-1), own(secrets));
  });

  test('killed before any write of a replacement, it is the old identity or the new one, with all that led to it', async () => {
    let before: Secrets | undefined;
    const writes = await killedAnywhere(
      async () => {
        const store = new FakeStore();
        await replaceIdentity(store);
        before = await loadSecrets(store);
        return store;
      },
      replaceIdentity,
      async (store, killed) => {
        const after = await loadSecrets(store);
        assert.ok(before);
        if (killed) assert.deepEqual(after, before);
        else assert.equal(after.successions.length, 2);
        assert.equal(verifySuccessions(after.successions).at(-1), own(after));
        // And the next replacement goes on from there.
        const next = await replaceIdentity(store);
        const { successions } = await loadSecrets(store);
        assert.deepEqual(verifySuccessions(successions).slice(-2), [
          own(after),
          fingerprintOf(next.publicKey),
        ]);
      },
    );
    assert.equal(writes, 2, 'the statement and the key are written, in this order');
  });

  test('a statement is stored before the key that it is about', async () => {
    const store = new FakeStore();
    await loadSecrets(store);
    store.writes = 1;
    await assert.rejects(replaceIdentity(store), Killed);
    assert.ok(store.kept.has(SUCCESSIONS));
  });

  test('statements about somebody else, or forged, or no statements at all, are left out', async () => {
    const store = new FakeStore();
    await replaceIdentity(store);
    const stored = store.kept.get(SUCCESSIONS) ?? '';
    const key = await loadIdentity(store);
    store.kept.set(IDENTITY_KEY, exportPrivateKey(generateKeyPair()));
    assert.deepEqual((await loadSecrets(store)).successions, []);
    store.kept.set(IDENTITY_KEY, exportPrivateKey(key));
    assert.equal((await loadSecrets(store)).successions.length, 1);
    const stranger = encodePublicKey(generateKeyPair().publicKey);
    for (const text of [stored.replace(/"from":"[^"]+"/, `"from":"${stranger}"`), '[{}]', 'rubbish', '{}']) {
      store.kept.set(SUCCESSIONS, text);
      assert.deepEqual((await loadSecrets(store)).successions, [], text);
    }
  });

  test('an imported identity is this installation’s, with a device key of its own; the one before is set aside', async () => {
    const store = new FakeStore();
    const before = await loadSecrets(store);
    const imported = generateKeyPair();
    await importIdentity(store, imported);
    const after = await loadSecrets(store);
    assert.equal(after.identityKey, exportPrivateKey(imported));
    assert.equal(after.deviceKey, before.deviceKey);
    assert.equal(store.kept.get(`${IDENTITY_KEY}.before.${own(before)}`), before.identityKey);
  });

  test('killed before any write of an import, neither identity is lost', async () => {
    const imported = generateKeyPair();
    let before: Secrets | undefined;
    const writes = await killedAnywhere(
      async () => {
        const store = new FakeStore();
        before = await loadSecrets(store);
        return store;
      },
      (store) => importIdentity(store, imported),
      async (store, killed) => {
        const after = await loadSecrets(store);
        assert.equal(after.identityKey, killed ? before?.identityKey : exportPrivateKey(imported));
        assert.ok([...store.kept.values()].includes(before?.identityKey ?? ''));
      },
    );
    assert.equal(writes, 2);
  });

  test('importing what is there already writes nothing', async () => {
    const store = new FakeStore();
    await loadSecrets(store);
    store.writes = 0;
    await importIdentity(store, await loadIdentity(store));
  });

  test('a join code is known for the server that it was typed for', async () => {
    const store = new FakeStore();
    assert.equal(await joinCodeFor(store, 'https://a.example'), undefined);
    await keepJoinCode(store, 'https://a.example', 'open sesame');
    assert.equal(await joinCodeFor(store, 'https://a.example'), 'open sesame');
    assert.equal(await joinCodeFor(store, 'https://b.example'), undefined);
  });
});
