import * as vscode from 'vscode';
import type { Account } from './account.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { type Focus, type Remedy, watchForOusting } from './ousted.ts';

/** The notification that this machine is out of its person's account, with what can be done about it. */
export function showOusting(
  state: ChatState,
  account: Pick<Account, 'isAsking'>,
  failed: (error: unknown) => void,
): () => void {
  return watchForOusting(state, focusOf(account), (remedy, problem) => {
    const choices = choicesOf(remedy);
    const chosen = vscode.window.showWarningMessage(problem.message, ...choices.keys());
    const done = chosen.then(async (choice) => {
      const command = choice === undefined ? undefined : choices.get(choice);
      if (command !== undefined) await vscode.commands.executeCommand(command);
    });
    done.then(undefined, failed);
  });
}

function focusOf(account: Pick<Account, 'isAsking'>): Focus {
  return {
    get focused() {
      return vscode.window.state.focused;
    },
    get asked() {
      return account.isAsking;
    },
    onChanged: (listener) => {
      const subscription = vscode.window.onDidChangeWindowState(listener);
      return () => {
        subscription.dispose();
      };
    },
  };
}

function choicesOf(remedy: Remedy): ReadonlyMap<string, string> {
  const { l10n } = vscode;
  switch (remedy) {
    case 'take-over':
      return new Map([[l10n.t('Go Online Here'), CommandId.goOnline]]);
    case 'make-again':
      return new Map([[l10n.t('Make a New Account'), CommandId.goOnline]]);
    case 'import':
      return new Map([
        [l10n.t('Import Identity…'), CommandId.importIdentity],
        [l10n.t('Choose Another Name…'), CommandId.changeAccount],
      ]);
  }
}
