/// <reference types="mocha" />
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { selectionForMessage } from '../../extension/src/vscode/selection.ts';

async function show(document: vscode.TextDocument, ...selections: vscode.Selection[]): Promise<void> {
  const editor = await vscode.window.showTextDocument(document);
  editor.selections = selections;
}

describe('what is selected, for a message', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-selection-'));
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true });
  });

  it('of a file outside of the workspace says its name and lines, but not where it lies; in the order of the lines', async () => {
    const file = path.join(folder, 'a.json');
    await writeFile(file, '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n');
    await show(
      await vscode.workspace.openTextDocument(file),
      new vscode.Selection(2, 2, 2, 8),
      new vscode.Selection(1, 9, 0, 0),
    );
    assert.equal(
      selectionForMessage(),
      '`a.json:1-2`\n```json\n{\n  "a": 1,\n```\n\n`a.json:3`\n```json\n"b": 2\n```\n',
    );
  });

  it('of what was never saved says its name alone', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'a\nb', language: 'plaintext' });
    await show(document, new vscode.Selection(0, 0, 1, 1));
    assert.match(selectionForMessage() ?? '', /^`Untitled-\d+`\n```\na\nb\n```\n$/);
  });

  it('is none where the cursor only stands somewhere, and none that is too long', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'x'.repeat(40_000) });
    await show(document, new vscode.Selection(0, 3, 0, 3));
    assert.equal(selectionForMessage(), undefined);
    await show(document, new vscode.Selection(0, 0, 0, 40_000));
    assert.equal(selectionForMessage(), undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});
