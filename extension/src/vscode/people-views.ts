import * as vscode from 'vscode';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { compareContacts, requestsLabel, unreadLabel } from './labels.ts';
import { contactFace, directoryFace, withDraft } from './person-face.ts';
import { PeopleTree, type PersonNode } from './people-tree.ts';

/** A list of people on the screen. */
export interface PeopleView {
  /** The id of whoever is selected, by mouse or keyboard. */
  selected(): string | undefined;
  dispose(): void;
}

/** The view "Contacts", with the number of unread messages on the activity bar. */
export function showContacts(state: ChatState, onVisible: () => void): PeopleView {
  const tree = new PeopleTree(CommandId.openContact, () => {
    const now = Date.now();
    const { l10n } = vscode;
    const faces = state.accepted.sort(compareContacts).map((contact) => {
      const face = contactFace(l10n, contact, now, state.namesakes);
      return state.hasDraft(contact.id) ? withDraft(l10n, face) : face;
    });
    return { faces, more: false };
  });
  const view = vscode.window.createTreeView('p2pChat.contacts', { treeDataProvider: tree });
  const update = (): void => {
    tree.update();
    view.badge = badgeOf(state);
    // Where nobody is listed the welcome says it; but which window stands still, only a message can.
    view.message = tree.empty && !isOwnerSilent(state) ? '' : statusMessage(state);
  };
  const ends = [
    state.onContact.on(update),
    state.onContactsReset.on(update),
    state.onStatus.on(update),
    state.onDirectory.on(update),
    state.onDrafts.on(update),
    state.onChats.on(update),
    followChat(state, view, tree),
  ];
  return peopleView(view, tree, onVisible, () => ends.forEach((end) => end()));
}

/** The view "Message Requests", which is there while there are some. */
export function showRequests(state: ChatState, onVisible: () => void): PeopleView {
  const tree = new PeopleTree(CommandId.openRequest, () => {
    const now = Date.now();
    const requests = state.requests.sort(compareContacts);
    return {
      faces: requests.map((contact) => contactFace(vscode.l10n, contact, now, state.namesakes)),
      more: false,
    };
  });
  const view = vscode.window.createTreeView('p2pChat.requests', { treeDataProvider: tree });
  const update = (): void => {
    tree.update();
    const { length } = state.requests;
    view.description = length === 0 ? '' : String(length);
  };
  const ends = [
    state.onContact.on(update),
    state.onContactsReset.on(update),
    state.onDirectory.on(update),
    followChat(state, view, tree),
  ];
  return peopleView(view, tree, onVisible, () => ends.forEach((end) => end()));
}

/** The view "Directory": the others on the server, page by page. */
export function showDirectory(state: ChatState, onVisible: () => void): PeopleView {
  const tree = new PeopleTree(CommandId.openListed, () => {
    const now = Date.now();
    const { people, more } = state.directory;
    return { faces: people.map((person) => directoryFace(vscode.l10n, person, now, state.namesakes)), more };
  });
  const view = vscode.window.createTreeView('p2pChat.directory', { treeDataProvider: tree });
  const update = (): void => tree.update();
  const ends = [state.onContact.on(update), state.onContactsReset.on(update), state.onDirectory.on(update)];
  return peopleView(view, tree, onVisible, () => ends.forEach((end) => end()));
}

/** Selects whom the active chat is with, where they are listed, whichever way the chat was turned to. Returns what ends it. */
function followChat(state: ChatState, view: vscode.TreeView<PersonNode>, tree: PeopleTree): () => void {
  let followed: string | undefined;
  const follow = (): void => {
    const id = state.activeChat?.id;
    // A view that is not on the screen would come to it.
    if (id === followed || !view.visible) return;
    const node = id === undefined ? undefined : tree.find(id);
    // Whoever was written to just now is listed in a moment.
    if (id !== undefined && node === undefined) return;
    followed = id;
    if (node === undefined || view.selection[0] === node) return;
    // Whoever has left the list by then has no line to be selected.
    view.reveal(node, { select: true, focus: false }).then(undefined, () => undefined);
  };
  const ends = [state.onChats.on(follow), state.onContact.on(follow), state.onContactsReset.on(follow)];
  const shown = view.onDidChangeVisibility(follow);
  return () => {
    for (const end of ends) end();
    shown.dispose();
  };
}

function peopleView(
  view: vscode.TreeView<PersonNode>,
  tree: PeopleTree,
  onVisible: () => void,
  end: () => void,
): PeopleView {
  const parts = vscode.Disposable.from(view, tree, watchVisibility(view, tree, onVisible), { dispose: end });
  return {
    selected: () => {
      const [node] = view.selection;
      return node?.face?.id;
    },
    dispose: () => {
      parts.dispose();
    },
  };
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

/** What is on the activity bar: unread messages, and people who ask whether they may write. */
function badgeOf({ unread, requests: { length } }: ChatState): vscode.ViewBadge | undefined {
  const { l10n } = vscode;
  if (unread + length === 0) return undefined;
  const words = [
    ...(unread === 0 ? [] : [unreadLabel(l10n, unread)]),
    ...(length === 0 ? [] : [requestsLabel(l10n, length)]),
  ];
  return { value: unread + length, tooltip: words.join(', ') };
}

function isOwnerSilent({ status }: ChatState): boolean {
  return status.kind === 'problem' && status.problem.code === 'owner-silent';
}

/** A line above the contacts while they are not up to date. */
function statusMessage({ status }: ChatState): string {
  switch (status.kind) {
    case 'offline':
      return vscode.l10n.t('You are offline. What you write is held until you go online.');
    case 'problem':
      // With both fingerprints it would leave no room for the contacts.
      return status.problem.code === 'server-changed'
        ? vscode.l10n.t('The discovery server shows another key than the one that you trusted.')
        : status.problem.message;
    case 'connecting':
    case 'online':
      return '';
  }
}
