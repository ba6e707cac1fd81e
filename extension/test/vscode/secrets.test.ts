import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  encodePublicKey,
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
} from '@p2p-chat/protocol/identity';
import { MAX_SUCCESSIONS } from '@p2p-chat/protocol/limits';
import { formatSuccessions, readSuccessions } from '@p2p-chat/protocol/succession-block';
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

/** A storage that two windows use: each look and each write takes its time, another one with each seed. */
class SharedStore extends FakeStore {
  #seed: number;

  constructor(seed: number) {
    super();
    this.#seed = seed;
    const { get, store } = this;
    this.get = async (key) => {
      await this.#turns();
      return get(key);
    };
    this.store = async (key, value) => {
      await this.#turns();
      await store(key, value);
    };
  }

  /** 0 to 7 turns of the loop, by a linear congruential generator. */
  async #turns(): Promise<void> {
    this.#seed = (this.#seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    for (let left = Math.floor(this.#seed / 2 ** 29); left > 0; left--) await turn();
  }
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
    assert.equal(writes, 4, 'the old key, what led to it, the statement and the new key are written');
  });

  test('a statement is stored before the key that it is about, and the old key is set aside before both', async () => {
    const store = new FakeStore();
    const before = await loadSecrets(store);
    const aside = `${IDENTITY_KEY}.before.${own(before)}`;
    store.writes = 1;
    await assert.rejects(replaceIdentity(store), Killed);
    assert.deepEqual([store.kept.get(aside), store.kept.has(SUCCESSIONS)], [before.identityKey, false]);
    store.writes = 2;
    await assert.rejects(replaceIdentity(store), Killed);
    assert.ok(store.kept.has(SUCCESSIONS));
  });

  test('two windows that replace at the same instant end with one identity and the statements that lead to it', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const store = new SharedStore(seed);
      const before = own(await loadSecrets(store));
      const ended = await Promise.all([replaceIdentity(store), replaceIdentity(store)]);
      const after = await loadSecrets(store);
      const identities = verifySuccessions(after.successions);
      assert.ok(identities.includes(before), `from the old identity, seed ${seed}`);
      assert.equal(identities.at(-1), own(after), `to the one that is stored, seed ${seed}`);
      assert.ok(
        ended.some(({ publicKey }) => fingerprintOf(publicKey) === own(after)),
        `seed ${seed}`,
      );
    }
  });

  test('a storage that keeps keys and no statements is said', async () => {
    const store = new FakeStore();
    await loadSecrets(store);
    const { store: write } = store;
    store.store = (key, value) => (key === SUCCESSIONS ? Promise.resolve() : write(key, value));
    await assert.rejects(
      replaceIdentity(store),
      (error) => error instanceof PeerError && error.code === 'identity-lost',
    );
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

  test('an identity that was replaced before brings its statements along to another machine', async () => {
    const here = new FakeStore();
    await replaceIdentity(here);
    const { successions } = await loadSecrets(here);
    const file = formatSuccessions(successions);
    const there = new FakeStore();
    await loadSecrets(there);
    const identity = await loadIdentity(here);
    await importIdentity(there, identity, readSuccessions(file, identity));
    assert.deepEqual((await loadSecrets(there)).successions, successions);
  });

  test('statements that do not end with the imported identity are not taken', async () => {
    const elsewhere = new FakeStore();
    await replaceIdentity(elsewhere);
    const { successions } = await loadSecrets(elsewhere);
    const store = new FakeStore();
    await loadSecrets(store);
    await importIdentity(store, generateKeyPair(), successions);
    assert.equal(store.kept.has(SUCCESSIONS), false);
  });

  test('an identity that was set aside and comes back has its statements again', async () => {
    const store = new FakeStore();
    await replaceIdentity(store);
    const before = await loadSecrets(store);
    const other = new FakeStore();
    await replaceIdentity(other);
    await importIdentity(store, await loadIdentity(other), (await loadSecrets(other)).successions);
    await importIdentity(store, importPrivateKey(before.identityKey));
    assert.deepEqual((await loadSecrets(store)).successions, before.successions);
  });

  test('killed before any write of an import, neither identity is lost, nor what led to the one that counts', async () => {
    const elsewhere = new FakeStore();
    await replaceIdentity(elsewhere);
    const imported = await loadSecrets(elsewhere);
    let before: Secrets | undefined;
    const writes = await killedAnywhere(
      async () => {
        const store = new FakeStore();
        await replaceIdentity(store);
        before = await loadSecrets(store);
        return store;
      },
      (store) => importIdentity(store, importPrivateKey(imported.identityKey), imported.successions),
      async (store, killed) => {
        const { identityKey, successions } = await loadSecrets(store);
        const expected = killed ? before : imported;
        assert.equal(identityKey, expected?.identityKey);
        assert.deepEqual(successions, expected?.successions);
        assert.ok([...store.kept.values()].includes(before?.identityKey ?? ''));
      },
    );
    assert.equal(writes, 4);
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
    await keepJoinCode(store, 'https://B.example:443/', 'of another server');
    assert.equal(await joinCodeFor(store, 'https://b.example'), 'of another server');
    assert.equal(await joinCodeFor(store, 'https://a.example'), 'open sesame');
    await keepJoinCode(store, 'https://a.example', 'changed since');
    assert.equal(await joinCodeFor(store, 'https://a.example'), 'changed since');
  });
});
