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
    });
    assert.equal(state.unread, 3);
    state.setContact(fakeContact('A'));
    assert.equal(state.unread, 1);
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

  test('what this window tries is shown until the peer knows better', () => {
    const state = new ChatState();
    const seen: string[] = [];
    const shown = (): string => state.status.kind;
    state.onStatus.on(({ kind }) => void seen.push(kind));
    state.setAttempt(connecting);
    state.reset({ status: offline, contacts: [], directory: { people: [], more: false } });
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
});
