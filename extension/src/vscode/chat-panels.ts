import * as vscode from 'vscode';
import * as z from 'zod';
import { fingerprint, type Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { CHAT_VIEW_TYPE, ChatPanel, type ChatPanelParts } from './chat-panel.ts';

/** What a page keeps for VS Code to give back after a reload. */
const panelState = z.object({ contact: fingerprint });

/** The open chat tabs of this window, one for each contact. */
export class ChatPanels implements vscode.Disposable {
  readonly #parts: ChatPanelParts;
  readonly #open = new Map<Fingerprint, ChatPanel>();

  readonly #ends: (() => void)[];

  constructor(parts: ChatPanelParts) {
    this.#parts = parts;
    const { state } = parts;
    this.#ends = [
      // A tab that stays would open the conversation again, and so accept whoever was ignored.
      state.onContact.on(({ id, standing }) => {
        if (standing === 'ignored') this.close(id);
      }),
    ];
  }

  /** Shows the chat with this person. */
  open(contact: Fingerprint): void {
    const open = this.#open.get(contact);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const title = this.#parts.state.person(contact)?.name ?? vscode.l10n.t('Chat');
    this.#add(
      contact,
      vscode.window.createWebviewPanel(CHAT_VIEW_TYPE, title, vscode.ViewColumn.Active, {
        enableFindWidget: true,
      }),
    );
  }

  /** Closes the chat with somebody who is no contact any longer. */
  close(contact: Fingerprint): void {
    this.#open.get(contact)?.close();
  }

  /** Takes over a tab that VS Code brought back after a reload. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const parsed = panelState.safeParse(state);
    if (!parsed.success || this.#open.has(parsed.data.contact)) panel.dispose();
    else this.#add(parsed.data.contact, panel);
  }

  dispose(): void {
    // The tabs stay: VS Code gives them back after a reload.
    this.#open.clear();
    for (const end of this.#ends) end();
  }

  #add(contact: Fingerprint, panel: vscode.WebviewPanel): void {
    const chat: ChatPanel = new ChatPanel(this.#parts, contact, panel, {
      closed: () => {
        if (this.#open.get(chat.contact) === chat) this.#open.delete(chat.contact);
      },
      followed: (from, to) => {
        if (this.#open.get(from) === chat) this.#open.delete(from);
        // There is one tab for each contact.
        if (this.#open.has(to)) chat.close();
        else this.#open.set(to, chat);
      },
    });
    this.#open.set(contact, chat);
  }
}
