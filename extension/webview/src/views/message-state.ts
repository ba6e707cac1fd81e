import { html, nothing, type TemplateResult } from 'lit';
import type { Message, Refusal } from '../model/api-types.ts';
import { strings } from '../strings.ts';
import { icons } from './icons.ts';
import { whyButton } from './why-button.ts';

/** Why the contact will never take a message: a reason that never tells that one is blocked. */
export function refusalSentence(reason: Refusal | null, name: string): string {
  switch (reason) {
    case 'too-large':
      return strings.refusedTooLarge(name);
    case 'malformed':
      return strings.refusedMalformed(name);
    case 'unavailable':
      return strings.refusedUnavailable(name);
    case 'other-identity':
      return strings.refusedOtherIdentity;
    case null:
      return strings.refusedUnknown;
  }
}

interface Shown {
  readonly icon: TemplateResult;
  readonly text: string;
  readonly title: string;
}

function shown(message: Message, name: string, undecided: boolean): Shown | null {
  switch (message.state) {
    case 'received':
      return null;
    case 'held':
      return {
        icon: icons.held,
        text: strings.held,
        title: undecided ? strings.heldForDecisionTitle(name) : strings.heldTitle(name),
      };
    case 'sending':
      return { icon: icons.sending, text: strings.sending, title: strings.sendingTitle(name) };
    case 'delivered':
      return { icon: icons.delivered, text: strings.delivered, title: strings.deliveredTitle(name) };
    case 'read':
      return { icon: icons.read, text: strings.read, title: strings.readTitle(name) };
    case 'refused':
      return {
        icon: icons.refused,
        text: strings.refused(refusalSentence(message.refused, name)),
        title: '',
      };
  }
}

/**
 * Where my message has got to, as icon and text. `undecided`: it waits for a decision about the contact's identity. Only a refusal is worth interrupting someone who listens to the
 * conversation; that each message was delivered or read is not.
 */
export function messageState(
  id: string,
  message: Message,
  name: string,
  undecided: boolean,
): TemplateResult | typeof nothing {
  const state = shown(message, name, undecided);
  const edited =
    message.edited && !message.deleted ? html`<span class="edited">${strings.edited}</span>` : nothing;
  if (state === null)
    return edited === nothing ? nothing : html`<span id=${id} class="state">${edited}</span>`;
  return html`<span
    id=${id}
    class="state ${message.state}"
    title=${state.title || nothing}
    aria-live=${message.state === 'refused' ? 'polite' : 'off'}
    >${edited}${
      message.state === 'held' || message.state === 'sending'
        ? whyButton(state.icon, state.text)
        : html`${state.icon}<span>${state.text}</span>`
    }</span
  >`;
}
