/// <reference types="mocha" />
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { health } from '../../protocol/src/discovery.ts';
import { hasAccount, wantsOnlineAtStartup } from '../../extension/src/vscode/autostart.ts';
import { currentSettings } from '../../extension/src/vscode/settings.ts';
import { discoveryVariable } from '../harness/host-results.ts';

const DEFAULTS = {
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

describe('a workspace whose settings set everything', () => {
  before(async () => {
    await vscode.extensions.getExtension('p2p-chat.p2p-chat')?.activate();
  });

  it('is open and trusted, with these settings in its folder', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const file = vscode.Uri.joinPath(folder.uri, '.vscode', 'settings.json');
    assert.match(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)), /"mallory"/);
    assert.ok(vscode.workspace.isTrusted);
  });

  it('has no effect on what VS Code gives to the extension', () => {
    const configuration = vscode.workspace.getConfiguration('p2pChat');
    for (const [key, value] of Object.entries(DEFAULTS)) assert.equal(configuration.get(key), value, key);
  });

  it('has no effect on what the extension reads', () => {
    assert.deepEqual(currentSettings(), DEFAULTS);
    assert.equal(hasAccount(), false);
    assert.equal(wantsOnlineAtStartup({ get: (): unknown => undefined }), false);
  });

  it('signs nobody in at its server', async () => {
    // Asked for by command, the chat looks at its settings once more; the question that follows is cancelled.
    const flow = { over: false };
    const ended = vscode.commands.executeCommand('p2pChat.goOnline').then(() => (flow.over = true));
    while (!flow.over) await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await ended;
    const answer = await fetch(`${process.env[discoveryVariable] ?? ''}/healthz`);
    const { accounts, online } = health.parse(await answer.json());
    assert.deepEqual({ accounts, online }, { accounts: 0, online: 0 });
  });
});
