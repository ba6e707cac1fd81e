import * as vscode from 'vscode';
import type { PeerClient } from '../peer-api.ts';
import { checkName } from './answers.ts';
import { confirmModal } from './dialogs.ts';
import type { Log } from './log.ts';
import { problemOf } from './problem.ts';
import { askText } from './quick-input.ts';
import { storeSetting } from './settings.ts';

export interface AccountCommandParts {
  readonly client: PeerClient;
  readonly log: Log;
}

/** What the person does to their account on the server. */
export class AccountCommands {
  readonly #client: PeerClient;
  readonly #log: Log;

  constructor({ client, log }: AccountCommandParts) {
    this.#client = client;
    this.#log = log;
  }

  async rename(): Promise<void> {
    const { l10n } = vscode;
    const { account } = await this.#client.request('ownIdentity', {});
    if (account === null) {
      noAccount();
      return;
    }
    let { name } = account;
    let problem: string | undefined;
    for (;;) {
      const answer = await askText({
        title: l10n.t('Rename My Account'),
        prompt: l10n.t(
          'Your new name at {0}. Your contacts stay yours and see the new name.',
          account.server,
        ),
        placeholder: l10n.t('letters, digits, "-", "_" or "."'),
        value: name,
        problem,
        check: (input) => checkName(l10n, input),
      });
      if (answer.kind !== 'value' || answer.value === account.name) return;
      name = answer.value;
      try {
        const renamed = await this.#client.request('rename', { name });
        await this.#store(renamed.name);
        void vscode.window.showInformationMessage(l10n.t('You are called {0} now.', renamed.name));
        return;
      } catch (error) {
        const { code, message } = problemOf(error);
        if (code !== 'name-taken' && code !== 'name-invalid') throw error;
        problem = message;
      }
    }
  }

  async delete(): Promise<void> {
    const { l10n } = vscode;
    const { account } = await this.#client.request('ownIdentity', {});
    if (account === null) {
      noAccount();
      return;
    }
    const sure = await confirmModal(
      l10n.t('Delete your account {0} at {1}?', account.name, account.server),
      l10n.t(
        'The server forgets you, you go offline, and others can take the name. Your identity, your contacts and what you wrote to each other stay on this computer, and others keep what they got from you. You can make an account again at any time.',
      ),
      l10n.t('Delete Account'),
    );
    if (!sure) return;
    await this.#client.request('deleteAccount', {});
    // With a name this VS Code would make the account anew at its next start.
    await this.#store('');
    void vscode.window.showInformationMessage(l10n.t('Your account at {0} was deleted.', account.server));
  }

  async #store(name: string): Promise<void> {
    try {
      await storeSetting('username', name);
    } catch (error) {
      this.#log.write('warn', `The settings could not be written: ${problemOf(error).message}`);
      void vscode.window.showWarningMessage(
        vscode.l10n.t(
          'VS Code could not write your settings: set "p2pChat.username" to "{0}" yourself.',
          name,
        ),
      );
    }
  }
}

function noAccount(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t('You have no account yet: "P2P Chat: Go Online" makes one.'),
  );
}
