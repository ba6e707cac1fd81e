import * as vscode from 'vscode';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { type Focus, type Remedy, watchForOusting } from './ousted.ts';

/** The notification that this machine was signed out from elsewhere, with what can be done about it. */
export function showOusting(state: ChatState): () => void {
  return watchForOusting(state, windowFocus, (remedy, problem) => {
    const choices = choicesOf(remedy);
    void vscode.window.showWarningMessage(problem.message, ...choices.keys()).then((chosen) => {
      const command = chosen === undefined ? undefined : choices.get(chosen);
      return command === undefined ? undefined : vscode.commands.executeCommand(command);
    });
  });
}

const windowFocus: Focus = {
  get focused() {
    return vscode.window.state.focused;
  },
  onChanged: (listener) => {
    const subscription = vscode.window.onDidChangeWindowState(listener);
    return () => subscription.dispose();
  },
};

function choicesOf(remedy: Remedy): ReadonlyMap<string, string> {
  const { l10n } = vscode;
  switch (remedy) {
    case 'take-over':
      return new Map([[l10n.t('Go Online Here'), CommandId.goOnline]]);
  }
}
