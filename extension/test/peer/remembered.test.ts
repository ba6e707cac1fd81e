import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Remembered } from '../../src/peer/remembered.ts';

function settings(): Map<string, string> & {
  setting(name: string): string | null;
  setSetting(name: string, value: string): void;
} {
  const values = new Map<string, string>();
  return Object.assign(values, {
    setting: (name: string) => values.get(name) ?? null,
    setSetting: (name: string, value: string) => void values.set(name, value),
  });
}

const SAM = 'a'.repeat(64);
const origin = 'https://chat.example.com';

test('what bears a server out is remembered by its origin', () => {
  const remembered = new Remembered(settings(), SAM, []);
  assert.equal(remembered.find(origin), null);
  for (const known of [
    { by: 'authority', seen: 'c'.repeat(64) },
    { by: 'person', key: 'a'.repeat(64) },
    { by: 'invite', key: 'b'.repeat(64) },
  ] as const) {
    remembered.remember(origin, known);
    assert.deepEqual(remembered.find(origin), known);
    assert.equal(remembered.find('https://chat.example.com:8443'), null);
  }
});

test('a pin that cannot be read bears nothing out', () => {
  const store = settings();
  const remembered = new Remembered(store, SAM, []);
  for (const damaged of [
    '',
    '{',
    'null',
    '{"by":"person"}',
    '{"by":"everybody"}',
    '{"by":"person","key":"A"}',
  ]) {
    store.set(`server key ${origin}`, damaged);
    assert.equal(remembered.find(origin), null, damaged);
  }
});

test('the name on a server is remembered until the account is deleted, and which server was used last', () => {
  const remembered = new Remembered(settings(), SAM, []);
  assert.deepEqual([remembered.server, remembered.account(origin)], [null, null]);
  remembered.setAccount('http://127.0.0.1:8000', 'Samuel');
  remembered.setAccount(origin, 'Sam');
  assert.equal(remembered.server, origin);
  assert.equal(remembered.account(origin), 'Sam');
  remembered.forgetAccount(origin);
  assert.equal(remembered.account(origin), null);
  assert.equal(remembered.account('http://127.0.0.1:8000'), 'Samuel');
});

test('the name on a server is that of an identity: of another it is none, of its successor the same', () => {
  const store = settings();
  const [imported, successor] = ['b'.repeat(64), 'c'.repeat(64)];
  new Remembered(store, SAM, []).setAccount(origin, 'Sam');
  assert.equal(new Remembered(store, imported, []).account(origin), null);
  assert.equal(new Remembered(store, imported, [successor]).account(origin), null);
  assert.equal(new Remembered(store, successor, [imported, SAM]).account(origin), 'Sam');
  new Remembered(store, successor, [SAM]).setAccount(origin, 'Sam');
  assert.equal(new Remembered(store, successor, []).account(origin), 'Sam');
  assert.equal(new Remembered(store, SAM, []).account(origin), null);
});

test('an account that cannot be read, or does not say whose it is, is none', () => {
  const store = settings();
  for (const damaged of ['Sam', '{', 'null', '{"name":"Sam"}', `{"name":"S a m","identity":"${SAM}"}`]) {
    store.set(`account ${origin}`, damaged);
    assert.equal(new Remembered(store, SAM, []).account(origin), null, damaged);
  }
});

test('the port that was listened on last is a port, whatever the file says', () => {
  const store = settings();
  const remembered = new Remembered(store, SAM, []);
  assert.equal(remembered.port, 0);
  remembered.port = 5_000;
  assert.equal(remembered.port, 5_000);
  for (const damaged of ['many', '-1', '70000', '']) {
    store.set('listen.port', damaged);
    assert.equal(remembered.port, 0, damaged);
  }
});
