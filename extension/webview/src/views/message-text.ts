import { html, noChange, type TemplateResult } from 'lit';
import { Directive, directive, type ChildPart } from 'lit/directive.js';
import { isFewEmoji } from '../../../src/few-emoji.ts';
import { ChatCode } from '../elements/chat-code.ts';
import { markdownToHtml } from '../text/markdown.ts';
import { markMentions } from '../text/mentions.ts';
import { isBlank, sanitize } from '../text/sanitize.ts';

/** One paragraph of a text in which nothing is formatted. */
function asWritten(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const paragraph = document.createElement('p');
  paragraph.textContent = text;
  fragment.append(paragraph);
  return fragment;
}

/** HTML that is one paragraph of text: nothing else can be in it. */
const ONE_PARAGRAPH = /^<p>([^<&]*)<\/p>\n?$/;

/** Puts the element for code around a block of it. */
function frame(block: HTMLPreElement): void {
  const around = document.createElement(ChatCode.tag);
  block.replaceWith(around);
  around.append(block);
}

/** What a message says, formatted; as it was written where formatting would take too long or show nothing. */
export function formatted(text: string): DocumentFragment {
  const markup = markdownToHtml(text);
  if (markup === null) return asWritten(text);
  const said = ONE_PARAGRAPH.exec(markup)?.[1];
  const fragment = said === undefined ? sanitize(markup) : asWritten(said);
  for (const block of fragment.querySelectorAll('pre')) frame(block);
  return isBlank(fragment) && fragment.querySelector('hr') === null ? asWritten(text) : fragment;
}

/** What a message says in one line, without its formatting. */
export function plain(text: string): string {
  return formatted(text).textContent.replace(/\s+/g, ' ').trim();
}

/** Formats once for as long as the message is in the page: a conversation renders anew with each message that comes. */
class FormattedText extends Directive {
  #shown: string | undefined;

  override render(text: string, people: readonly string[]): unknown {
    const fragment = formatted(text);
    markMentions(fragment, people);
    return fragment;
  }

  override update(_part: ChildPart, [text, people]: [string, readonly string[]]): unknown {
    if (text === this.#shown) return noChange;
    this.#shown = text;
    return this.render(text, people);
  }
}
const formattedText = directive(FormattedText);

/** The text of a message. `people`: whom it may call. */
export function messageText(id: string, text: string, people: readonly string[]): TemplateResult {
  const kind = isFewEmoji(text) ? 'text few-emoji' : 'text';
  return html`<div id=${id} class=${kind} dir="auto">${formattedText(text, people)}</div>`;
}
