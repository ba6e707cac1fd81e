import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { HostMessage, MessageAction } from '../panel-api.ts';
import type { Contact, PeerClient, Person, Problem } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { Conversation } from './conversation.ts';
import type { Decision } from './decisions.ts';
import { confirmModal } from './dialogs.ts';
import type { Drafts } from './drafts.ts';
import { glanceOf } from './glance.ts';
import type { Log } from './log.ts';
import { MessageChanges } from './message-changes.ts';
import { distinctName, markOf } from './namesakes.ts';
import { openCode } from './open-code.ts';
import { panelHtml } from './panel-html.ts';
import { tabIcon } from './person-icon.ts';
import type { Found } from './search-messages.ts';
import { currentSettings } from './settings.ts';
import { uuidv7 } from './uuid.ts';

/** How long a page waits for the messages that it is to show at once, milliseconds: VS Code needs longer for its frame. */
const GLANCE_WITHIN_MS = 80;

export const CHAT_VIEW_TYPE = 'p2pChat.chat';

export interface ChatPanelParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly drafts: Drafts;
  readonly log: Log;
  readonly extensionUri: vscode.Uri;
  /** The folder of workspace storage, null when no folder is open. */
  readonly workspace: string | null;
  /** Does what the person decided about a contact; `answered` is called once a dialog has closed over the chat. */
  readonly decide: (contact: Fingerprint, decision: Decision, answered: () => void) => Promise<void>;
  /** Says what went wrong. */
  readonly failed: (error: unknown) => void;
}

/** What a tab tells whoever keeps it. */
export interface ChatPanelEvents {
  /** Called once, when the tab is closed. */
  closed(): void;
  /** The contact goes on under another identity, and the tab with it. */
  followed(from: Fingerprint, to: Fingerprint): void;
  /** The tab came into view or went out of it. */
  seen(): void;
}

/** One chat in an editor tab: the webview around a Conversation. Disposed with its tab. */
export class ChatPanel {
  #contact: Fingerprint;
  readonly #parts: ChatPanelParts;
  readonly #panel: vscode.WebviewPanel;
  readonly #conversation: Conversation;
  readonly #events: ChatPanelEvents;
  /** While the page waits for what to show at once. */
  #waiting: NodeJS.Timeout | undefined;
  #hasGlance = false;
  /** What the tab's icon shows: VS Code draws the tab anew for each that is set. */
  #icon = '';

