import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Format } from '../format.ts';
import type { Contact } from '../model/api-types.ts';
import { called } from '../model/person-name.ts';
import type { ChatActions } from '../session.ts';
import { strings } from '../strings.ts';
import { baseStyles } from '../styles/base.ts';
import { headerStyles } from '../styles/header.ts';
import { icons } from '../views/icons.ts';
import { personName } from '../views/person-name.ts';
import { shownTrust } from '../views/trust.ts';

/** Who this conversation is with, whether they are there, and whether it is really them. */
export class ChatHeader extends LitElement {
  static readonly tag = 'chat-header';
  static override readonly styles = [baseStyles, headerStyles];
  static override readonly properties = {
    contact: { attribute: false },
    mark: { attribute: false },
    typing: { attribute: false },
    now: { attribute: false },
    format: { attribute: false },
    actions: { attribute: false },
  };

  declare contact: Contact | undefined;
  declare mark: string | null;
  /** Whether the contact is writing just now. */
  declare typing: boolean;
  declare now: number;
  declare format: Format | undefined;
  declare actions: ChatActions | undefined;

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    if (contact === undefined) return nothing;
    return html`<header>
      <h1>${personName(contact.name)}${this.#mark()}</h1>
      ${this.#presence(contact)} ${this.#status(contact)} ${this.#trust(contact)}
    </header>`;
  }

  /** What the contact says of themselves. */
  #status({ name, statusText }: Contact): TemplateResult | typeof nothing {
    if (statusText === '') return nothing;
    const title = strings.statusTitle(called(name), statusText);
    return html`<span class="status" dir="auto" title=${title}>${statusText}</span>`;
  }

  /** What tells the contact from somebody else of this name. */
  #mark(): TemplateResult | typeof nothing {
    if (this.mark === null) return nothing;
    return html` <code class="mark" title=${strings.namesake(called(this.contact?.name ?? ''))}
      >${this.mark}</code
    >`;
  }

  /** How sure it is who this is; pressed, it leads to comparing numbers. */
  #trust(contact: Contact): TemplateResult {
    const { icon, word, title } = shownTrust(contact);
    const person = called(contact.name);
    const isSure = contact.trust === 'verified' && contact.changedTo === null;
    const does = isSure ? strings.showVerification(person) : strings.verify(person);
    return html`<button
      class="trust ${contact.trust}"
      type="button"
      title=${title}
      aria-label=${strings.trustAndVerify(word, does)}
      @click=${() => this.actions?.decide('verify')}
    >
      ${icon}<span>${word}</span>
    </button>`;
  }

  #presence(contact: Contact): TemplateResult {
    const { presence, lastSeen } = contact;
    const name = called(contact.name);
    if (this.typing) return presenceLine(icons.edit, strings.typing(name), strings.typing(name));
    switch (presence) {
      case 'online':
        return presenceLine(icons.online, strings.online, onlineTitle(contact));
      case 'unknown':
        return presenceLine(icons.unknown, strings.unknownPresence, strings.unknownPresenceTitle(name));
      case 'offline': {
        const seen = lastSeen === null ? undefined : this.format?.lastSeen(lastSeen, this.now);
        return presenceLine(icons.offline, seen ?? strings.offline, strings.offlineTitle(name));
      }
    }
  }
}

/** With the way by which the two are connected, if they are. */
function onlineTitle({ name, path }: Contact): string {
  if (path === null) return strings.onlineTitle(called(name));
  return path === 'direct' ? strings.directTitle(called(name)) : strings.relayedTitle(called(name));
}

function presenceLine(icon: TemplateResult, word: string, title: string): TemplateResult {
  return html`<span class="presence" title=${title}>${icon}<span>${word}</span></span>`;
}
