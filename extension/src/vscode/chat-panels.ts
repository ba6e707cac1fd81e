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

  constructor(parts: ChatPanelParts) {
    this.#parts = parts;
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

  /** Takes over a tab that VS Code brought back after a reload. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const parsed = panelState.safeParse(state);
    if (!parsed.success || this.#open.has(parsed.data.contact)) panel.dispose();
    else this.#add(parsed.data.contact, panel);
  }

  dispose(): void {
    // The tabs stay: VS Code gives them back after a reload.
    this.#open.clear();
  }

  #add(contact: Fingerprint, panel: vscode.WebviewPanel): void {
    const chat: ChatPanel = new ChatPanel(this.#parts, contact, panel, () => {
      if (this.#open.get(contact) === chat) this.#open.delete(contact);
    });
    this.#open.set(contact, chat);
  }
}
