import * as vscode from 'vscode';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { Invite } from '@p2p-chat/protocol/invite';
import type { OwnIdentity, PeerClient } from '../peer-api.ts';
import type { Account } from './account.ts';
import { checkJoinCode, checkName, isLoopbackServer } from './answers.ts';
import type { CardPanels } from './card-panels.ts';
import { inviteCard } from './cards.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { askModal } from './dialogs.ts';
import { offeredAnswers } from './go-online-flow.ts';
import { readInviteQuery, readInviteText } from './invite-link.ts';
import { joinQuestion, offeredName, planJoin } from './join-plan.ts';
import { askText } from './quick-input.ts';
import { joinCodeFor, keepJoinCode } from './secrets.ts';
import { currentSettings } from './settings.ts';

export interface InviteCommandParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly account: Account;
  readonly cards: CardPanels;
  readonly secrets: vscode.SecretStorage;
  readonly openChat: (person: string) => void;
}

/** Inviting a colleague, and being one. Nothing happens before the person has confirmed it. */
export class InviteCommands {
  readonly #parts: InviteCommandParts;

  constructor(parts: InviteCommandParts) {
    this.#parts = parts;
  }

  async invite(): Promise<void> {
    const { l10n } = vscode;
    const { client, cards, secrets, state } = this.#parts;
    const { account } = await client.request('ownIdentity', {});
    if (account === null) {
      const goOnline = l10n.t('Go Online');
      const message = l10n.t('Go online first: an invite leads to the server that you are at.');
      const chosen = await vscode.window.showInformationMessage(message, goOnline);
      if (chosen === goOnline) await vscode.commands.executeCommand(CommandId.goOnline);
      return;
    }
    if (isLoopbackServer(account.server)) {
      void vscode.window.showWarningMessage(
        l10n.t(
          'Your server {0} is on this computer: this invite works on this computer only.',
          account.server,
        ),
      );
    }
    let includeCode = false;
    const read = async (): Promise<NonNullable<ReturnType<typeof inviteCard>>> => {
      const own: OwnIdentity = await client.request('ownIdentity', {});
      const joinCode = own.account === null ? undefined : await joinCodeFor(secrets, own.account.server);
      const card = inviteCard(own, { scheme: vscode.env.uriScheme, joinCode, includeCode });
      if (card === undefined) throw new Error(l10n.t('You have no account any longer.'));
      return card;
    };
    cards.show('invite', {
      title: l10n.t('Invite a Colleague'),
      read,
      did: async (message) => {
        if (message.type === 'join-code')
          includeCode = message.included && (await askJoinCode(secrets, (await read()).server));
        if (message.type === 'copy') await vscode.env.clipboard.writeText((await read()).link);
      },
      watch: (changed) => state.onStatus.on(changed),
    });
  }

  /** Asks for a link. */
  async join(): Promise<void> {
    const { l10n } = vscode;
    const answer = await askText({
      title: l10n.t('Join with an Invite'),
      prompt: l10n.t('Paste the link that you were sent. You see what it does before anything happens.'),
      placeholder: 'vscode://p2p-chat.p2p-chat/join?…',
      value: '',
      problem: undefined,
      check: (input) => readInviteText(l10n, input),
    });
    if (answer.kind === 'value') await this.#accept(answer.value);
  }

  /** The link of an invite was opened. */
  async openLink(query: string): Promise<void> {
    const read = readInviteQuery(vscode.l10n, query);
    if (read.ok) await this.#accept(read.value);
    else void vscode.window.showErrorMessage(read.why);
  }

  async #accept(invite: Invite): Promise<void> {
    const { l10n } = vscode;
    const { client, state, account, openChat } = this.#parts;
    const settings = currentSettings();
    const own = await client.request('ownIdentity', {});
    const plan = planJoin(invite, state.peerStatus, own, settings.username);
    if (plan.kind === 'own') {
      void vscode.window.showInformationMessage(
        l10n.t('This is your own invite: send it to a colleague, who opens it.'),
      );
      return;
    }
    const question = joinQuestion(l10n, invite, plan, client.snapshot?.contacts ?? []);
    if (!question.choices.includes((await askModal(question)) ?? '')) return;
    const { name, identity, server } = invite;
    let contact: Fingerprint;
    if (plan.kind === 'join') {
      const offered = offeredAnswers(settings);
      const ownName = plan.askName ? await askName(invite, offeredName(invite, offered.name)) : offered.name;
      if (ownName === undefined) return;
      // Before the server is asked for anything: what it says of the name counts no more.
      contact = (await client.request('addContact', { identity, name, server })).id;
      const { key, code } = invite;
      const done = await account.join({
        ...offered,
        server,
        name: ownName,
        joinCode: code ?? null,
        serverKey: key === undefined ? null : { key, by: 'invite' },
      });
      if (!done) return;
    } else {
      contact = (await client.request('addContact', { identity, name, server })).id;
    }
    openChat(contact);
  }
}

/**
 * Asks for the join code that goes into an invite, offering the one typed last: the server's may be another by now, or
 * was never typed here.
 * @returns whether there is one
 */
async function askJoinCode(secrets: vscode.SecretStorage, server: string): Promise<boolean> {
  const { l10n } = vscode;
  const kept = await joinCodeFor(secrets, server);
  const answer = await askText({
    title: l10n.t('Invite a Colleague: Join Code'),
    prompt: l10n.t('The join code of {0}. Escape leaves it out: not every server has one.', server),
    placeholder: l10n.t('join code'),
    value: kept ?? '',
    problem: undefined,
    password: true,
    check: (input) => checkJoinCode(l10n, input),
  });
  if (answer.kind !== 'value') return false;
  if (answer.value !== kept) await keepJoinCode(secrets, server, answer.value);
  return true;
}

async function askName({ server }: Invite, offered: string): Promise<string | undefined> {
  const { l10n } = vscode;
  const answer = await askText({
    title: l10n.t('Join with an Invite: Username'),
    prompt: l10n.t('Your name at {0}.', server),
    placeholder: l10n.t('letters, digits, "-", "_" or "."'),
    value: offered,
    problem: undefined,
    check: (input) => checkName(l10n, input),
  });
  return answer.kind === 'value' ? answer.value : undefined;
}
