import * as vscode from 'vscode';
import type { Contact, PeerClient } from '../peer-api.ts';
import { checkEndpoint, endpointText } from './answers.ts';
import type { ChatState } from './chat-state.ts';
import { chatLink } from './chat-link.ts';
import { chooseContact } from './choose-contact.ts';
import { askModal, confirmModal } from './dialogs.ts';
import { groupedFingerprint } from './labels.ts';
import { askText } from './quick-input.ts';
import { searchMessages, type SearchParts } from './search-messages.ts';

export interface ContactCommandParts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly state: ChatState;
  readonly openChat: (person: string) => void;
  /** Shows a message in its conversation. */
  readonly showMessage: SearchParts['open'];
}

/** What a person does with contacts of theirs, from the tree's menu or with one chosen from a list. */
export class ContactCommands {
  readonly #parts: ContactCommandParts;

  constructor(parts: ContactCommandParts) {
    this.#parts = parts;
  }

  async open(argument: unknown): Promise<void> {
    const id = await this.#chooseId(argument, vscode.l10n.t('Open Chat'));
    if (id !== undefined) this.#parts.openChat(id);
  }

  /** "Search in Conversation…": of the chat that is open, unless it was chosen from a list. */
  async search(argument: unknown): Promise<void> {
    const { state, showMessage, client } = this.#parts;
    const title = vscode.l10n.t('Search in Conversation');
    const contact = await this.#choose(argument ?? state.activeChat?.id, title);
    if (contact !== undefined) searchMessages({ client, state, open: showMessage }, contact);
  }

  async setMuted(argument: unknown, muted: boolean): Promise<void> {
    const title = muted ? vscode.l10n.t('Mute') : vscode.l10n.t('Unmute');
    const contact = await this.#choose(argument, title, (each) => each.muted !== muted);
    if (contact !== undefined) await this.#parts.client.request('setMuted', { contact: contact.id, muted });
  }

  async setPinned(argument: unknown, pinned: boolean): Promise<void> {
    const title = pinned ? vscode.l10n.t('Pin') : vscode.l10n.t('Unpin');
    const contact = await this.#choose(argument, title, (each) => each.pinned !== pinned);
    if (contact !== undefined) await this.#parts.client.request('setPinned', { contact: contact.id, pinned });
  }

  /** Where a contact can be reached, as the person knows it: tried besides whatever else is known. */
  async setAddress(argument: unknown): Promise<void> {
    const { l10n } = vscode;
    const contact = await this.#choose(argument, l10n.t('Set Address'));
    if (contact === undefined) return;
    const { client } = this.#parts;
    const { endpoint } = await client.request('typedAddress', { contact: contact.id });
    const before = endpoint === null ? '' : endpointText(endpoint);
    const answer = await askText({
      title: l10n.t('Set Address of {0}', contact.name),
      prompt: l10n.t(
        'The IP address and port where {0} can be reached. It is tried besides the addresses that the discovery server knows. Leave it empty to go by those alone.',
        contact.name,
      ),
      placeholder: l10n.t('for example: 192.168.1.20:4000 or [fd00::20]:4000'),
      value: before,
      problem: undefined,
      check: (input) => checkEndpoint(l10n, input),
      ...(before === '' ? {} : { other: { label: l10n.t('Clear Address'), icon: 'clear-all', value: null } }),
    });
    if (answer.kind === 'value') {
      await client.request('setAddress', { contact: contact.id, endpoint: answer.value });
    }
  }

  async copyFingerprint(argument: unknown): Promise<void> {
    const id = await this.#chooseId(argument, vscode.l10n.t('Copy Fingerprint'));
    if (id !== undefined) await vscode.env.clipboard.writeText(groupedFingerprint(id));
  }

  /** A link that opens the chat with this contact, for whoever is on their server too. */
  async copyChatLink(argument: unknown): Promise<void> {
    const id = await this.#chooseId(argument, vscode.l10n.t('Copy Link to Chat'));
    if (id !== undefined) await vscode.env.clipboard.writeText(chatLink(vscode.env.uriScheme, id));
  }

  async remove(argument: unknown): Promise<void> {
    const { l10n } = vscode;
    const contact = await this.#choose(argument, l10n.t('Remove Contact'));
    if (contact === undefined) return;
    const { id, name } = contact;
    const remove = l10n.t('Remove');
    const chosen = await askModal({
      message: l10n.t('Remove {0} from your contacts?', name),
      detail: l10n.t(
        'What you wrote to each other is deleted here, and what is still held for {0} is never sent. {0} keeps what was delivered. If {0} writes to you again, it is a message request.',
        name,
      ),
      choices: [remove],
    });
    if (chosen === remove) await this.#parts.client.request('removeContact', { contact: id });
  }

  async deleteConversation(argument: unknown): Promise<void> {
    const { l10n } = vscode;
    const contact = await this.#choose(argument, l10n.t('Delete Conversation'));
    if (contact === undefined) return;
    const isMeant = await confirmModal(
      l10n.t('Delete the conversation with {0}?', contact.name),
      l10n.t(
        'What you wrote to each other is deleted here; what still waits for {0} is delivered all the same. {0} keeps what they have, and stays your contact.',
        contact.name,
      ),
      l10n.t('Delete'),
    );
    if (isMeant) await this.#parts.client.request('clearHistory', { contact: contact.id });
  }

  async clearHistory(): Promise<void> {
    const { l10n } = vscode;
    const isMeant = await confirmModal(
      l10n.t('Delete all conversations?'),
      l10n.t(
        'What you and your contacts wrote to each other is deleted here; what still waits is delivered all the same. Your contacts stay, and keep what they have.',
      ),
      l10n.t('Delete All'),
    );
    if (isMeant) await this.#parts.client.request('clearHistory', { contact: null });
  }

  async #choose(
    argument: unknown,
    title: string,
    isOffered: (contact: Contact) => boolean = () => true,
  ): Promise<Contact | undefined> {
    const id = await this.#chooseId(argument, title, isOffered);
    return id === undefined ? undefined : this.#parts.state.contacts.get(id);
  }

  /** The same, who may be in the directory only when a menu was opened at them. */
  #chooseId(
    argument: unknown,
    title: string,
    isOffered: (contact: Contact) => boolean = () => true,
  ): Promise<string | undefined> {
    const { state } = this.#parts;
    return chooseContact(argument, title, state.accepted.filter(isOffered), state);
  }
}
