import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** What an editor tab with a page costs at least: the options of a chat, and one line of text. */
export function activate(context) {
  context.subscriptions.push(vscode.commands.registerCommand('emptyPanel.open', open(context.extensionUri)));
}

const open = (extensionUri) => () => {
  const panel = vscode.window.createWebviewPanel('emptyPanel', 'Empty', vscode.ViewColumn.Active, {
    enableFindWidget: true,
  });
  panel.webview.options = { enableScripts: true, localResourceRoots: [extensionUri] };
  const nonce = randomBytes(16).toString('base64url');
  panel.webview.html = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'" />
    <title>Empty</title>
  </head>
  <body>An empty panel.</body>
</html>
`;
};
