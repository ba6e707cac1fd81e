import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { PeerError } from '../../src/peer-api.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { fakeId } from '../fake-peer.ts';
import { carol, setUp } from './conversation-scene.ts';

function idOf(params: unknown): string {
  return typeof params === 'object' && params !== null && 'id' in params ? String(params.id) : '';
}

/** A page has sent "first", which is under way; `fail` has the disk be full then. */
async function sendingFirst() {
  const scene = setUp();
  const { peer, open } = scene;
  peer.connect();
  const conversation = open();
  await conversation.fromPage({ type: 'ready' });
  const failing = Promise.withResolvers<never>();
  peer.overrides.send = () => failing.promise;
  const sending = conversation.fromPage({ type: 'send', token: 1, text: 'first', about: null });
  const fail = async (): Promise<void> => {
    failing.reject(new PeerError('storage-failed', 'The disk is full.'));
    await sending;
  };
  return { ...scene, conversation, fail };
}

describe('a conversation that is written in', () => {
  test('sends a text with the workspace it was written in', async () => {
    const { peer, open, posted, sends } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    await conversation.fromPage({ type: 'send', token: 7, text: 'Hello', about: null });
    assert.deepEqual(posted.at(-1), { type: 'sent', token: 7 });
    const [sent] = sends();
    assert.ok(
      typeof sent === 'object' && sent !== null && 'workspace' in sent && sent.workspace === '/storage',
    );
  });

  test('a draft is there again with the page', async () => {
    const { peer, open, posted } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'draft', draft: { text: 'Hello', replyTo: null, edit: null } });
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state' && posted[0].draft.text === 'Hello');
  });

  test('a text for the box goes to the page that there is, and is in the draft of the next one', async () => {
    const { peer, open, posted, begunAnew } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    await conversation.fromPage({ type: 'draft', draft: { text: 'Look:', replyTo: null, edit: null } });
    posted.length = 0;
    conversation.addToBox('a();');
    assert.deepEqual([posted, begunAnew()], [[{ type: 'add', text: 'a();' }], 0]);
    conversation.shown(false);
    conversation.addToBox('b();');
    assert.equal(posted.length, 1);
    conversation.shown(true);
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[1]?.type === 'state' && posted[1].draft.text === 'Look:\n\na();\n\nb();');
  });

  test('a text that could not be sent when the page is gone is a draft again, before what was typed since', async () => {
    const { conversation, posted, fail } = await sendingFirst();
    await conversation.fromPage({ type: 'draft', draft: { text: 'second', replyTo: null, edit: null } });
    conversation.shown(false);
    await fail();
    posted.length = 0;
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state' && posted[0].draft.text === 'first\nsecond');
  });

  test('a text that another page had sent, and that could not be stored, is in the box of the page that there is now', async () => {
    const { conversation, posted, told, begunAnew, fail } = await sendingFirst();
    conversation.shown(false);
    conversation.shown(true);
    await conversation.fromPage({ type: 'draft', draft: { text: 'second', replyTo: null, edit: null } });
    await fail();
    assert.equal(begunAnew(), 1);
    assert.match(String(told[0]), /The disk is full/);
    posted.length = 0;
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state' && posted[0].draft.text === 'first\nsecond');
  });

  test('a reply that could not be sent when the page is gone is one again', async () => {
    const { peer, open, posted } = setUp();
    peer.connect();
    const conversation = open();
    const replyTo = { message: uuidv7(), by: 'recipient' } as const;
    peer.overrides.send = () => Promise.reject(new PeerError('storage-failed', 'The disk is full.'));
    conversation.shown(false);
    await conversation.fromPage({
      type: 'send',
      token: 1,
      text: 'yes',
      about: { kind: 'reply', ...replyTo },
    });
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state');
    assert.deepEqual(posted[0].draft, { text: 'yes', replyTo, edit: null });
  });

  test('an edit that could not be stored when the page is gone is under way again', async () => {
    const { peer, open, posted } = setUp();
    peer.connect();
    const conversation = open();
    const edit = { message: uuidv7(), text: 'the' };
    peer.overrides.change = () => Promise.reject(new PeerError('storage-failed', 'The disk is full.'));
    await conversation.fromPage({ type: 'draft', draft: { text: 'half', replyTo: null, edit: null } });
    conversation.shown(false);
    const about = { kind: 'edit', message: edit.message } as const;
    await conversation.fromPage({ type: 'send', token: 1, text: edit.text, about });
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state');
    assert.deepEqual(posted[0].draft, { text: 'half', replyTo: null, edit });
  });

  test('an edit changes the message, and a reply names what it replies to', async () => {
    const { peer, open, posted } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    const { id } = peer.addMessage({ contact: carol, id: uuidv7(), mine: true, text: 'teh' });
    await conversation.fromPage({
      type: 'send',
      token: 1,
      text: 'the',
      about: { kind: 'edit', message: id },
    });
    assert.deepEqual(posted.at(-1), { type: 'sent', token: 1 });
    assert.deepEqual(
      peer.messages.map(({ text, edited }) => [text, edited]),
      [['the', true]],
    );
    const about = { kind: 'reply', message: id, by: 'sender' } as const;
    await conversation.fromPage({ type: 'send', token: 2, text: 'indeed', about });
    const { params } = peer.asked.findLast(({ method }) => method === 'send') ?? assert.fail();
    assert.partialDeepStrictEqual(params, { text: 'indeed', replyTo: { message: id, by: 'sender' } });
  });

  test('reactions and deletions are handed on with whose conversation it is', async () => {
    const { open, changes } = setUp();
    const change = { kind: 'delete', message: uuidv7() } as const;
    await open().fromPage({ type: 'change', change });
    assert.deepEqual(changes, [[carol, change]]);
  });

  test('the contact hears that the person writes, and the page that the contact does', async () => {
    const { peer, open, types } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    await conversation.fromPage({ type: 'typing' });
    assert.deepEqual(peer.asked.at(-1), { method: 'typing', params: { contact: carol } });
    peer.push('typing', { contact: fakeId('Dave') });
    assert.ok(!types().includes('typing'));
    peer.push('typing', { contact: carol });
    assert.ok(types().includes('typing'));
  });

  test('a text whose fate is unknown keeps its id when it is sent again; a new text has its own', async () => {
    const { peer, open, posted, sends } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    peer.overrides.send = () => Promise.reject(new PeerError('internal', 'The connection was lost.'));
    await conversation.fromPage({ type: 'send', token: 1, text: 'Hello', about: null });
    assert.deepEqual(posted.at(-1), { type: 'not-sent', token: 1, reason: 'The connection was lost.' });
    delete peer.overrides.send;
    await conversation.fromPage({ type: 'send', token: 2, text: 'Hello', about: null });
    await conversation.fromPage({ type: 'send', token: 3, text: 'Hello', about: null });
    const ids = sends().map(idOf);
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[1], ids[2]);
  });

  test('a text whose fate is unknown leaves the box once it is seen to be stored, and is another message after that', async () => {
    const { peer, open, posted, sends } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    peer.overrides.send = () => Promise.reject(new PeerError('owner-silent', 'Another window stands still.'));
    await conversation.fromPage({ type: 'send', token: 1, text: 'Hello', about: null });
    await conversation.fromPage({ type: 'draft', draft: { text: 'Hello', replyTo: null, edit: null } });
    delete peer.overrides.send;
    posted.length = 0;
    const id = idOf(sends()[0]);
    peer.addMessage({ contact: carol, id, mine: true, text: 'Hello' });
    assert.deepEqual(
      posted.filter(({ type }) => type !== 'messages'),
      [{ type: 'stored', text: 'Hello' }],
    );
    await conversation.fromPage({ type: 'send', token: 2, text: 'Hello', about: null });
    assert.notEqual(idOf(sends()[1]), id);
  });

  test('it is no draft any longer for the page that comes when it is seen', async () => {
    const { peer, open, posted, sends } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    peer.overrides.send = () => Promise.reject(new PeerError('internal', 'The connection was lost.'));
    conversation.shown(false);
    await conversation.fromPage({ type: 'draft', draft: { text: 'typed since', replyTo: null, edit: null } });
    await conversation.fromPage({ type: 'send', token: 1, text: 'Hello', about: null });
    // Nobody told this window of it while it was connected to no peer.
    const elsewhere = peer.addMessage({ contact: fakeId('Dave'), id: uuidv7(), mine: true, text: 'Hello' });
    peer.messages.push({ ...elsewhere, contact: carol, id: idOf(sends()[0]) });
    posted.length = 0;
    conversation.shown(true);
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state' && posted[0].draft.text === 'typed since');
  });

  test('too long a text is refused with its size and the limit', async () => {
    const { peer, open, posted, sends } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    await conversation.fromPage({
      type: 'send',
      token: 1,
      text: 'x'.repeat(MAX_TEXT_BYTES + 1),
      about: null,
    });
    const last = posted.at(-1);
    assert.ok(last?.type === 'not-sent');
    assert.match(last.reason, /32\.1 KiB.*32 KiB/);
    await conversation.fromPage({ type: 'send', token: 2, text: ' \n', about: null });
    assert.equal(posted.at(-1)?.type, 'not-sent');
    assert.deepEqual(sends(), []);
    await conversation.fromPage({ type: 'send', token: 3, text: 'x'.repeat(MAX_TEXT_BYTES), about: null });
    assert.equal(posted.at(-1)?.type, 'sent');
  });
});
