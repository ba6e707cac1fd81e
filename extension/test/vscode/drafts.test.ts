import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Draft } from '../../src/panel-api.ts';
import { Drafts, withAdded } from '../../src/vscode/drafts.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
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

const unexpected = (error: unknown): void => assert.fail(String(error));

const carol = fakeId('Carol');

const typed = (text: string): Draft => ({ text, replyTo: null, edit: null });

describe('drafts', () => {
  test('a draft is there at once, and after a reload', () => {
    const store = memento();
    const drafts = new Drafts(store, unexpected);
    drafts.set(carol, typed('Hel'));
    drafts.set(carol, typed('Hello'));
    assert.equal(drafts.get(carol).text, 'Hello');
    assert.equal(drafts.get(fakeId('Dave')).text, '');
    drafts.dispose();
    assert.equal(new Drafts(store, unexpected).get(carol).text, 'Hello');
  });

  test('an empty draft leaves nothing behind', () => {
    const store = memento();
    const drafts = new Drafts(store, unexpected);
    drafts.set(carol, typed('x'));
    drafts.dispose();
    drafts.set(carol, typed(''));
    drafts.dispose();
    assert.deepEqual(store.keys(), []);
  });

  test('to whom something was begun is known, after a reload too, and said where it changes', () => {
    const store = memento();
    const drafts = new Drafts(store, unexpected);
    let told = 0;
    drafts.onBegun.on(() => (told += 1));
    drafts.set(carol, typed('H'));
    drafts.set(carol, typed('Hello'));
    drafts.set(fakeId('Dave'), typed('x'));
    drafts.set(fakeId('Dave'), typed(''));
    assert.deepEqual([[...drafts.begun], told], [[carol], 3]);
    drafts.dispose();
    assert.deepEqual([...new Drafts(store, unexpected).begun], [carol]);
  });

  test('one of an earlier version is a text alone', () => {
    const store = memento(new Map<string, unknown>([[`p2pChat.draft.${carol}`, 'Hello']]));
    assert.deepEqual(new Drafts(store, unexpected).get(carol), typed('Hello'));
  });

  test('a reply stays one, and goes along with a contact who has a new identity', () => {
    const store = memento();
    const replyTo = { message: uuidv7(), by: 'recipient' } as const;
    const drafts = new Drafts(store, unexpected);
    drafts.set(carol, { text: '', replyTo, edit: null });
    drafts.dispose();
    const later = new Drafts(store, unexpected);
    assert.deepEqual(later.get(carol), { text: '', replyTo, edit: null });
    later.move(carol, fakeId('Carol anew'));
    assert.deepEqual(later.get(fakeId('Carol anew')), { text: '', replyTo, edit: null });
  });

  test('an edit stays one, beside the text that it interrupted, and goes along likewise', () => {
    const store = memento();
    const edit = { message: uuidv7(), text: 'the' };
    const begun: Draft = { text: 'half a thought', replyTo: null, edit };
    const drafts = new Drafts(store, unexpected);
    drafts.set(carol, begun);
    drafts.dispose();
    const later = new Drafts(store, unexpected);
    assert.deepEqual(later.get(carol), begun);
    later.set(carol, { ...begun, text: '' });
    later.move(carol, fakeId('Carol anew'));
    assert.deepEqual(later.get(fakeId('Carol anew')), { text: '', replyTo: null, edit });
    later.dispose();
    assert.equal(store.values.size, 1);
  });

  test('one of a version that kept no edits has none', () => {
    const store = memento(new Map([[`p2pChat.draft.${carol}`, { text: 'Hello', replyTo: null }]]));
    assert.deepEqual(new Drafts(store, unexpected).get(carol), typed('Hello'));
  });

  test('that cannot be written is said, and is there until the end', async () => {
    const told: unknown[] = [];
    const full = new Error('The disk is full.');
    const drafts = new Drafts({ ...memento(), update: () => Promise.reject(full) }, (error) =>
      told.push(error),
    );
    drafts.set(carol, typed('Hello'));
    drafts.dispose();
    await setImmediate();
    assert.deepEqual(told, [full]);
  });

  test('what is stored but is no draft is none', () => {
    const store = memento(new Map<string, unknown>([[`p2pChat.draft.${carol}`, { text: 42 }]]));
    assert.deepEqual(new Drafts(store, unexpected).get(carol), typed(''));
  });

  test('what was typed to a contact goes along when the contact has a new identity', () => {
    const store = memento();
    const drafts = new Drafts(store, unexpected);
    const anew = fakeId('Carol anew');
    drafts.set(carol, typed('Hello'));
    drafts.move(carol, anew);
    drafts.move(carol, anew);
    assert.deepEqual([drafts.get(carol).text, drafts.get(anew).text], ['', 'Hello']);
    drafts.dispose();
    assert.equal(store.values.size, 1);
  });
});

describe('what is added to a draft', () => {
  const code = '`a.ts:1`\n```typescript\na();\n```\n';

  test('is all of it where there was none', () => {
    assert.deepEqual(withAdded(typed(''), code), typed(code));
    assert.deepEqual(withAdded(typed(' \n'), code), typed(code));
  });

  test('stands behind it, after an empty line', () => {
    for (const begun of ['Look:', 'Look:\n', 'Look:\n\n']) {
      assert.deepEqual(withAdded(typed(begun), code), typed(`Look:\n\n${code}`));
    }
    assert.deepEqual(withAdded(typed(code), code), typed(`${code}\n${code}`));
  });

  test('leaves a reply a reply', () => {
    const replyTo = { message: uuidv7(), by: 'recipient' } as const;
    assert.deepEqual(withAdded({ text: '', replyTo, edit: null }, code), { text: code, replyTo, edit: null });
  });

  test('goes where the person writes: into the edit that is under way, and not into what waits for its end', () => {
    const message = uuidv7();
    assert.deepEqual(withAdded({ ...typed('half a thought'), edit: { message, text: 'Ship it' } }, code), {
      ...typed('half a thought'),
      edit: { message, text: `Ship it\n\n${code}` },
    });
  });
});
