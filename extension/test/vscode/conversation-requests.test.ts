import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { carol, setUp } from './conversation-scene.ts';

describe('the page of a conversation', () => {
  test('the rest of what the page asks for reaches the peer or VS Code', async () => {
    const { peer, open, types, wentOnline, asked } = setUp();
    for (let i = 0; i < 3; i++) peer.addMessage({ contact: carol, id: uuidv7() });
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    types();
    await conversation.fromPage({ type: 'load-older', before: 3 });
    assert.deepEqual(types(), ['older']);
    await conversation.fromPage({ type: 'read', upTo: 3 });
    assert.deepEqual(peer.asked.at(-1), { method: 'markRead', params: { contact: carol, upTo: 3 } });
    await conversation.fromPage({ type: 'go-online' });
    assert.equal(wentOnline(), 1);
    await conversation.fromPage({ type: 'why' });
    assert.deepEqual(asked, [carol]);
    peer.setStatus({ kind: 'connecting', name: 'Sam', server: 's' });
    conversation.statusChanged();
    assert.ok(types().includes('online'));
  });

  test('what the person decides on the page is decided, and nothing that the page makes up', async () => {
    const { open, peer, decided, logged } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'decide', decision: 'block' });
    await conversation.fromPage({ type: 'decide', decision: 'verified' });
    assert.deepEqual(decided, ['block']);
    assert.equal(logged.length, 1);
  });

  test('opens the web addresses that the page names, and nothing else', async () => {
    const { open, links, logged } = setUp();
    const conversation = open();
    await conversation.fromPage({ type: 'open-link', url: 'https://a.example/b?c=d%26e' });
    const others = [
      'command:workbench.action.quit',
      'vscode://a/b',
      'file:///etc/passwd',
      'javascript:1',
      'a',
    ];
    for (const url of others) await conversation.fromPage({ type: 'open-link', url });
    assert.deepEqual(links, ['https://a.example/b?c=d%26e']);
    assert.equal(logged.length, others.length);
  });

  test('says what of that failed', async () => {
    const { open, told, breakClipboard } = setUp();
    const gone = new Error('There is no clipboard.');
    breakClipboard(gone);
    await open().fromPage({ type: 'copy', text: 'a = 1' });
    assert.deepEqual(told, [gone]);
  });

  test('copies and opens code of a message', async () => {
    const { open, copied, inEditor } = setUp();
    const conversation = open();
    await conversation.fromPage({ type: 'copy', text: 'a = 1' });
    await conversation.fromPage({ type: 'open-code', text: 'a = 1', language: 'py' });
    assert.deepEqual(copied, ['a = 1']);
    assert.deepEqual(inEditor, [['a = 1', 'py']]);
  });
});
