import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preferences } from '../../src/peer-api.ts';
import { PreferenceSender } from '../../src/vscode/preferences.ts';
import { FakePeer } from '../fake-peer.ts';

function setUp() {
  const peer = new FakePeer();
  let now: Preferences = {
    acceptMessagesFrom: 'everyone',
    keepHistoryDays: 0,
    sendReadReceipts: true,
    sendTypingIndicator: true,
    localDiscovery: true,
  };
  const sender = new PreferenceSender({
    client: peer,
    read: () => now,
    failed: (error) => assert.fail(String(error)),
  });
  const told = (): unknown[] => peer.asked.splice(0).map(({ method, params }) => [method, params]);
  return {
    sender,
    told,
    set: (changes: Partial<Preferences>) => (now = { ...now, ...changes }),
  };
}

describe('what a person wants of the peer', () => {
  test('is told to every peer that this window connects to', () => {
    const { sender, told } = setUp();
    const wanted = [
      'configure',
      {
        acceptMessagesFrom: 'everyone',
        keepHistoryDays: 0,
        sendReadReceipts: true,
        sendTypingIndicator: true,
        localDiscovery: true,
      },
    ];
    sender.connected();
    assert.deepEqual(told(), [wanted]);
    sender.connected();
    assert.deepEqual(told(), [wanted]);
  });

  test('is told again when it changes, and only then', () => {
    const { sender, told, set } = setUp();
    sender.changed();
    assert.deepEqual(told(), [], 'there is no peer yet');
    sender.connected();
    told();
    sender.changed();
    assert.deepEqual(told(), []);
    set({ acceptMessagesFrom: 'contacts' });
    sender.changed();
    sender.changed();
    assert.deepEqual(told(), [
      [
        'configure',
        {
          acceptMessagesFrom: 'contacts',
          keepHistoryDays: 0,
          sendReadReceipts: true,
          sendTypingIndicator: true,
          localDiscovery: true,
        },
      ],
    ]);
  });

  test('a peer that cannot be told is nothing to fail for', async () => {
    const peer = new FakePeer();
    peer.overrides.configure = () => Promise.reject(new Error('gone'));
    const failed = Promise.withResolvers<unknown>();
    const read = (): Preferences => ({
      acceptMessagesFrom: 'everyone',
      keepHistoryDays: 0,
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: true,
    });
    new PreferenceSender({ client: peer, read, failed: failed.resolve }).connected();
    assert.match(String(await failed.promise), /gone/);
  });
});
