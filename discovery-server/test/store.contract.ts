import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { nameKey } from '@p2p-chat/protocol/names';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import {
  type Account,
  type AccountStore,
  IdentityRegisteredError,
  IdentityReplacedError,
  NameTakenError,
  NoAccountError,
  StoreFailedError,
  StoreFullError,
} from '../src/store/account-store.ts';

/** An account whose identity is `digit` repeated. */
export function anAccount(name: string, digit: string): Account {
  return { identity: digit.repeat(64), name, registeredAt: 1, lastSeen: null };
}

/** Accounts of one person, each identity following on the one before. */
export function successiveAccounts(name: string, count: number): Account[] {
  const keys: KeyPair[] = Array.from({ length: count }, () => generateKeyPair());
  const links = keys.slice(1).map((to, place) => makeSuccession(keys[place] ?? to, to));
  return keys.map(({ publicKey }, place) => ({
    identity: fingerprintOf(publicKey),
    name,
    registeredAt: 1,
    lastSeen: null,
    ...(place === 0 ? {} : { successions: links.slice(0, place) }),
  }));
}

/** Two accounts, the second of the identity that follows on the first's. */
export function handedOn(name: string): { old: Account; next: Account } {
  const [old, next] = successiveAccounts(name, 2);
  assert.ok(old !== undefined && next !== undefined);
  return { old, next };
}

