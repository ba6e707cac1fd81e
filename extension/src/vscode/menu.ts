import * as vscode from 'vscode';
import type { Status } from '../peer-api.ts';
import { CommandId } from './command-ids.ts';

interface Entry extends vscode.QuickPickItem {
  readonly command: string;
}

/** The menu of the status bar item: what can be done now. */
export async function showMenu(status: Status): Promise<void> {
  const chosen = await vscode.window.showQuickPick(entriesOf(status), {
    title: 'P2P Chat',
    placeHolder: describe(status),
  });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}

function entriesOf(status: Status): Entry[] {
  const { l10n } = vscode;
  const openChat = {
    label: l10n.t('Open Chat…'),
    iconPath: new vscode.ThemeIcon('comment-discussion'),
    command: CommandId.openChat,
  };
  const goOnline = {
    label: l10n.t('Go Online'),
    iconPath: new vscode.ThemeIcon('plug'),
    command: CommandId.goOnline,
  };
  const tryAgain = {
    label: l10n.t('Try Again'),
    iconPath: new vscode.ThemeIcon('refresh'),
    command: CommandId.goOnline,
  };
  const change = {
    label: l10n.t('Change Server or Name…'),
    iconPath: new vscode.ThemeIcon('edit'),
    command: CommandId.changeAccount,
  };
  const goOffline = {
    label: l10n.t('Go Offline'),
    iconPath: new vscode.ThemeIcon('debug-disconnect'),
    command: CommandId.goOffline,
  };
  const showLog = {
    label: l10n.t('Show Log'),
    iconPath: new vscode.ThemeIcon('output'),
    command: CommandId.showLog,
  };
  switch (status.kind) {
    case 'offline':
      return [goOnline, change, openChat, showLog];
    case 'connecting':
      return [openChat, goOffline, showLog];
    case 'online':
      return [openChat, goOffline, showLog];
    case 'problem':
      return [tryAgain, change, openChat, goOffline, showLog];
  }
}

function describe(status: Status): string {
  const { l10n } = vscode;
  switch (status.kind) {
    case 'offline':
      return l10n.t('You are offline');
    case 'connecting':
      return l10n.t('Going online as {0} at {1}', status.name, status.server);
    case 'online':
      return l10n.t('Online as {0} at {1}', status.name, status.server);
    case 'problem':
      return status.problem.message;
  }
}
