import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSettings, type SettingKey } from '../../src/vscode/settings-schema.ts';

const defaults: Record<SettingKey, unknown> = {
  discoveryServer: 'http://127.0.0.1:8000',
  username: '',
  listenHost: '',
  listenPort: 0,
  goOnlineAtStartup: true,
  acceptMessagesFrom: 'everyone',
  keepHistoryDays: 0,
  sendReadReceipts: true,
  sendTypingIndicator: true,
  localDiscovery: true,
  notifications: 'all',
};

const read = (own: Partial<Record<SettingKey, unknown>>) =>
  readSettings((key) => ({ defaultValue: defaults[key], globalValue: own[key] }));

describe('settings', () => {
  test('unset settings have their defaults', () => {
    assert.deepEqual(read({}), defaults);
    assert.deepEqual(
      readSettings(() => undefined),
      defaults,
    );
  });

  test("the person's own values count", () => {
    const own = {
      discoveryServer: 'https://chat.example.com',
      username: 'Sam',
      listenHost: '10.0.0.1',
      listenPort: 7000,
      goOnlineAtStartup: false,
      acceptMessagesFrom: 'contacts',
      keepHistoryDays: 30,
      sendReadReceipts: false,
      sendTypingIndicator: false,
      localDiscovery: false,
      notifications: 'mentions',
    };
    assert.deepEqual(read(own), own);
  });

  test('what a workspace says is not even looked at', () => {
    const settings = readSettings((key) => ({
      defaultValue: defaults[key],
      workspaceValue: 'https://evil.example.com',
      workspaceFolderValue: 'https://evil.example.com',
    }));
    assert.deepEqual(settings, defaults);
  });

  test('a value of the wrong kind counts as not set', () => {
    assert.deepEqual(
      read({
        discoveryServer: 5,
        username: {},
        listenHost: null,
        listenPort: '80',
        goOnlineAtStartup: 'yes',
        keepHistoryDays: -1,
      }),
      defaults,
    );
    assert.equal(read({ listenPort: 65_536 }).listenPort, 0);
    assert.equal(read({ sendReadReceipts: 'off' }).sendReadReceipts, false);
    assert.equal(read({ keepHistoryDays: 1.5 }).keepHistoryDays, 0);
    assert.equal(read({ username: '  Sam ' }).username, 'Sam');
  });

  test('who wrote anything else than everyone about who may write is written to by contacts only', () => {
    for (const acceptMessagesFrom of ['contact', 'nobody', '', 'Everyone', false, [], {}]) {
      assert.equal(read({ acceptMessagesFrom }).acceptMessagesFrom, 'contacts');
    }
  });
});
