import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PeerError } from '../../src/peer-api.ts';
import { MessageChanges } from '../../src/vscode/message-changes.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { fakeId, FakePeer } from '../fake-peer.ts';

const carol = fakeId('Carol');

function setUp(isMeant = true) {
  const peer = new FakePeer();
  const { id: message } = peer.addMessage({ contact: carol, id: uuidv7(), text: 'hello', mine: true });
  const failures: string[] = [];
  const changes = new MessageChanges({
    client: peer,
    workspace: null,
    newId: uuidv7,
    confirmDelete: () => Promise.resolve(isMeant),
    failed: (reason) => failures.push(reason),
  });
  return { peer, message, changes, failures };
}

describe('a message', () => {
  test('is deleted once the person meant it', async () => {
    const { peer, message, changes } = setUp();
    await changes.make(carol, { kind: 'delete', message });
    assert.equal(peer.messages[0]?.deleted, true);
  });

  test('stays when the person did not', async () => {
    const { peer, message, changes } = setUp(false);
    await changes.make(carol, { kind: 'delete', message });
    assert.deepEqual(peer.asked, []);
  });

  test('is reacted to without a question', async () => {
    const { peer, message, changes } = setUp(false);
    await changes.make(carol, { kind: 'reaction', message, by: 'sender', emoji: '👍', on: true });
    assert.deepEqual(peer.messages[0]?.reactions, [{ emoji: '👍', mine: true, theirs: false }]);
  });

  test('that cannot be changed is told why', async () => {
    const { peer, message, changes, failures } = setUp();
    peer.overrides.change = () => Promise.reject(new PeerError('internal', 'It is gone.'));
    await changes.make(carol, { kind: 'delete', message });
    assert.deepEqual(failures, ['It is gone.']);
  });
});
