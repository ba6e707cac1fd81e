import * as vscode from 'vscode';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { serverLine, type StatusBarFace, statusBarFace } from './labels.ts';

const ACTIONS: Readonly<Record<StatusBarFace['action'], string>> = {
  'go-online': CommandId.goOnline,
  menu: CommandId.showMenu,
  unread: CommandId.openUnread,
  'change-account': CommandId.changeAccount,
  log: CommandId.showLog,
};

/** The item in the status bar: whether this person is online, and how much is unread. */
export function showStatusBar(state: ChatState): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('p2pChat.status', vscode.StatusBarAlignment.Right, 100);
  item.name = 'P2P Chat';
  const update = (): void => {
    const face = statusBarFace(vscode.l10n, state.status, state.unread, state.requests.length);
    item.text = face.text;
    item.tooltip = tooltipOf(face.tooltip, state.serverHere);
    item.command = ACTIONS[face.action];
    item.accessibilityInformation = { label: face.label, role: 'button' };
    item.backgroundColor = face.warning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
  };
  const ends = [
    state.onStatus.on(update),
    state.onContact.on(update),
    state.onContactsReset.on(update),
    state.onServerHere.on(update),
  ];
  update();
  item.show();
  return vscode.Disposable.from(item, { dispose: () => ends.forEach((end) => end()) });
}

function tooltipOf(text: string, serverHere: string | undefined): string {
  return serverHere === undefined ? text : `${text}\n${serverLine(vscode.l10n, serverHere)}`;
}
