import * as vscode from 'vscode';
import type { LazySession } from './lazy-session.ts';

/** Chat tabs that were open before a reload are filled again; the type is the one in chat-panels.ts. */
export function restorePanels(session: LazySession): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer('p2pChat.chat', {
    deserializeWebviewPanel: async (panel: vscode.WebviewPanel, state: unknown) => {
      (await session.get()).panels.restore(panel, state);
    },
  });
}
