import * as vscode from 'vscode';
import type { Contact } from '../peer-api.ts';
import { hasAccount } from './autostart.ts';
import type { ChatState } from './chat-state.ts';
import { marksOf } from './labels.ts';

/** As a line in a list calls itself for its menu; nothing for whoever is in none. */
function kindOfChat(contact: Contact): string {
  if (contact.standing === 'request') return 'request';
  return contact.standing === 'accepted' ? ['contact', ...marksOf(contact)].join(' ') : '';
}

/** Keeps the keys that the manifest's `when` clauses read. */
export function mirrorContextKeys(state: ChatState): vscode.Disposable {
  const shown = new Map<string, string | boolean>();
  const set = (key: string, value: string | boolean): void => {
    if (shown.get(key) === value) return;
    shown.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  };
  const update = (): void => {
    const { status } = state;
    set('p2pChat.status', status.kind);
    set('p2pChat.problem', status.kind === 'problem' ? status.problem.code : '');
    set('p2pChat.hasContacts', state.accepted.length > 0);
    set('p2pChat.hasRequests', state.requests.length > 0);
    set('p2pChat.hasOthers', state.directory.people.length > 0 || state.requests.length > 0);
    set('p2pChat.hasAccount', hasAccount());
    set(
      'p2pChat.hasTalked',
      state.accepted.some(({ lastMessageAt }) => lastMessageAt !== null),
    );
    set('p2pChat.serverHere', state.serverHere !== undefined);
    set('p2pChat.hasBlocked', state.blocked.length > 0);
    const { onlyChat } = state;
    set('p2pChat.onlyChat', onlyChat === undefined ? '' : kindOfChat(onlyChat));
  };
  const ends = [
    state.onStatus.on(update),
    state.onContact.on(update),
    state.onContactsReset.on(update),
    state.onDirectory.on(update),
    state.onServerHere.on(update),
    state.onChats.on(update),
  ];
  update();
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('p2pChat')) update();
    }),
    { dispose: () => ends.forEach((end) => end()) },
  );
}
