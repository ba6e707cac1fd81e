import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type Account,
  type AccountStore,
  IdentityRegisteredError,
  NameTakenError,
  StoreFailedError,
  StoreFullError,
} from '../src/store/account-store.ts';

/** An account whose identity is `digit` repeated. */
export function anAccount(name: string, digit: string): Account {
  return { identity: digit.repeat(64), name, registeredAt: 1, lastSeen: null };
}

function byName(accounts: readonly Account[]): Account[] {
  return [...accounts].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * What every AccountStore must do.
 * @param open an empty store, freed after the test
 */
export function storeContract(
  adapter: string,
  open: (t: TestContext, maxAccounts: number) => Promise<AccountStore>,
): void {
  describe(`an account store (${adapter})`, () => {
    test('gives back what was added', async (t) => {
      const store = await open(t, 10);
      assert.equal(await store.add(anAccount('Sam', 'a')), 'added');
      assert.equal(await store.add(anAccount('Carol', 'b')), 'added');
      assert.deepEqual(byName(await store.accounts()), [anAccount('Carol', 'b'), anAccount('Sam', 'a')]);
    });

    test('takes the same name of the same identity for the account that is there', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      assert.equal(await store.add({ ...anAccount('Sam', 'a'), registeredAt: 2 }), 'existing');
      assert.deepEqual(await store.accounts(), [anAccount('Sam', 'a')]);
    });

    test('refuses a name that another identity has, in any case', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      await assert.rejects(store.add(anAccount('sAM', 'b')), NameTakenError);
      assert.equal((await store.accounts()).length, 1);
    });

    test('refuses a second name for an identity, and says which it has', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      await assert.rejects(
        store.add(anAccount('Samuel', 'a')),
        (error) => error instanceof IdentityRegisteredError && error.registeredName === 'Sam',
      );
      await store.add(anAccount('Samuel', 'b'));
    });

    test('gives a name that many want at once to exactly one', async (t) => {
      const store = await open(t, 50);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 16 }, (_, place) => store.add(anAccount('Sam', place.toString(16)))),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof NameTakenError);
      }
      assert.equal((await store.accounts()).length, 1);
    });

    test('adds an account once that is asked for twice at the same time', async (t) => {
      const store = await open(t, 10);
      const outcomes = await Promise.all([
        store.add(anAccount('Sam', 'a')),
        store.add(anAccount('Sam', 'a')),
      ]);
      assert.deepEqual(outcomes.sort(), ['added', 'existing']);
    });

    test('refuses more accounts than it is made for', async (t) => {
      const store = await open(t, 2);
      await store.add(anAccount('Sam', 'a'));
      await store.add(anAccount('Carol', 'b'));
      await assert.rejects(store.add(anAccount('Eve', 'c')), StoreFullError);
      assert.equal(await store.add(anAccount('Sam', 'a')), 'existing');
    });

    test('notes when somebody was last seen, and ignores a stranger', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      await store.touch('a'.repeat(64), 77);
      await store.touch('f'.repeat(64), 88);
      assert.deepEqual(await store.accounts(), [{ ...anAccount('Sam', 'a'), lastSeen: 77 }]);
    });

    test('refuses writes once it is closed, and can be closed twice', async (t) => {
      const store = await open(t, 10);
      await store.close();
      await store.close();
      await assert.rejects(store.add(anAccount('Sam', 'a')), StoreFailedError);
      await assert.rejects(store.touch('a'.repeat(64), 1), StoreFailedError);
    });
  });
}
