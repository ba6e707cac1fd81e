import * as vscode from 'vscode';
import type { Status } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { quoted } from './labels.ts';

interface Entry extends vscode.QuickPickItem {
  readonly command: string;
}

/**
 * The menu of the status bar item: what can be done now.
 * @param ownStatus what the person says of themselves, which stands beside the way to change it
 */
export async function showMenu(
  { status, blocked }: Pick<ChatState, 'status' | 'blocked'>,
  ownStatus: () => Promise<string>,
): Promise<void> {
  if (status.kind === 'problem' && status.problem.code === 'owner-silent') {
    await showSilence(status.problem.message);
    return;
  }
  // The menu is there without it, too.
  const says = status.kind === 'online' ? await ownStatus().catch(() => '') : '';
  const chosen = await vscode.window.showQuickPick(entriesOf(status, blocked.length > 0, says), {
    title: 'P2P Chat',
    placeHolder: describe(status),
  });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}

/** Nothing else can be done before that window is; the sentence that says which needs more room than a menu has. */
async function showSilence(message: string): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showWarningMessage(message, showLog);
  if (chosen === showLog) await vscode.commands.executeCommand(CommandId.showLog);
}

function entriesOf(status: Status, blocksPeople: boolean, says: string): Entry[] {
  const { l10n } = vscode;
  const entry = (label: string, icon: string, command: string): Entry => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    command,
  });
  const openChat = entry(l10n.t('Open Chat…'), 'comment-discussion', CommandId.openChat);
  const goOnline = entry(l10n.t('Go Online'), 'plug', CommandId.goOnline);
  const tryAgain = entry(l10n.t('Try Again'), 'refresh', CommandId.goOnline);
  const change = entry(l10n.t('Change Server or Name…'), 'edit', CommandId.changeAccount);
  const goOffline = entry(l10n.t('Go Offline'), 'debug-disconnect', CommandId.goOffline);
  const invite = entry(l10n.t('Invite a Colleague'), 'person-add', CommandId.invite);
  const join = entry(l10n.t('Join with an Invite…'), 'mail-read', CommandId.join);
  const identity = entry(l10n.t('Show My Identity'), 'key', CommandId.showIdentity);
  const importIdentity = entry(l10n.t('Import Identity…'), 'cloud-download', CommandId.importIdentity);
  const blocked = blocksPeople
    ? [entry(l10n.t('Blocked People…'), 'circle-slash', CommandId.blockedPeople)]
    : [];
  const setStatus = {
    ...entry(l10n.t('Set Status…'), 'smiley', CommandId.setStatus),
    description: says === '' ? '' : quoted(says),
  };
  const showLog = entry(l10n.t('Show Log'), 'output', CommandId.showLog);
  const last = [entry(l10n.t('Open Settings'), 'settings-gear', CommandId.openSettings), showLog];
  switch (status.kind) {
    case 'offline':
      return [goOnline, join, change, openChat, identity, importIdentity, ...blocked, ...last];
    case 'connecting':
      return [openChat, goOffline, identity, ...blocked, ...last];
    case 'online':
      return [openChat, setStatus, invite, join, identity, ...blocked, goOffline, ...last];
    case 'problem':
      return [tryAgain, change, importIdentity, join, openChat, identity, goOffline, ...last];
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
