/// <reference types="mocha" />
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandId } from '../../extension/src/vscode/command-ids.ts';

const EXTENSION = 'p2p-chat.p2p-chat';

/** Commands that VS Code itself makes for every view. */
const OF_A_VIEW =
  /^p2pChat\.(requests|contacts|directory)\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/;

describe('the extension in its host', () => {
  before(async () => {
    const extension = vscode.extensions.getExtension(EXTENSION);
    assert.ok(extension, `${EXTENSION} is not installed`);
    await extension.activate();
  });

  it('registers exactly the commands of its code', async () => {
    const all = await vscode.commands.getCommands(true);
    const own = all.filter((command) => command.startsWith('p2pChat.') && !OF_A_VIEW.test(command));
    assert.deepEqual(own.toSorted(), Object.values(CommandId).toSorted());
  });

  it('contributes its views', async () => {
    const all = await vscode.commands.getCommands(true);
    assert.ok(all.includes('p2pChat.requests.focus'));
    assert.ok(all.includes('p2pChat.contacts.focus'));
    assert.ok(all.includes('p2pChat.directory.focus'));
  });

  it('shows its log, opens its views and its picker without an account', async () => {
    await vscode.commands.executeCommand(CommandId.showLog);
    await vscode.commands.executeCommand('p2pChat.contacts.focus');
    await vscode.commands.executeCommand(CommandId.openChat);
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
  });
});
