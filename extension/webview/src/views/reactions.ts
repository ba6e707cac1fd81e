import { html, nothing, type TemplateResult } from 'lit';
import type { Message } from '../model/api-types.ts';
import { ActionEvent } from '../elements/action-event.ts';
import { strings } from '../strings.ts';

type Reaction = Message['reactions'][number];

function label({ emoji, mine, theirs }: Reaction, name: string): string {
  if (mine && theirs) return strings.reactedByBoth(emoji, name);
  return mine ? strings.reactedByYou(emoji) : strings.reactedBy(emoji, name);
}

/** The emoji at a message; pressed, one of them is this person's too, or no longer. */
export function reactions({ order, reactions: all }: Message, name: string): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  return html`<ul class="reactions" aria-label=${strings.reactions}>
    ${all.map(
      (each) =>
        html`<li>
          <button
            type="button"
            class="reaction"
            aria-pressed=${each.mine ? 'true' : 'false'}
            aria-label=${label(each, name)}
            title=${label(each, name)}
            @click=${(event: Event) =>
              event.target?.dispatchEvent(
                new ActionEvent({ does: 'react', order, emoji: each.emoji, on: !each.mine }),
              )}
          >
            <span>${each.emoji}</span
            >${each.mine && each.theirs ? html`<span class="count">2</span>` : nothing}
          </button>
        </li>`,
    )}
  </ul>`;
}
