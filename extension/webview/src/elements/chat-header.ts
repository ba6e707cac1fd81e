import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Format } from '../format.ts';
import type { Contact } from '../model/api-types.ts';
import { strings } from '../strings.ts';
import { baseStyles } from '../styles/base.ts';
import { headerStyles } from '../styles/header.ts';
import { icons } from '../views/icons.ts';

/** Who this conversation is with, whether they are there, and whether it is really them. */
export class ChatHeader extends LitElement {
  static readonly tag = 'chat-header';
  static override readonly styles = [baseStyles, headerStyles];
  static override readonly properties = {
    contact: { attribute: false },
    now: { attribute: false },
    format: { attribute: false },
    explained: { state: true },
  };

  declare contact: Contact | undefined;
  declare now: number;
  declare format: Format | undefined;
  /** Whether "not verified" is explained below: a tooltip alone is out of reach for a keyboard. */
  declare explained: boolean;

  constructor() {
    super();
    this.explained = false;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    if (contact === undefined) return nothing;
    const verification = contact.verified
      ? { icon: icons.verified, word: strings.verified, title: strings.verifiedTitle(contact.name) }
      : { icon: icons.shield, word: strings.notVerified, title: strings.notVerifiedTitle(contact.name) };
    return html`<header>
      <h1>${contact.name}</h1>
      ${this.#presence(contact)}
      <button
        class="verification"
        type="button"
        title=${verification.title}
        aria-expanded=${this.explained ? 'true' : 'false'}
        aria-controls="explanation"
        @click=${() => (this.explained = !this.explained)}
      >
        ${verification.icon}<span>${verification.word}</span>
      </button>
      <p id="explanation" ?hidden=${!this.explained}>${verification.title}</p>
    </header>`;
  }

  #presence({ name, presence, lastSeen }: Contact): TemplateResult {
    switch (presence) {
      case 'online':
        return presenceLine(icons.online, strings.online, strings.onlineTitle(name));
      case 'unknown':
        return presenceLine(icons.unknown, strings.unknownPresence, strings.unknownPresenceTitle(name));
      case 'offline': {
        const seen = lastSeen === null ? undefined : this.format?.lastSeen(lastSeen, this.now);
        return presenceLine(icons.offline, seen ?? strings.offline, strings.offlineTitle(name));
      }
    }
  }
}

function presenceLine(icon: TemplateResult, word: string, title: string): TemplateResult {
  return html`<span class="presence" title=${title}>${icon}<span>${word}</span></span>`;
}
