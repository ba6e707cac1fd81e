/// <reference types="mocha" />
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { health } from '../../../protocol/src/discovery.ts';
import { CommandId } from '../../../extension/src/vscode/command-ids.ts';
import { discoveryVariable } from '../../harness/host-results.ts';

describe('in a virtual workspace', () => {
  it('VS Code has no folder on a disk', () => {
    const schemes = vscode.workspace.workspaceFolders?.map(({ uri }) => uri.scheme);
    assert.deepEqual(schemes, ['p2p-chat-test']);
  });

  it('the extension is enabled, with every command', async () => {
    const extension = vscode.extensions.getExtension('p2p-chat.p2p-chat');
    assert.ok(extension);
    await extension.activate();
    const commands = await vscode.commands.getCommands(true);
    assert.deepEqual(
      Object.values(CommandId).filter((command) => !commands.includes(command)),
      [],
    );
  });

  it('a person goes online', async () => {
    await vscode.commands.executeCommand(CommandId.goOnline);
    const answer = await fetch(`${process.env[discoveryVariable] ?? ''}/healthz`);
    const { accounts, online } = health.parse(await answer.json());
    assert.deepEqual({ accounts, online }, { accounts: 1, online: 1 });
  });
});
