import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type Card, cardMessage, type CardMessage } from '../card-api.ts';
import { panelHtml } from './panel-html.ts';

/** What a card shows and what can be done with it. */
export interface CardSource {
  readonly title: string;
  /** What to show now. */
  read(): Promise<Card>;
  /** The person did something; the card is read again afterwards. */
  did(message: Exclude<CardMessage, { type: 'ready' }>): Promise<void>;
  /** Calls `changed` whenever the card is to be read again; returns what ends it. */
  watch?(changed: () => void): () => void;
  /** How often the card is read again while it is on the screen, milliseconds; a failure of that is for the log. */
  readonly refreshMs?: number;
}

export interface CardPanelParts {
  readonly extensionUri: vscode.Uri;
  readonly failed: (error: unknown) => void;
  readonly log: (text: string) => void;
}

/** In their tabs, as beside the commands that show them. */
const ICONS: Readonly<Record<Card['type'], string>> = {
  identity: 'key',
  verify: 'verified',
  invite: 'person-add',
  delivery: 'question',
};

/** The open cards: one tab for each kind, which goes on with what was asked for last. Nothing of them is kept. */
export class CardPanels implements vscode.Disposable {
  readonly #parts: CardPanelParts;
  readonly #open = new Map<Card['type'], CardPanel>();

  constructor(parts: CardPanelParts) {
    this.#parts = parts;
  }

  show(kind: Card['type'], source: CardSource): void {
    const open = this.#open.get(kind);
    if (open !== undefined) {
      open.show(source);
      return;
    }
    this.#open.set(kind, new CardPanel(this.#parts, kind, source, () => this.#open.delete(kind)));
  }

  dispose(): void {
    for (const panel of [...this.#open.values()]) panel.close();
  }
}

class CardPanel {
  readonly #parts: CardPanelParts;
  readonly #panel: vscode.WebviewPanel;
  #source: CardSource;
  #endWatch: (() => void) | undefined;
  #ready = false;
  #closed = false;
  /** Counts what was read: only the newest is shown. */
  #reading = 0;
  #refresh: NodeJS.Timeout | undefined;
  /** Whether what is read again by itself is under way. */
  #isRefreshing = false;
  /** Whether the last such reading failed: the log needs to know it once. */
  #isStale = false;

  constructor(parts: CardPanelParts, kind: Card['type'], source: CardSource, onClosed: () => void) {
    this.#parts = parts;
    this.#source = source;
    const distribution = vscode.Uri.joinPath(parts.extensionUri, 'dist');
    this.#panel = vscode.window.createWebviewPanel('p2pChat.card', source.title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [distribution],
    });
    this.#panel.iconPath = new vscode.ThemeIcon(ICONS[kind]);
    const { webview } = this.#panel;
    const listeners = [
      webview.onDidReceiveMessage((raw: unknown) => void this.#heard(raw)),
      this.#panel.onDidChangeViewState(() => {
        // Hidden, the page is gone: it says `ready` when it is back.
        if (!this.#panel.visible) this.#ready = false;
        this.#keepFresh();
      }),
    ];
    this.#panel.onDidDispose(() => {
      this.#closed = true;
      clearInterval(this.#refresh);
      this.#endWatch?.();
      vscode.Disposable.from(...listeners).dispose();
      onClosed();
    });
    this.#watch();
    webview.html = panelHtml({
      script: webview.asWebviewUri(vscode.Uri.joinPath(distribution, 'card.js')).toString(),
      nonce: randomBytes(16).toString('base64url'),
      title: source.title,
      locale: vscode.env.language,
      translations: vscode.l10n.bundle ?? {},
      element: 'p2p-chat-card',
    });
  }

  show(source: CardSource): void {
    this.#source = source;
    this.#panel.title = source.title;
    this.#watch();
    this.#panel.reveal();
    void this.#post();
  }

  close(): void {
    this.#panel.dispose();
  }

  #watch(): void {
    this.#endWatch?.();
    this.#endWatch = this.#source.watch?.(() => void this.#post());
    this.#keepFresh();
  }

  #keepFresh(): void {
    clearInterval(this.#refresh);
    const { refreshMs } = this.#source;
    if (refreshMs === undefined || !this.#panel.visible) return;
    this.#refresh = setInterval(() => void this.#readAgain(), refreshMs);
  }

  /** While a peer does not answer, one request waits for it, not one for each second. */
  async #readAgain(): Promise<void> {
    if (!this.#ready || this.#isRefreshing) return;
    this.#isRefreshing = true;
    const wasStale = this.#isStale;
    this.#isStale = false;
    await this.#post((error) => {
      this.#isStale = true;
      if (!wasStale) this.#parts.log(`A card could not be read: ${String(error)}`);
    });
    this.#isRefreshing = false;
  }

  async #heard(raw: unknown): Promise<void> {
    const parsed = cardMessage.safeParse(raw);
    if (!parsed.success) {
      this.#parts.log('A message of a card was not understood.');
      return;
    }
    if (parsed.data.type === 'ready') this.#ready = true;
    else {
      try {
        await this.#source.did(parsed.data);
      } catch (error) {
        this.#parts.failed(error);
      }
    }
    await this.#post();
  }

  async #post(failed = this.#parts.failed): Promise<void> {
    const reading = ++this.#reading;
    try {
      const card = await this.#source.read();
      if (reading !== this.#reading || this.#closed) return;
      this.#panel.title = this.#source.title;
      if (this.#ready) await this.#panel.webview.postMessage(card);
    } catch (error) {
      if (!this.#closed) failed(error);
    }
  }
}
