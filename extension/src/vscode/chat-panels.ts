import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { MessageAction } from '../panel-api.ts';
import type { Found } from './search-messages.ts';
import { CHAT_VIEW_TYPE, ChatPanel, type ChatPanelParts } from './chat-panel.ts';
import { withAdded } from './drafts.ts';
import { distinctName } from './namesakes.ts';
import { Signal } from './signal.ts';

/** What a page keeps for VS Code to give back after a reload. */
const panelState = z.object({ contact: fingerprint });

/**
 * Chat tabs with this title that VS Code kept over a reload. One that no panel is known of was not shown since: nothing
 * but its title is known of it, and nobody can bring it to the front.
 */
function tabsAsleep(title: string): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(
    ({ input, label }) =>
      label === title && input instanceof vscode.TabInputWebview && input.viewType.endsWith(CHAT_VIEW_TYPE),
  );
}

/** The open chat tabs of this window, one for each contact. */
export class ChatPanels implements vscode.Disposable {
  readonly #parts: ChatPanelParts;
  readonly #open = new Map<Fingerprint, ChatPanel>();

  /** Other chats may be on the screen now. */
  readonly onView = new Signal<void>();

  readonly #ends: (() => void)[];

  constructor(parts: ChatPanelParts) {
    this.#parts = parts;
    const { state } = parts;
    this.#ends = [
      // What a tab that stays shows was forgotten.
      state.onContact.on(({ id, standing }) => {
        if (standing === 'ignored') this.close(id);
      }),
      this.onView.on(() => state.setChats(this.inView, this.#active?.contact)),
    ];
  }

  /** Whose chats are on the screen. */
  get inView(): Fingerprint[] {
    return [...this.#open.values()].filter(({ isInView }) => isInView).map(({ contact }) => contact);
  }

  get #active(): ChatPanel | undefined {
    return [...this.#open.values()].find(({ isActive }) => isActive);
  }

  /** The person chose this from the menu of a message: of the chat that the menu was opened in. */
  act(does: MessageAction, order: number): void {
    this.#active?.act(does, order);
  }

  /**
   * Shows the chat with this person, who is accepted by that if they were ignored: only what a person does calls it.
   * @param found a message to be shown there
   */
  open(contact: Fingerprint, found?: Found): void {
    const open = this.#open.get(contact);
    if (open === undefined) this.#openNew(contact);
    else open.reveal();
    if (found !== undefined) this.#open.get(contact)?.find(found);
  }

  /** Shows the chat with this person with a text at the end of its box, where they go on writing. */
  addToBox(contact: Fingerprint, text: string): void {
    const { drafts } = this.#parts;
    const open = this.#open.get(contact);
    if (open === undefined) drafts.set(contact, withAdded(drafts.get(contact), text));
    else open.addToBox(text);
    this.open(contact);
  }

  #openNew(contact: Fingerprint): void {
    const { state, log } = this.#parts;
    const person = state.person(contact);
    const title = person === undefined ? vscode.l10n.t('Chat') : distinctName(person, state.namesakes);
    const asleep = person === undefined ? [] : tabsAsleep(title);
    const column = asleep[0]?.group.viewColumn ?? vscode.ViewColumn.Active;
    // Without VS Code's own search, which finds what is in the page: few messages are. Its key searches the conversation.
    this.#add(contact, vscode.window.createWebviewPanel(CHAT_VIEW_TYPE, title, column), true);
    vscode.window.tabGroups
      .close(asleep, true)
      .then(undefined, (error: unknown) => log.write('warn', `A tab could not be closed: ${String(error)}`));
  }

  /** Closes the chat with somebody who is no contact any longer. */
  close(contact: Fingerprint): void {
    this.#open.get(contact)?.close();
  }

  /** Takes over a tab that VS Code brought back after a reload. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const parsed = panelState.safeParse(state);
    if (!parsed.success || this.#open.has(parsed.data.contact)) panel.dispose();
    else this.#add(parsed.data.contact, panel, false);
  }

  dispose(): void {
    // The tabs stay: VS Code gives them back after a reload.
    this.#open.clear();
    for (const end of this.#ends) end();
  }

  #add(contact: Fingerprint, panel: vscode.WebviewPanel, byPerson: boolean): void {
    const chat: ChatPanel = new ChatPanel(
      this.#parts,
      contact,
      { panel, byPerson },
      {
        closed: () => {
          if (this.#open.get(chat.contact) === chat) this.#open.delete(chat.contact);
          this.onView.fire();
        },
        seen: () => this.onView.fire(),
        followed: (from, to) => {
          if (this.#open.get(from) === chat) this.#open.delete(from);
          // There is one tab for each contact; the other one reads the conversation of both by itself.
          if (this.#open.has(to)) chat.giveWay();
          else this.#open.set(to, chat);
          this.onView.fire();
        },
      },
    );
    this.#open.set(contact, chat);
    this.onView.fire();
  }
}
