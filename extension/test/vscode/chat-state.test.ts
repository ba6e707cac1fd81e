import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status } from '../../src/peer-api.ts';
import { ChatState } from '../../src/vscode/chat-state.ts';
import { fakeContact, fakeId, fakePerson } from '../fake-peer.ts';

const online: Status = { kind: 'online', name: 'Sam', server: 's', identity: fakeId('me'), endpoints: [] };
const connecting: Status = { kind: 'connecting', name: 'Sam', server: 's' };
const offline: Status = { kind: 'offline' };

describe('what a window knows', () => {
  test('counts what is unread over all contacts', () => {
    const state = new ChatState();
    state.reset({
      status: offline,
      contacts: [fakeContact('A', { unread: 2 }), fakeContact('B', { unread: 1 })],
      directory: { people: [], more: false },
      damagedFiles: [],
    });
    assert.equal(state.unread, 3);
    state.setContact(fakeContact('A'));
    assert.equal(state.unread, 1);
  });

  test('tells with whom the chats in view are, as they are by now', () => {
    const state = new ChatState();
    let told = 0;
    const chats = () => [state.activeChat?.name, state.onlyChat?.name];
    state.onChats.on(() => (told += 1));
    const [a, b] = [fakeId('A'), fakeId('B')];
    for (const name of ['A', 'B']) state.setContact(fakeContact(name));
    assert.deepEqual(chats(), [undefined, undefined]);
    for (let times = 0; times < 2; times += 1) state.setChats([a], a);
    assert.deepEqual(chats(), ['A', 'A']);
    state.setChats([a], undefined);
    assert.deepEqual(chats(), [undefined, 'A']);
    // Of two beside each other, what is chosen in the title of one may be about either.
    state.setChats([a, b], b);
    assert.deepEqual(chats(), ['B', undefined]);
    state.removeContact(b);
    assert.deepEqual(chats(), [undefined, undefined]);
    assert.equal(told, 3);
  });

  test('tells of a draft that is not in view', () => {
    const state = new ChatState();
    const [a, b] = [fakeId('A'), fakeId('B')];
    let told = 0;
    state.onDrafts.on(() => (told += 1));
    state.setDrafts(new Set([a]));
    assert.deepEqual([state.hasDraft(a), state.hasDraft(b), told], [true, false, 1]);
    state.setChats([a], a);
    assert.equal(state.hasDraft(a), false);
    state.setChats([b], b);
    assert.equal(state.hasDraft(a), true);
  });

  test('a contact is in the directory no longer', () => {
    const state = new ChatState();
    const seen: string[][] = [];
    state.onDirectory.on(({ people }) => void seen.push(people.map(({ name }) => name)));
    state.setDirectory({ people: [fakePerson('A'), fakePerson('B')], more: false });
    state.setContact(fakeContact('A'));
    assert.deepEqual(seen, [['A', 'B'], ['B']]);
    assert.equal(state.person(fakeId('A'))?.name, 'A');
    assert.equal(state.person(fakeId('B'))?.name, 'B');
  });

  test('lists people by what they may do, and counts only those whom this person talks to', () => {
    const state = new ChatState();
    for (const standing of ['accepted', 'request', 'ignored', 'blocked'] as const) {
      state.setContact(fakeContact(standing, { standing, unread: 1 }));
    }
    const names = (people: readonly { readonly name: string }[]): string[] => people.map(({ name }) => name);
    assert.deepEqual(names(state.accepted), ['accepted']);
    assert.deepEqual(names(state.requests), ['request']);
    assert.deepEqual(names(state.blocked), ['blocked']);
    assert.equal(state.unread, 1);
  });

  test('whoever is ignored is in the directory again; whoever is blocked is not', () => {
    const state = new ChatState();
    const listed = (): string[] => state.directory.people.map(({ name }) => name);
    state.setContact(fakeContact('A', { standing: 'request' }));
    state.setContact(fakeContact('B', { standing: 'blocked' }));
    state.setDirectory({ people: [fakePerson('A'), fakePerson('B'), fakePerson('C')], more: false });
    assert.deepEqual(listed(), ['C']);
    state.setContact(fakeContact('A', { standing: 'ignored' }));
    assert.deepEqual(listed(), ['A', 'C']);
  });

  test('a contact under a new identity is one contact, read again', () => {
    const state = new ChatState();
    let resets = 0;
    state.onContactsReset.on(() => (resets += 1));
    state.setContact(fakeContact('A'));
    const to = fakeContact('A', { id: fakeId('A anew') });
    state.replaceContact({ from: fakeId('A'), to });
    assert.deepEqual([...state.contacts.keys()], [to.id]);
    assert.equal(resets, 1);
    state.removeContact(to.id);
    assert.equal(state.contacts.size, 0);
    assert.equal(resets, 2);
  });

  test('what this window tries is shown until the peer knows better', () => {
    const state = new ChatState();
    const seen: string[] = [];
    const shown = (): string => state.status.kind;
    state.onStatus.on(({ kind }) => void seen.push(kind));
    state.setAttempt(connecting);
    state.reset({ status: offline, contacts: [], directory: { people: [], more: false }, damagedFiles: [] });
    assert.equal(shown(), 'connecting');
    state.setStatus(online);
    assert.equal(shown(), 'online');
    state.setStatus(offline);
    assert.equal(shown(), 'offline');
    assert.deepEqual(seen, ['connecting', 'online', 'offline']);
  });

  test('the same status is not announced again', () => {
    const state = new ChatState();
    let announced = 0;
    state.onStatus.on(() => (announced += 1));
    state.setStatus(offline);
    state.setAttempt(undefined);
    assert.equal(announced, 0);
  });

  test('a peer that stands still is shown as long as it does, and whatever it said last after that', () => {
    const state = new ChatState();
    const shown: Status['kind'][] = [];
    state.onStatus.on(({ kind }) => void shown.push(kind));
    state.setStatus(online);
    const problem = { code: 'owner-silent', message: 'It does not answer.' } as const;
    state.setSilence({ kind: 'problem', name: 'Sam', server: 's', problem, retrying: true });
    assert.deepEqual(state.peerStatus, online);
    state.setSilence(undefined);
    assert.deepEqual(state.status, online);
    assert.deepEqual(shown, ['online', 'problem', 'online']);
  });
});
