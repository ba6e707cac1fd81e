import * as vscode from 'vscode';
import type { ChatState } from './chat-state.ts';
import { compareContacts, unreadLabel } from './labels.ts';
import { contactFace, directoryFace } from './person-face.ts';
import { PeopleTree, type PersonNode } from './people-tree.ts';

/** The view "Contacts", with the number of unread messages on the activity bar. */
export function showContacts(state: ChatState, onVisible: () => void): vscode.Disposable {
  const tree = new PeopleTree(() => {
    const now = Date.now();
    const contacts = [...state.contacts.values()].sort(compareContacts);
    return { faces: contacts.map((contact) => contactFace(vscode.l10n, contact, now)), more: false };
  });
  const view = vscode.window.createTreeView('p2pChat.contacts', { treeDataProvider: tree });
  const update = (): void => {
    tree.update();
    const { unread } = state;
    view.badge = unread === 0 ? undefined : { value: unread, tooltip: unreadLabel(vscode.l10n, unread) };
    view.message = tree.empty ? '' : statusMessage(state);
  };
  const ends = [state.onContact.on(update), state.onContactsReset.on(update), state.onStatus.on(update)];
  return vscode.Disposable.from(view, tree, watchVisibility(view, tree, onVisible), {
    dispose: () => ends.forEach((end) => end()),
  });
}

/** The view "Directory": the others on the server, page by page. */
export function showDirectory(state: ChatState, onVisible: () => void): vscode.Disposable {
  const tree = new PeopleTree(() => {
    const now = Date.now();
    const { people, more } = state.directory;
    return { faces: people.map((person) => directoryFace(vscode.l10n, person, now)), more };
  });
  const view = vscode.window.createTreeView('p2pChat.directory', { treeDataProvider: tree });
  const end = state.onDirectory.on(() => tree.update());
  return vscode.Disposable.from(view, tree, watchVisibility(view, tree, onVisible), { dispose: end });
}

function watchVisibility(
  view: vscode.TreeView<PersonNode>,
  tree: PeopleTree,
  onVisible: () => void,
): vscode.Disposable {
  const seen = (visible: boolean): void => {
    tree.setVisible(visible);
    if (visible) onVisible();
  };
  if (view.visible) seen(true);
  return view.onDidChangeVisibility((event) => seen(event.visible));
}

/** A line above the contacts while they are not up to date. */
function statusMessage({ status }: ChatState): string {
  switch (status.kind) {
    case 'offline':
      return vscode.l10n.t('You are offline. What you write is held until you go online.');
    case 'problem':
      return status.problem.message;
    case 'connecting':
    case 'online':
      return '';
  }
}
