import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { HostMessage } from '../panel-api.ts';
import type { PeerClient, Person, Problem } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { Conversation } from './conversation.ts';
import type { Drafts } from './drafts.ts';
import type { Log } from './log.ts';
import { panelHtml } from './panel-html.ts';
import { presenceIcon } from './person-icon.ts';
import { currentSettings } from './settings.ts';
import { uuidv7 } from './uuid.ts';

export const CHAT_VIEW_TYPE = 'p2pChat.chat';

export interface ChatPanelParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly drafts: Drafts;
  readonly log: Log;
  readonly extensionUri: vscode.Uri;
  /** The folder of workspace storage, null when no folder is open. */
  readonly workspace: string | null;
}

/** One chat in an editor tab: the webview around a Conversation. Disposed with its tab. */
export class ChatPanel {
  readonly contact: Fingerprint;
  readonly #parts: ChatPanelParts;
  readonly #panel: vscode.WebviewPanel;
  readonly #conversation: Conversation;

  /**
   * @param panel new, or given back by VS Code after a reload
   * @param onClosed called once, when the tab is closed
   */
  constructor(parts: ChatPanelParts, contact: Fingerprint, panel: vscode.WebviewPanel, onClosed: () => void) {
    this.contact = contact;
    this.#parts = parts;
    this.#panel = panel;
    this.#conversation = this.#makeConversation();
    const { state } = parts;
    const endStatus = state.onStatus.on(() => this.#conversation.statusChanged());
    const listeners = [
      panel.webview.onDidReceiveMessage((raw: unknown) => void this.#conversation.fromPage(raw)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#conversation.pageGone();
      }),
    ];
    panel.onDidDispose(() => {
      endStatus();
      vscode.Disposable.from(...listeners).dispose();
      this.#conversation.dispose();
      onClosed();
    });
    const person = state.person(contact);
    if (person !== undefined) this.#showPerson(person);
    this.#load();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  #makeConversation(): Conversation {
    const { client, state, drafts, workspace, log } = this.#parts;
    const { contact } = this;
    return new Conversation({
      contact,
      client,
      l10n: vscode.l10n,
      workspace,
      newId: uuidv7,
      status: () => state.status,
      ownName: () => currentSettings().username,
      draft: { get: () => drafts.get(contact), set: (text) => drafts.set(contact, text) },
      post: (message: HostMessage) => void this.#panel.webview.postMessage(message),
      goOnline: () => void vscode.commands.executeCommand(CommandId.goOnline),
      onFailed: (problem) => void this.#failed(problem),
      onContact: (person) => this.#showPerson(person),
      log: (text) => log.write('warn', text),
    });
  }

  #showPerson(person: Person): void {
    const { name } = person;
    if (this.#panel.title !== name) this.#panel.title = name;
    this.#panel.iconPath = presenceIcon(person.presence);
  }

  #load(): void {
    const { webview } = this.#panel;
    const distribution = vscode.Uri.joinPath(this.#parts.extensionUri, 'dist');
    const media = vscode.Uri.joinPath(this.#parts.extensionUri, 'media');
    webview.options = { enableScripts: true, localResourceRoots: [distribution, media] };
    webview.html = panelHtml({
      source: webview.cspSource,
      script: webview.asWebviewUri(vscode.Uri.joinPath(distribution, 'webview.js')).toString(),
      nonce: randomBytes(16).toString('base64url'),
      title: this.#panel.title,
      language: vscode.env.language,
    });
  }

  /** Says why a conversation cannot be shown. Without its contact there is nothing that the tab could show later. */
  async #failed(problem: Problem): Promise<void> {
    this.#parts.log.write(
      'error',
      `A conversation could not be opened (${problem.code}): ${problem.message}`,
    );
    if (problem.code === 'unknown-contact') this.close();
    const showLog = vscode.l10n.t('Show Log');
    const chosen = await vscode.window.showErrorMessage(
      vscode.l10n.t('The conversation cannot be opened. {0}', problem.message),
      showLog,
    );
    if (chosen === showLog) await vscode.commands.executeCommand(CommandId.showLog);
  }
}