function byName(accounts: readonly Account[]): Account[] {
  return [...accounts].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * What every AccountStore must do.
 * @param open an empty store, freed after the test
 * @param options `skip`: why it cannot be tried here; `inOrder`: whether of two calls at once the first comes first
 */
export function storeContract(
  adapter: string,
  open: (t: TestContext, maxAccounts: number) => Promise<AccountStore>,
  { skip = false, inOrder = true }: { readonly skip?: string | false; readonly inOrder?: boolean } = {},
): void {
  describe(`an account store (${adapter})`, { skip }, () => {
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

    test('refuses a name that looks like another identity’s', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Bill_Moore', 'a'));
      for (const name of ['bi11.rnoore', 'BILLM0ORE', 'b-i-l-l-m-o-o-r-e']) {
        await assert.rejects(store.add(anAccount(name, 'b')), NameTakenError, name);
      }
      assert.equal(await store.add(anAccount('Bill', 'b')), 'added');
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

    test('notes when and with which device somebody was last seen, and ignores a stranger', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      await store.touch('a'.repeat(64), { lastSeen: 77 });
      await store.touch('f'.repeat(64), { lastSeen: 88 });
      assert.deepEqual(await store.accounts(), [{ ...anAccount('Sam', 'a'), lastSeen: 77 }]);
      const device = 'd'.repeat(64);
      await Promise.all([
        store.touch('a'.repeat(64), { device: 'c'.repeat(64) }),
        store.touch('a'.repeat(64), { device }),
        store.touch('a'.repeat(64), { lastSeen: 78 }),
      ]);
      await store.rename('a'.repeat(64), 'Samuel');
      assert.deepEqual(await store.accounts(), [{ ...anAccount('Samuel', 'a'), lastSeen: 78, device }]);
    });

    test('refuses writes once it is closed, and can be closed twice', async (t) => {
      const store = await open(t, 10);
      await store.close();
      await store.close();
      await assert.rejects(store.add(anAccount('Sam', 'a')), StoreFailedError);
      await assert.rejects(store.touch('a'.repeat(64), { lastSeen: 1 }), StoreFailedError);
      await assert.rejects(store.rename('a'.repeat(64), 'Samuel'), StoreFailedError);
      await assert.rejects(store.remove('a'.repeat(64)), StoreFailedError);
      const { old, next } = handedOn('Sam');
      await assert.rejects(store.replace(old.identity, next), StoreFailedError);
    });

    test('renames an account and frees the name that it had', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      assert.equal(await store.rename('a'.repeat(64), 'Samuel'), 'renamed');
      assert.deepEqual(await store.accounts(), [anAccount('Samuel', 'a')]);
      assert.equal(await store.rename('a'.repeat(64), 'Samuel'), 'existing');
      assert.equal(await store.add(anAccount('Sam', 'b')), 'added');
      await assert.rejects(store.rename('a'.repeat(64), 'sam'), NameTakenError);
      await assert.rejects(store.rename('f'.repeat(64), 'Eve'), NoAccountError);
    });

    test('renames an account to what looks like its own name, and back', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      assert.equal(await store.rename('a'.repeat(64), 's-a-m'), 'renamed');
      await assert.rejects(store.add(anAccount('Sam', 'b')), NameTakenError);
      assert.equal(await store.rename('a'.repeat(64), 'Sam'), 'renamed');
      assert.deepEqual(await store.accounts(), [anAccount('Sam', 'a')]);
    });

    test('gives a name to exactly one of many who want to be renamed to it or registered with it', async (t) => {
      const store = await open(t, 50);
      const people = Array.from({ length: 8 }, (_, place) => anAccount(`u${place}x`, place.toString(16)));
      for (const account of people) await store.add(account);
      const outcomes = await Promise.allSettled([
        ...people.map(({ identity }, place) => store.rename(identity, place % 2 === 0 ? 'Sam' : 's.a.m')),
        ...people.map(({ identity }) => store.rename(identity, 'SAM')),
        store.add(anAccount('sam', 'f')),
      ]);
      const winners = (await store.accounts()).filter(({ name }) => nameKey(name) === nameKey('Sam'));
      assert.equal(winners.length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof NameTakenError);
      }
    });

    test('lets two swap their names only one after the other', async (t) => {
      const store = await open(t, 10);
      await store.add(anAccount('Sam', 'a'));
      await store.add(anAccount('Carol', 'b'));
      const swap = await Promise.allSettled([
        store.rename('a'.repeat(64), 'Carol'),
        store.rename('b'.repeat(64), 'Sam'),
      ]);
      assert.ok(swap.every(({ status }) => status === 'rejected'));
      assert.deepEqual(byName(await store.accounts()), [anAccount('Carol', 'b'), anAccount('Sam', 'a')]);
    });

    test('forgets an account, and gives its name to another identity', async (t) => {
      const store = await open(t, 1);
      await store.add(anAccount('Sam', 'a'));
      assert.equal(await store.remove('a'.repeat(64)), 'removed');
      assert.equal(await store.remove('a'.repeat(64)), 'unknown');
      assert.deepEqual(await store.accounts(), []);
      await store.touch('a'.repeat(64), { lastSeen: 5 });
      assert.equal(await store.add(anAccount('Sam', 'b')), 'added');
      await assert.rejects(store.rename('a'.repeat(64), 'Samuel'), NoAccountError);
      assert.deepEqual(await store.accounts(), [anAccount('Sam', 'b')]);
    });

    test('hands an account on to the next identity, once however often it is asked', async (t) => {
      const store = await open(t, 1);
      const { old, next } = handedOn('Sam');
      await store.add(old);
      const outcomes = await Promise.all([
        store.replace(old.identity, next),
        store.replace(old.identity, next),
      ]);
      assert.deepEqual(outcomes.sort(), ['existing', 'replaced']);
      assert.equal(await store.replace(old.identity, next), 'existing');
      assert.equal(await store.add(next), 'existing');
      assert.deepEqual(await store.accounts(), [next]);
    });

    test('gives an identity that was replaced no account, until its successor’s is gone', async (t) => {
      const store = await open(t, 10);
      const { old, next } = handedOn('Sam');
      await store.add(old);
      await store.replace(old.identity, next);
      for (const name of ['Sam', 'sam', 'Eve']) {
        await assert.rejects(
          store.add({ ...old, name }),
          (error) => error instanceof IdentityReplacedError && error.registeredName === 'Sam',
        );
      }
      await store.remove(next.identity);
      assert.equal(await store.add({ ...old, name: 'Eve' }), 'added');
    });

    test('hands an account on only under its name, and to nobody who has one', async (t) => {
      const store = await open(t, 10);
      const { old, next } = handedOn('Sam');
      await assert.rejects(store.replace(old.identity, next), NoAccountError);
      await store.add(old);
      await assert.rejects(
        store.replace(old.identity, { ...next, name: 'Samuel' }),
        (error) => error instanceof IdentityRegisteredError && error.registeredName === 'Sam',
      );
      await store.add({ ...anAccount('Samuel', 'a'), identity: next.identity });
      await assert.rejects(
        store.replace(old.identity, next),
        (error) => error instanceof IdentityRegisteredError && error.registeredName === 'Samuel',
      );
      assert.equal((await store.accounts()).length, 2);
    });

    test('lets nobody follow on an identity that has an account or another successor', async (t) => {
      const store = await open(t, 10);
      const { old, next } = handedOn('Sam');
      await store.add(old);
      await assert.rejects(store.add({ ...next, name: 'Eve' }), IdentityRegisteredError);
      await store.replace(old.identity, next);
      const thief = { ...anAccount('Eve', 'e'), successions: next.successions };
      await assert.rejects(store.add(thief), IdentityRegisteredError);
      await store.add(anAccount('Mallory', 'c'));
      const other = { ...thief, name: 'Mallory' };
      await assert.rejects(store.replace('c'.repeat(64), other), IdentityRegisteredError);
    });

    test('hands an account on again and again', async (t) => {
      const store = await open(t, 1);
      const [first, second, third] = successiveAccounts('Sam', 3);
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      await store.add(first);
      await store.replace(first.identity, second);
      await store.replace(second.identity, third);
      assert.deepEqual(await store.accounts(), [third]);
      for (const left of [first, second]) await assert.rejects(store.add(left), IdentityReplacedError);
    });

    if (!inOrder) return;
    test('hands an account on under the name that a rename under way gives it', async (t) => {
      const store = await open(t, 10);
      const { old, next } = handedOn('Samuel');
      await store.add({ ...old, name: 'Sam' });
      const outcomes = await Promise.all([
        store.rename(old.identity, 'Samuel'),
        store.replace(old.identity, next),
      ]);
      assert.deepEqual(outcomes, ['renamed', 'replaced']);
      assert.deepEqual(await store.accounts(), [next]);
    });
  });
}
