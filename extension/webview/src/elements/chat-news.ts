import { html, LitElement, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Message } from '../model/api-types.ts';
import { strings } from '../strings.ts';
import { baseStyles } from '../styles/base.ts';
import { plain } from '../views/message-text.ts';

/** As many messages are read out when they come at once; of more it is said how many they are. */
const MOST_AT_ONCE = 3;

/** Only what is added is read out; what was stays for a moment, for a screen reader that is still about to look at it. */
const KEPT = 4;

/** A long message is read out as far as this; all of it stands in the conversation. */
const MOST_CHARACTERS = 500;

/**
 * What a screen reader says of new messages, wherever in the conversation the person is: there, lines come and go with
 * the scrolling, and nobody wants to hear that.
 */
export class ChatNews extends LitElement {
  static readonly tag = 'chat-news';
  static override readonly styles = [baseStyles];
  static override readonly properties = { said: { state: true } };

  /** By what is new. */
  declare said: readonly { readonly key: number; readonly text: string }[];

  constructor() {
    super();
    this.said = [];
  }

  /** These came from whom is called so. */
  tell(messages: readonly Message[], name: string): void {
    const last = messages.at(-1);
    if (last === undefined) return;
    const news =
      messages.length > MOST_AT_ONCE
        ? [{ key: last.order, text: strings.newCount(messages.length) }]
        : messages.map((message) => ({ key: message.order, text: strings.said(name, spoken(message)) }));
    this.said = [...this.said, ...news].slice(-KEPT);
  }

  protected override render(): TemplateResult {
    return html`<div class="unseen" aria-live="polite" aria-relevant="additions">
      ${repeat(
        this.said,
        ({ key }) => key,
        ({ text }) => html`<p>${text}</p>`,
      )}
    </div>`;
  }
}

function spoken({ text, deleted }: Message): string {
  if (text === null) return deleted ? strings.deleted : strings.newerVersion;
  return plain(text).slice(0, MOST_CHARACTERS);
}
