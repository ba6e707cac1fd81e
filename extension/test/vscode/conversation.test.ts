import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Change } from '@p2p-chat/protocol/kinds';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { type Draft, hostMessage, type HostMessage } from '../../src/panel-api.ts';
import { PeerError, type PeerParams, type Problem } from '../../src/peer-api.ts';
import { Conversation } from '../../src/vscode/conversation.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { english } from './english.ts';
import { fakeContact, fakeId, FakePeer } from '../fake-peer.ts';

const carol = fakeId('Carol');

function setUp() {
  const peer = new FakePeer();
  peer.contacts.set(carol, fakeContact('Carol'));
  const posted: HostMessage[] = [];
  const failed: (Problem & { readonly byPerson: boolean })[] = [];
  const logged: string[] = [];
  const replaced: [string, string][] = [];
  const decided: string[] = [];
  const changes: [string, Change][] = [];
  const links: string[] = [];
  const asked: string[] = [];
  const copied: string[] = [];
  const inEditor: [string, string][] = [];
  let draft: Draft = { text: '', replyTo: null };
  let wentOnline = 0;
  let mark: string | null = null;
  const openOf = (contact: string, byPerson = true): Conversation =>
    new Conversation({
      contact,
      byPerson,
      client: peer,
      l10n: english,
      workspace: '/storage',
      newId: () => uuidv7(),
      status: () => peer.status,
      ownName: () => 'Sam',
      mark: () => mark,
      draft: { get: () => draft, set: (next) => (draft = next) },
      // Whatever is posted is what the page accepts.
      post: (message) => posted.push(hostMessage.parse(structuredClone(message))),
      goOnline: () => (wentOnline += 1),
      people: () => ['Carol', 'Dave'],
      change: (whose, change) => {
        changes.push([whose, change]);
        return Promise.resolve();
      },
      why: (contact) => asked.push(contact),
      openLink: (url) => links.push(url),
      copy: (text) => copied.push(text),
      openCode: (...code) => inEditor.push(code),
      onFailed: (problem, byPerson) => failed.push({ ...problem, byPerson }),
      onContact: () => undefined,
      onReplaced: (from, to) => replaced.push([from, to.id]),
      decide: (decision) => {
        decided.push(decision);
        return Promise.resolve();
      },
      log: (text) => logged.push(text),
    });
  const open = (byPerson?: boolean): Conversation => openOf(carol, byPerson);
  /** Whether the person asked, for each time that the conversation was opened. */
  const opened = (): unknown[] =>
    peer.asked
      .filter(({ method }) => method === 'openConversation')
      .map(({ params }) => (params as PeerParams<'openConversation'>).byPerson);
  const types = (): string[] => posted.splice(0).map(({ type }) => type);
  const sends = () => peer.asked.filter(({ method }) => method === 'send').map(({ params }) => params);
  return {
    peer,
    changes,
    open,
    openOf,
    opened,
    posted,
    types,
    failed,
    logged,
    replaced,
    decided,
    links,
    asked,
    copied,
    inEditor,
    sends,
    wentOnline: () => wentOnline,
    setMark: (told: string | null) => (mark = told),
  };
}

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

  test('what is pushed while the whole state is read comes after it, a notice once', async () => {
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
    assert.deepEqual(types(), ['state', 'messages']);
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
    await conversation.fromPage({ type: 'draft', draft: { text: 'Hello', replyTo: null } });
    await conversation.fromPage({ type: 'ready' });
    assert.ok(posted[0]?.type === 'state' && posted[0].draft.text === 'Hello');
  });

  test('a text that could not be sent when the page is gone is a draft again, before what was typed since', async () => {
    const { peer, open, posted } = setUp();
    peer.connect();
    const conversation = open();
    await conversation.fromPage({ type: 'ready' });
    const failing = Promise.withResolvers<never>();
    peer.overrides.send = () => failing.promise;
    const sending = conversation.fromPage({ type: 'send', token: 1, text: 'first', about: null });
    await conversation.fromPage({ type: 'draft', draft: { text: 'second', replyTo: null } });
    conversation.shown(false);
    failing.reject(new PeerError('storage-failed', 'The disk is full.'));
    await sending;
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
    assert.deepEqual(posted[0].draft, { text: 'yes', replyTo });
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
    const ids = sends().map((params) =>
      typeof params === 'object' && params !== null && 'id' in params ? params.id : '',
    );
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[1], ids[2]);
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

  test('copies and opens code of a message', async () => {
    const { open, copied, inEditor } = setUp();
    const conversation = open();
    await conversation.fromPage({ type: 'copy', text: 'a = 1' });
    await conversation.fromPage({ type: 'open-code', text: 'a = 1', language: 'py' });
    assert.deepEqual(copied, ['a = 1']);
    assert.deepEqual(inEditor, [['a = 1', 'py']]);
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