  /**
   * @param panel new because the person asked for it, or given back by VS Code after a reload
   */
  constructor(
    parts: ChatPanelParts,
    contact: Fingerprint,
    { panel, byPerson }: { readonly panel: vscode.WebviewPanel; readonly byPerson: boolean },
    events: ChatPanelEvents,
  ) {
    this.#contact = contact;
    this.#parts = parts;
    this.#panel = panel;
    this.#events = events;
    const { webview } = panel;
    webview.options = {
      enableScripts: true,
      localResourceRoots: ['dist', 'media'].map((folder) => vscode.Uri.joinPath(parts.extensionUri, folder)),
    };
    this.#loadSoon();
    this.#conversation = this.#makeConversation(byPerson);
    const { state } = parts;
    const nameAgain = (): void => this.#nameAgain();
    const ends = [
      state.onStatus.on(() => this.#conversation.statusChanged()),
      state.onContact.on(nameAgain),
      state.onContactsReset.on(nameAgain),
      state.onDirectory.on(nameAgain),
    ];
    const listeners = [
      webview.onDidReceiveMessage((raw: unknown) => void this.#conversation.fromPage(raw)),
      panel.onDidChangeViewState(() => {
        // When it is shown again, other messages are the last ones.
        if (!panel.visible && this.#hasGlance) this.#load();
        this.#conversation.shown(panel.visible);
        events.seen();
      }),
    ];
    panel.onDidDispose(() => {
      clearTimeout(this.#waiting);
      for (const end of ends) end();
      vscode.Disposable.from(...listeners).dispose();
      this.#conversation.dispose();
      events.closed();
    });
    const person = state.person(contact);
    if (person !== undefined) this.#showPerson(person);
  }

  /** Whom the chat is with now. */
  get contact(): Fingerprint {
    return this.#contact;
  }

  /** Whether the chat is on the screen, as far as this window is. */
  get isInView(): boolean {
    return this.#panel.visible;
  }

  /** Whether the chat is what commands are about. */
  get isActive(): boolean {
    return this.#panel.active;
  }

  /** The person chose this from the menu of a message. */
  act(does: MessageAction, order: number): void {
    this.#post({ type: 'act', does, order });
  }

  /** The person asks for this chat again. */
  reveal(): void {
    this.#conversation.askedFor();
    this.#panel.reveal();
  }

  /** Puts a text at the end of the box. */
  addToBox(text: string): void {
    this.#conversation.addToBox(text);
  }

  /** Gives the page what its box is to hold, which it asks for at its start alone. */
  beginAnew(): void {
    // A page that is not there, or is only just loaded, starts with that by itself.
    if (!this.#panel.visible || this.#waiting !== undefined) return;
    this.#conversation.shown(false);
    this.#loadSoon();
    this.#conversation.shown(true);
  }

  /** Shows a message of the conversation. */
  find(found: Found): void {
    this.#conversation.find(found);
  }

  /** Closes the tab, since another one shows the same conversation. */
  giveWay(): void {
    this.#conversation.giveWay();
    this.close();
  }

  close(): void {
    this.#panel.dispose();
  }

  #makeConversation(byPerson: boolean): Conversation {
    const { client, state, drafts, workspace, log } = this.#parts;
    const changes = new MessageChanges({
      client,
      workspace,
      newId: uuidv7,
      confirmDelete: async () => {
        const isMeant = await confirmModal(
          vscode.l10n.t('Delete this message?'),
          vscode.l10n.t('It is deleted for both of you. Whoever read it may remember it.'),
          vscode.l10n.t('Delete'),
        );
        this.#takeFocusBack();
        return isMeant;
      },
      failed: (reason) => void vscode.window.showErrorMessage(reason),
    });
    return new Conversation({
      contact: this.#contact,
      byPerson,
      client,
      l10n: vscode.l10n,
      workspace,
      newId: uuidv7,
      status: () => state.status,
      ownName: () => currentSettings().username,
      mark: (contact) => markOf(contact, state.namesakes),
      draft: { get: () => drafts.get(this.#contact), set: (draft) => drafts.set(this.#contact, draft) },
      people: () => state.names,
      change: (contact, change) => changes.make(contact, change),
      post: (message) => this.#post(message),
      goOnline: () => void vscode.commands.executeCommand(CommandId.goOnline),
      why: (contact) => void vscode.commands.executeCommand(CommandId.whyNotDelivered, contact),
      // A text, since a Uri would change what is encoded in it; VS Code asks, as for whatever is no part of a workspace.
      openLink: (url) => vscode.commands.executeCommand('vscode.open', url),
      copy: (text) => vscode.env.clipboard.writeText(text),
      openCode: (text, language) => void openCode(text, language, this.#parts.log),
      onFailed: (problem, asked) => void this.#failed(problem, asked),
      beginAnew: () => this.beginAnew(),
      onContact: (person) => this.#showPerson(person),
      onReplaced: (from, to) => this.#follow(from, to),
      decide: (decision) => this.#parts.decide(this.#contact, decision, () => this.#takeFocusBack()),
      failed: this.#parts.failed,
      log: (text) => log.write('warn', text),
    });
  }

  /** A dialog of VS Code's own, which is not the system's, gives the focus back to the frame around the page alone. */
  #takeFocusBack(): void {
    if (this.#panel.active) this.#panel.reveal();
  }

  #follow(from: Fingerprint, to: Contact): void {
    this.#parts.drafts.move(from, to.id);
    this.#contact = to.id;
    this.#showPerson(to);
    this.#events.followed(from, to.id);
  }

  #showPerson(person: Person): void {
    this.#showName(person);
    const icon = tabIcon(person);
    const shown = JSON.stringify(icon);
    if (shown === this.#icon) return;
    this.#icon = shown;
    this.#panel.iconPath = icon;
  }

  /** Somebody of the same name may have come or gone. */
  #nameAgain(): void {
    const person = this.#parts.state.person(this.#contact);
    if (person !== undefined) this.#showName(person);
    this.#conversation.namesakesChanged();
  }

  #showName(person: Person): void {
    const title = distinctName(person, this.#parts.state.namesakes);
    if (this.#panel.title !== title) this.#panel.title = title;
  }

  #post(message: HostMessage): void {
    if (message.type === 'state' && this.#waiting !== undefined) this.#load(glanceOf(message));
    void this.#panel.webview.postMessage(message);
  }

  /** Loads the page with its messages as soon as they are known, or without after a moment. */
  #loadSoon(): void {
    this.#waiting = setTimeout(() => this.#load(), GLANCE_WITHIN_MS);
  }

  /** @param glance what the page shows at once, in HTML */
  #load(glance = ''): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#hasGlance = glance !== '';
    const { webview } = this.#panel;
    const script = vscode.Uri.joinPath(this.#parts.extensionUri, 'dist', 'webview.js');
    webview.html = panelHtml({
      script: webview.asWebviewUri(script).toString(),
      nonce: randomBytes(16).toString('base64url'),
      title: this.#panel.title,
      locale: vscode.env.language,
      translations: vscode.l10n.bundle ?? {},
      element: 'p2p-chat',
      glance,
    });
  }

  /** Says why a conversation cannot be shown. Without its contact there is nothing that the tab could show later. */
  async #failed(problem: Problem, byPerson: boolean): Promise<void> {
    this.#parts.log.write(
      'error',
      `A conversation could not be opened (${problem.code}): ${problem.message}`,
    );
    if (problem.code === 'unknown-contact') {
      this.close();
      // Nobody waits for a tab that came back by itself, to somebody who was ignored or forgotten meanwhile.
      if (!byPerson) return;
    }
    const showLog = vscode.l10n.t('Show Log');
    const chosen = await vscode.window.showErrorMessage(
      vscode.l10n.t('The conversation cannot be opened. {0}', problem.message),
      showLog,
    );
    if (chosen === showLog) await vscode.commands.executeCommand(CommandId.showLog);
  }
}
