import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PeerError } from '../../src/peer-api.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { fakeContact, fakeId } from '../fake-peer.ts';
import { carol, setUp } from './conversation-scene.ts';

describe('a conversation', () => {
  test('gives everything before the page asks, when it asks, and again when it is shown again', async () => {
    const { peer, open, types } = setUp();
    peer.connect();
    const conversation = open();
    await turn();
    assert.deepEqual(types(), ['state'], 'VS Code keeps it for the page that it loads');
    await conversation.fromPage({ type: 'ready' });
    assert.deepEqual(types(), ['state'], 'a page that asks has nothing');
    conversation.shown(false);
    peer.addMessage({ contact: carol, id: uuidv7(), text: 'unseen' });
    assert.deepEqual(types(), []);
    conversation.shown(true);
    await turn();
    assert.deepEqual(types(), ['state']);
    conversation.shown(true);
    await turn();
    assert.deepEqual(types(), []);
  });

  test('waits for a peer, and gives everything again when the peer was replaced', async () => {
    const { peer, open, types } = setUp();
    open();
    await turn();
    assert.deepEqual(peer.asked, []);
    peer.connect();
    await turn();
    assert.deepEqual(types(), ['state']);
    peer.disconnect();
    peer.connect();
    await turn();
    assert.deepEqual(types(), ['state']);
  });

  test('tells what marks the contact among namesakes with the rest, and again only when that is different', async () => {
    const { peer, open, posted, setMark } = setUp();
    peer.connect();
    const conversation = open();
    setMark('ad79 fb3d');
    await conversation.fromPage({ type: 'ready' });
    assert.equal(posted[0]?.type === 'state' && posted[0].mark, 'ad79 fb3d');
    conversation.namesakesChanged();
    assert.equal(posted.length, 1);
    setMark(null);
    conversation.namesakesChanged();
    assert.deepEqual(posted.slice(1), [{ type: 'mark', mark: null }]);
  });

  test('forwards what is about this contact only', async () => {
    const { peer, open, types } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    types();
    peer.addMessage({ contact: fakeId('Dave'), id: uuidv7() });
    peer.setContact(fakeContact('Dave'));
    peer.push('notice', { contact: fakeId('Dave'), kind: 'away', after: 0, at: 1, count: 0, detail: '' });
    assert.deepEqual(types(), []);
    peer.addMessage({ contact: carol, id: uuidv7() });
    peer.setContact(fakeContact('Carol', { unread: 1 }));
    peer.push('notice', { contact: carol, kind: 'away', after: 0, at: 1, count: 0, detail: '' });
    assert.deepEqual(types(), ['messages', 'contact', 'notice']);
  });

  test('what is pushed while the whole state is read comes after it', async () => {
    const { peer, open, types } = setUp();
    const gate = Promise.withResolvers<undefined>();
    const notice = { contact: carol, kind: 'connected', after: 0, at: 1, count: 0, detail: '' } as const;
    peer.overrides.openConversation = async () => {
      await gate.promise;
      return { contact: fakeContact('Carol'), messages: [], notices: [notice], hasOlder: false, readUpTo: 0 };
    };
    peer.connect();
    const conversation = open();
    const ready = conversation.fromPage({ type: 'ready' });
    peer.push('notice', notice);
    peer.addMessage({ contact: carol, id: uuidv7() });
    assert.deepEqual(types(), []);
    gate.resolve(undefined);
    await ready;
    assert.deepEqual(types(), ['state', 'notice', 'messages']);
  });

  test('what is pushed while the state cannot be read anew goes to the page all the same, which has one', async () => {
    const { peer, open, types, failed } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    types();
    peer.overrides.openConversation = () =>
      Promise.reject(new PeerError('storage-failed', 'The disk is full.'));
    peer.push('forgotten', { before: 5, contact: null });
    peer.addMessage({ contact: carol, id: uuidv7() });
    await turn();
    assert.deepEqual([types(), failed.length], [['forgotten', 'messages'], 1]);
  });

  test('gives no older messages to a page that was told everything since it asked for them: there may be others between', async () => {
    const { peer, open, types } = setUp();
    const gate = Promise.withResolvers<undefined>();
    peer.overrides.loadOlder = async () => {
      await gate.promise;
      return { messages: [], hasOlder: true };
    };
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    types();
    const older = conversation.fromPage({ type: 'load-older', before: 9 });
    peer.disconnect();
    peer.connect();
    const again = conversation.fromPage({ type: 'load-older', before: 9 });
    await turn();
    gate.resolve(undefined);
    await Promise.all([older, again]);
    assert.deepEqual(types(), ['state']);
    await conversation.fromPage({ type: 'load-older', before: 9 });
    assert.deepEqual(types(), ['older']);
  });

  test('reads again when old messages were forgotten, after it told the page to forget them', async () => {
    const { peer, open, posted, types } = setUp();
    peer.connect();
    const conversation = open();
    peer.addMessage({ contact: carol, id: uuidv7(), text: 'old' });
    await conversation.fromPage({ type: 'ready' });
    types();
    peer.messages.length = 0;
    peer.push('forgotten', { before: 9, contact: fakeId('Dave') });
    peer.push('forgotten', { before: 5, contact: null });
    assert.deepEqual(posted.splice(0), [{ type: 'forgotten', before: 5 }]);
    await turn();
    const [state] = posted;
    assert.ok(state?.type === 'state');
    assert.deepEqual(state.messages, []);
    conversation.shown(false);
    const asked = peer.asked.length;
    peer.push('forgotten', { before: 6, contact: null });
    await turn();
    assert.equal(peer.asked.length, asked, 'a page that comes back reads everything anyway');
  });

  test('shows a message that was looked for, after everything else', async () => {
    const { peer, open, types } = setUp();
    peer.connect();
    const conversation = open();
    conversation.find({ order: 7, text: 'pars' });
    await conversation.fromPage({ type: 'ready' });
    await turn();
    assert.deepEqual(types(), ['state', 'find']);
    conversation.find({ order: 8, text: 'pars' });
    assert.deepEqual(types(), ['find']);
  });

  test('shows what was looked for once, however often it is read again, unless the page is a new one', async () => {
    const { peer, open, types } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    conversation.find({ order: 7, text: 'pars' });
    assert.deepEqual(types(), ['state', 'find']);
    peer.push('forgotten', { before: 9, contact: null });
    await turn();
    assert.deepEqual(types(), ['forgotten', 'state']);
    await conversation.fromPage({ type: 'ready' });
    assert.deepEqual(types(), ['state', 'find']);
    conversation.shown(false);
    conversation.shown(true);
    await turn();
    assert.deepEqual(types(), ['state', 'find']);
  });

  test('is where the person had scrolled to when its page is there again, unless something was not read', async () => {
    const { peer, open, posted, types } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    const again = async (): Promise<string[]> => {
      posted.length = 0;
      conversation.shown(false);
      conversation.shown(true);
      await turn();
      return types();
    };
    assert.deepEqual(await again(), ['state']);
    await conversation.fromPage({ type: 'place', order: 7 });
    posted.length = 0;
    conversation.shown(false);
    conversation.shown(true);
    await turn();
    assert.deepEqual(posted.at(-1), { type: 'place', order: 7 });
    // A peer that was replaced leaves the page where it is.
    peer.push('forgotten', { before: 1, contact: null });
    await turn();
    assert.equal(posted.at(-1)?.type, 'state');
    peer.contacts.set(carol, fakeContact('Carol', { unread: 1 }));
    assert.deepEqual(await again(), ['state']);
    peer.contacts.set(carol, fakeContact('Carol'));
    await conversation.fromPage({ type: 'place', order: null });
    assert.deepEqual(await again(), ['state']);
  });

  test('goes on as the identity that took the contact’s place, without a new page', async () => {
    const { peer, open, posted, replaced, sends } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    posted.length = 0;
    const to = fakeContact('Carol', { id: fakeId('Carol anew') });
    peer.replaceContact(carol, to);
    await turn();
    assert.deepEqual(replaced, [[carol, to.id]]);
    assert.ok(posted[0]?.type === 'state' && posted[0].contact.id === to.id);
    await conversation.fromPage({ type: 'send', token: 1, text: 'Still you?', about: null });
    assert.deepEqual(
      sends().map(
        (params) => typeof params === 'object' && params !== null && 'contact' in params && params.contact,
      ),
      [to.id],
    );
    posted.length = 0;
    peer.addMessage({ contact: carol, id: uuidv7() });
    assert.deepEqual(posted, [], 'the identity before says nothing here any more');
  });

  test('of two that become one, one shows all of both and stays open at the peer, and the other gives way', async () => {
    const { peer, openOf, posted, replaced } = setUp();
    const [before, to] = [carol, fakeContact('Carol', { id: fakeId('Carol anew') })];
    peer.contacts.set(to.id, to);
    peer.connect();
    const staying = openOf(to.id);
    const leaving = openOf(before);
    await staying.fromPage({ type: 'ready' });
    const merged = peer.addMessage({ contact: before, id: uuidv7(), text: 'written to the one before' });
    peer.messages.splice(0, 1, { ...merged, contact: to.id });
    posted.length = 0;
    peer.replaceContact(before, to);
    assert.deepEqual(replaced, [[before, to.id]]);
    leaving.giveWay();
    leaving.dispose();
    await turn();
    const [state] = posted;
    assert.ok(state?.type === 'state');
    assert.deepEqual(
      state.messages.map(({ text }) => text),
      ['written to the one before'],
    );
    assert.deepEqual(
      peer.asked.filter(({ method }) => method === 'closeConversation'),
      [],
    );
  });

  test('follows a contact that was replaced while no peer was connected', async () => {
    const { peer, open, posted, replaced } = setUp();
    const to = fakeContact('Carol', { id: fakeId('Carol anew') });
    peer.overrides.openConversation = () =>
      Promise.resolve({ contact: to, messages: [], notices: [], hasOlder: false, readUpTo: 0 });
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    assert.deepEqual(replaced, [[carol, to.id]]);
    assert.ok(posted[0]?.type === 'state' && posted[0].contact.id === to.id);
    conversation.dispose();
    assert.deepEqual(peer.asked.at(-1), { method: 'closeConversation', params: { contact: to.id } });
  });

  test('a message that is none changes nothing and is logged without its content', async () => {
    const { peer, open, logged } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'send', token: 'secret', text: 5 });
    await conversation.fromPage(null);
    assert.equal(logged.length, 2);
    assert.doesNotMatch(logged.join(), /secret/);
  });

  test('a conversation that cannot be opened says why', async () => {
    const { peer, open, failed } = setUp();
    peer.contacts.clear();
    peer.connect();
    open();
    await turn();
    assert.deepEqual([failed[0]?.code, failed[0]?.byPerson], ['unknown-contact', true]);
  });

  test('is opened by the person once; a peer that comes back, or a page, opens it without', async () => {
    const { peer, open, opened } = setUp();
    peer.connect();
    const conversation = open(true);
    await turn();
    await conversation.fromPage({ type: 'ready' });
    peer.disconnect();
    peer.connect();
    await turn();
    conversation.askedFor();
    conversation.shown(false);
    await conversation.fromPage({ type: 'ready' });
    assert.deepEqual(opened(), [true, false, false, false]);
  });

  test('brought back after a reload is not opened by the person, and nobody waits for it', async () => {
    const { peer, open, opened, failed } = setUp();
    peer.contacts.clear();
    peer.connect();
    open(false);
    await turn();
    assert.deepEqual(opened(), [false]);
    assert.deepEqual([failed[0]?.code, failed[0]?.byPerson], ['unknown-contact', false]);
  });

  test('brought back after a reload and asked for before a peer is there is opened by the person', async () => {
    const { peer, open, opened } = setUp();
    const conversation = open(false);
    conversation.askedFor();
    peer.connect();
    await turn();
    assert.deepEqual(opened(), [true]);
  });

  test('closes its conversation, once, and listens no longer', async () => {
    const { peer, open, types } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    types();
    conversation.dispose();
    conversation.dispose();
    peer.addMessage({ contact: carol, id: uuidv7() });
    peer.connect();
    await turn();
    assert.deepEqual(types(), []);
    assert.equal(peer.asked.filter(({ method }) => method === 'closeConversation').length, 1);
    assert.equal(peer.asked.filter(({ method }) => method === 'openConversation').length, 2);
  });
});
