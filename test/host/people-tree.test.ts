/// <reference types="mocha" />
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { directoryFace } from '../../extension/src/vscode/person-face.ts';
import { PeopleTree } from '../../extension/src/vscode/people-tree.ts';

describe('a person in the tree', () => {
  it('opens by a command without arguments, which VS Code would forget when the item is refreshed', () => {
    const person = { id: 'a'.repeat(64), name: 'Carol', presence: 'online', lastSeen: null } as const;
    const face = directoryFace(vscode.l10n, person, 0, new Set());
    const tree = new PeopleTree('p2pChat.openListed', () => ({ faces: [face], more: false }));
    const [node] = tree.getChildren();
    assert.ok(node);
    const { command } = tree.getTreeItem(node);
    assert.equal(command?.command, 'p2pChat.openListed');
    assert.equal(command.arguments, undefined);
    tree.dispose();
  });

  it('has a picture for each kind of theme that is in the address itself, so that no file is written for it', () => {
    const person = { id: 'a'.repeat(64), name: 'Carol', presence: 'offline', lastSeen: null } as const;
    const face = directoryFace(vscode.l10n, person, 0, new Set());
    const tree = new PeopleTree('p2pChat.openListed', () => ({ faces: [face], more: false }));
    const [node] = tree.getChildren();
    assert.ok(node);
    const { iconPath } = tree.getTreeItem(node);
    assert.ok(typeof iconPath === 'object' && 'dark' in iconPath);
    assert.deepEqual(
      [iconPath.light, iconPath.dark].map((icon) => icon instanceof vscode.Uri && icon.scheme),
      ['data', 'data'],
    );
    tree.dispose();
  });
});
