import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Card, CardMessage } from '../../../src/card-api.ts';
import type { Format } from '../format.ts';
import { called } from '../model/person-name.ts';
import { icons } from '../views/icons.ts';
import { personName } from '../views/person-name.ts';
import { delivery } from './delivery.ts';
import { groups } from './groups.ts';
import { qrCode } from './qr.ts';
import { cardStrings as strings } from './strings.ts';

type CardOf<Type extends Card['type']> = Extract<Card, { type: Type }>;

/** What a card needs to know beside itself, and what the person can do on it. */
export interface CardContext {
  /** Whether it was copied just now. */
  readonly copied: boolean;
  /** Whether the person found the numbers to be different. */
  readonly differs: boolean;
  /** Whether the person asked for an attempt just now. */
  readonly asked: boolean;
  /** How long ago the card came, milliseconds. */
  readonly age: number;
  readonly format: Format;
  readonly post: (message: CardMessage) => void;
}

/** What is on the card. */
export function cardTemplate(card: Card, context: CardContext): TemplateResult {
  switch (card.type) {
    case 'identity':
      return identity(card, context);
    case 'verify':
      return verify(card, context);
    case 'invite':
      return invite(card, context);
    case 'delivery':
      return delivery(card, context);
  }
}

function identity(
  { name, server, fingerprint, qr }: CardOf<'identity'>,
  context: CardContext,
): TemplateResult {
  return html`<h1>${strings.identity}</h1>
    <p class="hint">${strings.identityHint}</p>
    <div class="body">
      <div class="facts">
        <dl>
          <dt>${strings.name}</dt>
          <dd class=${name === null ? 'none' : 'name'}>${name ?? strings.noName}</dd>
          <dt>${strings.server}</dt>
          <dd class=${server === null ? 'none' : ''}>${server ?? strings.noServer}</dd>
        </dl>
        <h2 id="number">${strings.fingerprint}</h2>
        ${groups(fingerprint, 4, 'number')} ${copyButton(context)}
      </div>
      ${qrCode(qr, strings.identityQr)}
    </div>`;
}

function verify(card: CardOf<'verify'>, context: CardContext): TemplateResult {
  const { name, trust, digits, qr } = card;
  const { differs, post } = context;
  const person = called(name);
  const isChanged = card.of === 'changed';
  const numbers = isChanged ? strings.changedNumber(person) : strings.safetyNumber(person);
  const answer = (outcome: 'same' | 'different' | 'undo') => () =>
    post({ type: 'compared', outcome, digits });
  return html`<h1>${strings.verify(person)}</h1>
    <p class="hint">${isChanged ? strings.changedHint(person) : strings.verifyHint(person)}</p>
    <div class="body">
      <div class="facts">
        <h2 id="number" class=${isChanged ? '' : 'unseen'}>${numbers}</h2>
        ${groups(digits, 5, 'number')} ${copyButton(context)}
      </div>
      <figure>
        ${qrCode(qr, isChanged ? strings.changedQr(person) : strings.verifyQr(person))}
        <figcaption>${strings.qrHoldsDigits}</figcaption>
      </figure>
    </div>
    <div class="outcome ${differs ? 'differs' : isChanged ? 'changed' : trust}" role="status" tabindex="-1">
      ${differs ? different(card, person) : isChanged ? changedLine(person) : trustLine(trust, person)}
    </div>
    <div class="choices">
      ${
        trust === 'verified' && !isChanged
          ? html`<button type="button" class="secondary" @click=${answer('undo')}>
              ${strings.takeBack}
            </button>`
          : html`<button type="button" class=${differs ? 'secondary' : 'primary'} @click=${answer('same')}>
              ${isChanged ? strings.sameAccept : strings.same}
            </button>`
      }
      <button type="button" class="secondary" @click=${answer('different')}>${strings.different}</button>
    </div>`;
}

function changedLine(person: string): TemplateResult {
  return html`${icons.shield}
    <p>${strings.changed(person)}</p>`;
}

function trustLine(trust: CardOf<'verify'>['trust'], person: string): TemplateResult {
  switch (trust) {
    case 'unverified':
      return html`${icons.shield}
        <p>${strings.unverified(person)}</p>`;
    case 'invited':
      return html`${icons.invited}
        <p>${strings.invited(person)}</p>`;
    case 'verified':
      return html`${icons.verified}
        <p>${strings.verified(person)}</p>`;
  }
}

function different(card: CardOf<'verify'>, person: string): TemplateResult {
  const steps = card.of === 'changed' ? strings.changedDiffersSteps(person) : strings.differsSteps(person);
  return html`${icons.warning}
    <div>
      <p class="lead">${strings.differs}</p>
      <ul>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ul>
    </div>`;
}

function invite(
  { link, name, server, joinCode, qr }: CardOf<'invite'>,
  context: CardContext,
): TemplateResult {
  const warning = {
    none: strings.warnPlain(server),
    included: strings.warnCode(server),
    'left-out': strings.warnNoCode,
  };
  return html`<h1>${strings.invite}</h1>
    <p class="hint">${strings.inviteHint(server)}</p>
    <div class="body">
      <div class="facts">
        <label for="link">${strings.link}</label>
        <div class="link">
          <input
            id="link"
            type="text"
            readonly
            spellcheck="false"
            dir="ltr"
            .value=${live(link)}
            @focus=${selectAll}
          />
          ${copyButton(context)}
        </div>
        <dl>
          <dt>${strings.name}</dt>
          <dd class="name">${personName(name)}</dd>
          <dt>${strings.server}</dt>
          <dd>${server}</dd>
        </dl>
        <label class="check">
          <input
            type="checkbox"
            .checked=${live(joinCode === 'included')}
            @change=${({ target }: Event) =>
              target instanceof HTMLInputElement &&
              context.post({ type: 'join-code', included: target.checked })}
          />
          <span>${strings.withCode}</span>
        </label>
        <div class="outcome ${joinCode === 'included' ? 'differs' : ''}" role="status">
          ${joinCode === 'included' ? icons.warning : icons.key}
          <p>${warning[joinCode]}</p>
        </div>
      </div>
      ${qrCode(qr, strings.inviteQr)}
    </div>`;
}

function selectAll({ target }: Event): void {
  if (target instanceof HTMLInputElement) target.select();
}

/** Says that it did what it was asked to do, to a screen reader too. */
function copyButton({ copied, post }: CardContext): TemplateResult {
  return html`<span class="copy">
    <button type="button" class="secondary" @click=${() => post({ type: 'copy' })}>
      ${icons.copy}<span>${strings.copy}</span>
    </button>
    <span role="status">${copied ? html`${icons.delivered}${strings.copied}` : nothing}</span>
  </span>`;
}
