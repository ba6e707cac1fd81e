import { html, type TemplateResult } from 'lit';
import { strings } from '../strings.ts';

/** The person asks why a message is not delivered. */
export class WhyEvent extends Event {
  static readonly type = 'chat-why';

  constructor() {
    super(WhyEvent.type, { bubbles: true, composed: true });
  }
}

/** The state of a message that is not delivered yet, as the way to the reason. */
export function whyButton(icon: TemplateResult, text: string): TemplateResult {
  return html`<button type="button" class="why" aria-label=${strings.whyNotDelivered(text)} @click=${ask}>
    ${icon}<span>${text}</span>
  </button>`;
}

function ask({ currentTarget }: Event): void {
  currentTarget?.dispatchEvent(new WhyEvent());
}
