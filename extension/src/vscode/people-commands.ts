import * as vscode from 'vscode';
import type { Contact, PeerClient } from '../peer-api.ts';
import type { CardPanels } from './card-panels.ts';
import { groupedDigits, verifyCard } from './cards.ts';
import type { ChatState } from './chat-state.ts';
import { chooseContact } from './choose-contact.ts';
import { CommandId } from './command-ids.ts';
import { decide, type Decision, type DecisionParts } from './decisions.ts';
import { askModal } from './dialogs.ts';
import { compared, type VerificationParts } from './verification.ts';

export interface PeopleCommandParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly cards: CardPanels;
}

/** What a person does about other people, besides talking to them. */
export class PeopleCommands {
  readonly #client: PeerClient;
  readonly #state: ChatState;
  readonly #cards: CardPanels;
  readonly #decisions: DecisionParts;

  constructor({ client, state, cards }: PeopleCommandParts) {
    this.#client = client;
    this.#state = state;
    this.#cards = cards;
    this.#decisions = {
      client,
      l10n: vscode.l10n,
      ask: askModal,
      verify: (contact) => this.#showSafetyNumber(contact),
    };
  }

  /**
   * What was decided in a chat or a list. Somebody who is no contact any longer needs no decision.
   * @param answered as of decide()
   */
  async decide(id: string, decision: Decision, answered?: () => void): Promise<void> {
    const contact = this.#state.contacts.get(id);
    if (contact !== undefined) await decide(this.#decisions, contact, decision, answered);
  }

  acceptRequest(argument: unknown): Promise<void> {
    const title = vscode.l10n.t('Accept Message Request');
    return this.#about(argument, title, this.#state.requests, 'accept-request');
  }

  ignoreRequest(argument: unknown): Promise<void> {
    const title = vscode.l10n.t('Ignore Message Request');
    return this.#about(argument, title, this.#state.requests, 'ignore-request');
  }

  block(argument: unknown): Promise<void> {
    const { requests, accepted } = this.#state;
    return this.#about(argument, vscode.l10n.t('Block'), [...requests, ...accepted], 'block');
  }

  verify(argument: unknown): Promise<void> {
    const { requests, accepted } = this.#state;
    return this.#about(argument, vscode.l10n.t('Verify'), [...accepted, ...requests], 'verify');
  }

  async unblock(argument: unknown): Promise<void> {
    await this.#about(
      argument,
      vscode.l10n.t('Blocked People: Choose Whom to Unblock'),
      this.#state.blocked,
      'unblock',
    );
  }

  async #about(
    argument: unknown,
    title: string,
    offered: readonly Contact[],
    decision: Decision,
  ): Promise<void> {
    const id = await chooseContact(argument, title, offered, this.#state);
    if (id !== undefined) await this.decide(id, decision);
  }

  #showSafetyNumber(contact: Contact): Promise<void> {
    const { l10n } = vscode;
    let shown = contact;
    const current = (): Contact => (shown = this.#state.contacts.get(shown.id) ?? shown);
    const read = async (): Promise<ReturnType<typeof verifyCard>> => {
      const numbers = await this.#client.request('safetyNumber', { contact: current().id });
      return verifyCard(current(), numbers);
    };
    const parts: VerificationParts = {
      ...this.#decisions,
      tell: (sentence) => void vscode.window.showWarningMessage(sentence),
      block: ({ id }) => this.decide(id, 'block'),
    };
    this.#cards.show('verify', {
      get title() {
        return l10n.t('Verify {0}', shown.name);
      },
      read,
      did: async (message) => {
        if (message.type === 'copy') {
          await vscode.env.clipboard.writeText(groupedDigits((await read()).qr));
        } else if (message.type === 'compared') {
          await compared(parts, current, message.outcome, message.digits);
        }
      },
      watch: (changed) => {
        const ends = [
          this.#state.onContact.on(({ id }) => {
            if (id === shown.id) changed();
          }),
          this.#client.onPush('contactReplaced', ({ from, to }) => {
            if (from !== shown.id) return;
            shown = to;
            changed();
          }),
        ];
        return () => ends.forEach((end) => end());
      },
    });
    return Promise.resolve();
  }
}

/** Shows an error as a sentence, with the way to the log. */
export async function showFailure(message: string): Promise<void> {
  await withLog((showLog) => vscode.window.showErrorMessage(message, showLog));
}

/** The same for what needs no doing, but to be known. */
export async function showWarning(message: string): Promise<void> {
  await withLog((showLog) => vscode.window.showWarningMessage(message, showLog));
}

async function withLog(show: (showLog: string) => Thenable<string | undefined>): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  if ((await show(showLog)) === showLog) {
    await vscode.commands.executeCommand(CommandId.showLog);
  }
}
