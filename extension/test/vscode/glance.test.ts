import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { glanceOf } from '../../src/vscode/glance.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { fakeContact, FakePeer } from '../fake-peer.ts';

type State = Parameters<typeof glanceOf>[0];

/** What a page is told: who wrote what, from `me` where it begins so. */
function told(texts: readonly string[], more: Partial<State> = {}): State {
  const peer = new FakePeer();
  const contact = fakeContact('Carol');
  for (const text of texts) {
    const mine = text.startsWith('me: ');
    peer.addMessage({ contact: contact.id, id: uuidv7(), mine, text: text.replace('me: ', '') });
  }
  return {
    type: 'state',
    contact,
    me: 'Sam',
    online: true,
    mark: null,
    messages: peer.messages,
    notices: [],
    hasOlder: false,
    readUpTo: Number.MAX_SAFE_INTEGER,
    draft: { text: '', replyTo: null, edit: null },
    people: [],
    maxTextBytes: MAX_TEXT_BYTES,
    ...more,
  };
}

const wordsOf = (html: string): string[] =>
  [...html.matchAll(/<p dir="auto">(.*?)<\/p>/gs)].map(([, words = '']) => words);

describe('the first glance at a chat', () => {
  test('has the last messages, oldest first, with who wrote where that changes', () => {
    const glance = glanceOf(told(['one', 'two', 'me: three', 'four']));
    assert.deepEqual(wordsOf(glance), ['one', 'two', 'three', 'four']);
    const names = [...glance.matchAll(/<b>(\w+)<\/b>/g)].map(([, name]) => name);
    assert.deepEqual(names, ['Carol', 'Carol', 'Sam', 'Carol'], 'the head, and three stretches');
    const many = glanceOf(told(Array.from({ length: 100 }, (_, index) => `message ${index}`)));
    assert.equal(wordsOf(many).at(-1), 'message 99');
    assert.ok(wordsOf(many).length < 50);
  });

  test('is text: nothing that anybody wrote, or is called, is markup', () => {
    const hostile = `</p></p2p-chat><script>alert("1")</script><img src=x onerror='alert(1)'>&lt;`;
    const contact = fakeContact('<b>Carol</b>');
    const glance = glanceOf(told([hostile], { contact, me: '<i>' }));
    const [words = ''] = wordsOf(glance);
    assert.equal(
      words.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
      hostile,
    );
    assert.ok(!/<(script|img|\/p2p-chat)/.test(glance));
    assert.ok(!glance.includes('<b><b>'));
  });

  test('is short, however long a message is', () => {
    assert.ok(glanceOf(told(['x'.repeat(MAX_TEXT_BYTES)])).length < 3_000);
  });

  test('is not taken where a chat opens further up, or shows a warning or a question first', () => {
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    assert.equal(glanceOf(told(texts, { readUpTo: 0 })), '');
    const asks = fakeContact('Carol', { standing: 'request' });
    assert.equal(glanceOf(told(texts, { contact: asks })), '');
    const doubtful = fakeContact('Carol', { changedTo: fakeContact('Other').id });
    assert.equal(glanceOf(told(texts, { contact: doubtful })), '');
  });

  test('has nothing of what was deleted', () => {
    const state = told(['kept', 'gone']);
    const messages = state.messages.map((message) =>
      message.text === 'gone' ? { ...message, text: null, deleted: true } : message,
    );
    assert.ok(!glanceOf({ ...state, messages }).includes('gone'));
  });
});
