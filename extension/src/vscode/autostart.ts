import * as vscode from 'vscode';
import type { ChatState } from './chat-state.ts';
import type { LazySession } from './lazy-session.ts';

/**
 * What activation asks of the settings, without loading the schemas: whoever never used the chat pays nothing for
 * it. Everything else reads settings through `settings.ts`.
 */

/** Whether this person went online with a name before. */
export function hasAccount(): boolean {
  return ownText('username') !== '';
}

/** Under which it is remembered that this person went offline by hand. */
export const STAYS_OFFLINE = 'p2pChat.staysOffline';

/** Whether to go online without being asked. */
export function wantsOnlineAtStartup(memento: Pick<vscode.Memento, 'get'>): boolean {
  return hasAccount() && own('goOnlineAtStartup') !== false && memento.get<unknown>(STAYS_OFFLINE) !== true;
}

/** Under which the discovery server of this VS Code is remembered. */
export const KEPT_SERVER = 'p2pChat.serverHere';

/** Whether this VS Code ran a discovery server that its person did not stop. */
export function wantsServerHere(memento: vscode.Memento): boolean {
  const kept = memento.get<unknown>(KEPT_SERVER);
  return typeof kept === 'object' && kept !== null && 'wanted' in kept && kept.wanted === true;
}

/** Loads what runs the discovery server once activation is over. */
export function startServerHere(session: LazySession): vscode.Disposable {
  const timer = setTimeout(() => session.wake(), 0);
  return new vscode.Disposable(() => clearTimeout(timer));
}

/** Goes online once activation is over. */
export function startOnline(state: ChatState, session: LazySession): vscode.Disposable {
  // Shown from the first moment: until the peer runs nobody else can say that this is under way.
  state.setAttempt({ kind: 'connecting', name: ownText('username'), server: ownText('discoveryServer') });
  const timer = setTimeout(() => session.wake(), 0);
  return new vscode.Disposable(() => clearTimeout(timer));
}

function ownText(key: string): string {
  const value = own(key);
  return typeof value === 'string' ? value.trim() : '';
}

function own(key: string): unknown {
  const value = vscode.workspace.getConfiguration('p2pChat').inspect<unknown>(key);
  return value?.globalValue ?? value?.defaultValue;
}
