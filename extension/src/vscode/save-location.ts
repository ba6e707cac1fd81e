import * as vscode from 'vscode';

/** Where a dialog to save begins: beside the folder, since neither identities nor conversations belong into a repository. */
export function besideFolder(name: string): { defaultUri?: vscode.Uri } {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, '..', name) };
}
