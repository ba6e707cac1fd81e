import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Drafts } from '../../src/vscode/drafts.ts';
import { fakeId } from '../fake-peer.ts';

/** A memento in memory. */
function memento(values = new Map<string, unknown>()) {
  return {
    values,
    keys: () => [...values.keys()],
    get: (key: string): unknown => values.get(key),
    update: (key: string, value: unknown) => {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
      return Promise.resolve();
    },
  };
}

const carol = fakeId('Carol');

describe('drafts', () => {
  test('a draft is there at once, and after a reload', () => {
    const store = memento();
    const drafts = new Drafts(store);
    drafts.set(carol, 'Hel');
    drafts.set(carol, 'Hello');
    assert.equal(drafts.get(carol), 'Hello');
    assert.equal(drafts.get(fakeId('Dave')), '');
    drafts.dispose();
    assert.equal(new Drafts(store).get(carol), 'Hello');
  });

  test('an empty draft leaves nothing behind', () => {
    const store = memento();
    const drafts = new Drafts(store);
    drafts.set(carol, 'x');
    drafts.dispose();
    drafts.set(carol, '');
    drafts.dispose();
    assert.deepEqual(store.keys(), []);
  });

  test('what is stored but is no draft is none', () => {
    const store = memento(new Map([[`p2pChat.draft.${carol}`, { text: 'x' }]]));
    assert.equal(new Drafts(store).get(carol), '');
  });

  test('what was typed to a contact goes along when the contact has a new identity', () => {
    const store = memento();
    const drafts = new Drafts(store);
    const anew = fakeId('Carol anew');
    drafts.set(carol, 'Hello');
    drafts.move(carol, anew);
    drafts.move(carol, anew);
    assert.deepEqual([drafts.get(carol), drafts.get(anew)], ['', 'Hello']);
    drafts.dispose();
    assert.equal(store.values.size, 1);
  });
});
