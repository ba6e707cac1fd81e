import * as vscode from 'vscode';
import type { Question } from './decisions.ts';

/** Asks in a modal dialog, as a warning; `undefined` when the person left all as it is. */
export async function askModal({ message, detail, choices }: Question): Promise<string | undefined> {
  return vscode.window.showWarningMessage(message, { modal: true, detail }, ...choices);
}

/** Asks a question that a single button answers. */
export async function confirmModal(message: string, detail: string, yes: string): Promise<boolean> {
  return (await askModal({ message, detail, choices: [yes] })) === yes;
}
