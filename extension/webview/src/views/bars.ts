import { html, nothing, type TemplateResult } from 'lit';
import type { Contact, Decision } from '../model/api-types.ts';
import { called, calledDistinctly } from '../model/person-name.ts';
import { strings } from '../strings.ts';
import { icons } from './icons.ts';

type Decide = (decision: Decision) => void;

interface Choice {
  readonly decision: Decision;
  readonly label: string;
}

/** Buttons in the order in which they are safe; the first is the one to take. */
function choices(list: readonly Choice[], decide: Decide): TemplateResult {
  return html`<div class="choices">
    ${list.map(
      ({ decision, label }, index) =>
        html`<button
          type="button"
          class=${index === 0 ? 'primary' : 'secondary'}
          @click=${() => decide(decision)}
        >
          ${label}
        </button>`,
    )}
  </div>`;
}

/** What stands where the message box would, while nothing may be written; `nothing` for somebody accepted. */
export function standingBar(
  { name, standing }: Contact,
  mark: string | null,
  decide: Decide,
): TemplateResult | typeof nothing {
  const person = called(name);
  const accept: Choice = { decision: 'accept-request', label: strings.accept };
  switch (standing) {
    case 'accepted':
      return nothing;
    case 'request':
      return bar(icons.request, strings.request(calledDistinctly(name, mark)), strings.requestHint(person), [
        accept,
        { decision: 'ignore-request', label: strings.ignore },
        { decision: 'block', label: strings.block },
      ]);
    case 'ignored':
      return bar(icons.blocked, strings.ignored(person), strings.ignoredHint(person), [accept]);
    case 'blocked':
      return bar(icons.blocked, strings.blocked(person), strings.blockedHint(person), [
        { decision: 'unblock', label: strings.unblock },
      ]);
  }

  function bar(icon: TemplateResult, lead: string, hint: string, list: readonly Choice[]): TemplateResult {
    return html`<section class="standing ${standing}" aria-label=${lead}>
      ${icon}
      <div>
        <p class="lead">${lead}</p>
        <p class="hint">${hint}</p>
        ${choices(list, decide)}
      </div>
    </section>`;
  }
}

/** Another identity claims the contact's name: nothing is sent until the person has decided. */
export function identityBar(
  { name, trust, changedTo }: Contact,
  decide: Decide,
): TemplateResult | typeof nothing {
  if (changedTo === null) return nothing;
  const person = called(name);
  const verified = trust === 'verified';
  return html`<div class="identity ${verified ? 'grave' : 'warning'}" role="alert">
    ${icons.warning}
    <div>
      <p class="lead">
        ${verified ? strings.verifiedIdentityChanged(person) : strings.identityChanged(person)}
      </p>
      <p>${verified ? strings.verifiedIdentityChangedHint(person) : strings.identityChangedHint(person)}</p>
      ${choices(
        [
          { decision: 'verify', label: strings.compareFirst },
          { decision: 'reject-identity', label: strings.keepIdentity },
          { decision: 'accept-identity', label: strings.acceptIdentity },
        ],
        decide,
      )}
    </div>
  </div>`;
}
