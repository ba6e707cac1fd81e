import * as vscode from 'vscode';
import { CommandId } from './command-ids.ts';

/**
 * The extension where no extension host has sockets: VS Code in a browser alone. It says so, and does nothing else.
 * Must not import anything of Node.
 */
export function activate(context: vscode.ExtensionContext): void {
  void vscode.commands.executeCommand('setContext', 'p2pChat.browserOnly', true);
  const explain = (): void => {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'P2P Chat needs VS Code on a desktop, or a browser that is connected to a remote machine: a browser alone cannot be reached by others.',
      ),
    );
  };
  context.subscriptions.push(
    ...Object.values(CommandId).map((id) => vscode.commands.registerCommand(id, explain)),
    vscode.window.registerUriHandler({ handleUri: explain }),
  );
}
