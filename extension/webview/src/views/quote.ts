import { html, nothing, type TemplateResult } from 'lit';
import { ActionEvent } from '../elements/action-event.ts';
import type { Message } from '../model/api-types.ts';
import { strings } from '../strings.ts';
import { icons } from './icons.ts';
import { plain } from './message-text.ts';

/** What a message replies to, in one line; pressed, it leads there. */
export function quote({ replyTo }: Message, name: string): TemplateResult | typeof nothing {
  if (replyTo === null) return nothing;
  const { order, mine, text: said } = replyTo;
  const text = said === null ? (order === null ? strings.notHere : strings.deleted) : plain(said);
  const line = mine ? strings.replyToYou(text) : strings.replyTo(name, text);
  if (order === null) return html`<div class="quoted">${icons.reply}<span dir="auto">${line}</span></div>`;
  return html`<button
    type="button"
    class="quoted"
    title=${strings.showsOriginal}
    @click=${(event: Event) => event.target?.dispatchEvent(new ActionEvent({ does: 'show', order }))}
  >
    ${icons.reply}<span dir="auto">${line}</span>
  </button>`;
}
