import type * as vscode from 'vscode';
import {
  hasAccount,
  startOnline,
  startServerHere,
  wantsOnlineAtStartup,
  wantsServerHere,
} from './vscode/autostart.ts';
import { ChatState } from './vscode/chat-state.ts';
import { registerCommands } from './vscode/commands.ts';
import { mirrorContextKeys } from './vscode/context-keys.ts';
import { LazySession } from './vscode/lazy-session.ts';
import { Log } from './vscode/log.ts';
import { showContacts, showDirectory, showRequests } from './vscode/people-views.ts';
import { restorePanels } from './vscode/restore-panels.ts';
import { showStatusBar } from './vscode/status-bar.ts';

let running: LazySession | undefined;

/** Registers what a person sees. The chat itself is loaded at the first need, see session.ts. */
export function activate(context: vscode.ExtensionContext): void {
  const log = new Log();
  const state = new ChatState();
  const goOnline = wantsOnlineAtStartup(context.globalState);
  const session = new LazySession({ context, state, log, goOnline });
  const onVisible = (): void => {
    if (hasAccount()) session.wake();
  };
  const requests = showRequests(state, onVisible);
  const contacts = showContacts(state, onVisible);
  const directory = showDirectory(state, onVisible);
  context.subscriptions.push(
    log,
    mirrorContextKeys(state),
    showStatusBar(state),
    requests,
    contacts,
    directory,
    registerCommands({ session, state, log, requests, contacts, directory }),
    restorePanels(session),
  );
  if (goOnline) context.subscriptions.push(startOnline(state, session));
  else if (wantsServerHere(context.globalState)) context.subscriptions.push(startServerHere(session));
  running = session;
}

/** Resolves when this window's part of the peer is stopped: another window's takes over. */
export async function deactivate(): Promise<void> {
  await running?.stop();
}
