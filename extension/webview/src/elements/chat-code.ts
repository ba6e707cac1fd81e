import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { colour } from '../code/colouring.ts';
import type { Piece } from '../code/highlight.ts';
import { strings } from '../strings.ts';
import { baseStyles } from '../styles/base.ts';
import { codeFrameStyles } from '../styles/code.ts';
import { icons } from '../views/icons.ts';

/** How long "Copied" stands where "Copy" was. */
const COPIED_MS = 2_000;

/** What a `chat-code` asks for, as an event that leaves the message. */
export class CodeEvent extends Event {
  readonly does: 'copy' | 'open';
  readonly code: string;
  readonly language: string;

  constructor(does: 'copy' | 'open', code: string, language: string) {
    super('chat-code', { bubbles: true, composed: true });
    this.does = does;
    this.code = code;
    this.language = language;
  }
}

/**
 * Code in a message, around the `pre` that it was made of: says its language, can be copied and opened, and has colours
 * as soon as they are there.
 */
export class ChatCode extends LitElement {
  static readonly tag = 'chat-code';
  static override readonly styles = [baseStyles, codeFrameStyles];
  static override readonly properties = { copied: { state: true } };

  /** Whether it was copied just now. */
  declare copied: boolean;

  #language = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.copied = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const code = this.#code;
    this.#language = /(?:^|\s)language-(\S+)/.exec(code?.className ?? '')?.[1] ?? '';
    // At once: a line that grows after it was put in moves all others.
    this.performUpdate();
    if (code === null || code.childElementCount > 0) return;
    colour(code.textContent, this.#language, (pieces) => {
      if (this.isConnected) this.#show(code, pieces);
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override render(): TemplateResult {
    return html`<div class="bar">
        ${this.#language === '' ? nothing : html`<span class="language">${this.#language}</span>`}
        <span class="actions">
          <button type="button" aria-label=${strings.copyCode} title=${strings.copyCode} @click=${this.#copy}>
            ${this.copied ? icons.delivered : icons.copy}
          </button>
          <button type="button" aria-label=${strings.openCode} title=${strings.openCode} @click=${this.#open}>
            ${icons.openCode}
          </button>
        </span>
        <span class="unseen" role="status">${this.copied ? strings.copied : nothing}</span>
      </div>
      <slot></slot>`;
  }

  get #code(): HTMLElement | null {
    return this.querySelector('code');
  }

  /** Without the line feed that Markdown ends a block with. */
  get #text(): string {
    return (this.#code?.textContent ?? '').replace(/\n$/, '');
  }

  #show(code: HTMLElement, pieces: readonly Piece[]): void {
    code.replaceChildren(
      ...pieces.map(({ text, token }) => {
        if (token === null) return text;
        const span = document.createElement('span');
        span.className = token;
        span.textContent = text;
        return span;
      }),
    );
  }

  readonly #copy = (): void => {
    this.dispatchEvent(new CodeEvent('copy', this.#text, this.#language));
    this.copied = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.copied = false), COPIED_MS);
  };

  readonly #open = (): void => {
    this.dispatchEvent(new CodeEvent('open', this.#text, this.#language));
  };
}
