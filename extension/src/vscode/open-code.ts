import * as vscode from 'vscode';
import { languageId } from './code-language.ts';
import type { Log } from './log.ts';

/** Shows code of a message beside the chat, in an editor without a file. */
export async function openCode(content: string, called: string, log: Log): Promise<void> {
  try {
    const language = languageId(called, await vscode.languages.getLanguages());
    // Empty until it is shown: VS Code opens what is unsaved and in no editor once more, in the group of the chat.
    const document = await vscode.workspace.openTextDocument({ language });
    const editor = await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), content), {
      undoStopBefore: false,
      undoStopAfter: false,
    });
  } catch (error) {
    log.write('error', `Code of a message could not be opened: ${String(error)}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('The code cannot be opened in an editor.'));
  }
}
