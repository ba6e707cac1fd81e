import path from 'node:path';
import * as vscode from 'vscode';
import { excerptsInMessage } from './code-excerpt.ts';
import { refuseSelection } from './outgoing.ts';

/** What is selected in the active editor as a message has it; `undefined` where that is none, which the person is told. */
export function selectionForMessage(): string | undefined {
  const { activeTextEditor: editor } = vscode.window;
  const text = editor === undefined ? '' : selectedIn(editor);
  if (text === '') {
    void vscode.window.showInformationMessage(vscode.l10n.t('Select some code in an editor first.'));
    return undefined;
  }
  const refusal = refuseSelection(vscode.l10n, text);
  if (refusal === undefined) return text;
  void vscode.window.showErrorMessage(refusal);
  return undefined;
}

function selectedIn({ document, selections }: vscode.TextEditor): string {
  const { file, hasLines } = placeOf(document);
  const excerpts = selections
    .toSorted((one, other) => one.start.compareTo(other.start))
    .map(({ start, end }) => ({
      file,
      line: hasLines ? start.line + 1 : null,
      language: document.languageId,
      before: document.getText(new vscode.Range(start.with({ character: 0 }), start)),
      text: document.getText(new vscode.Range(start, end)),
    }));
  return excerptsInMessage(excerpts);
}

/**
 * The path of a file outside of the workspace tells the other of this machine, and nothing that they could use. Cells of
 * notebooks, output and what was never saved have lines that nobody else can find.
 */
function placeOf({ uri }: vscode.TextDocument): { readonly file: string; readonly hasLines: boolean } {
  const isInWorkspace = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  return {
    file: isInWorkspace ? vscode.workspace.asRelativePath(uri, false) : path.posix.basename(uri.path),
    hasLines: isInWorkspace || uri.scheme === 'file' || uri.scheme === 'vscode-remote',
  };
}
