import { html, nothing, type TemplateResult } from 'lit';
import type { Card } from '../../../src/card-api.ts';
import type { DeliveryReport, LinkStep, TriedAddress } from '../../../src/delivery-api.ts';
import { called } from '../model/person-name.ts';
import { icons } from '../views/icons.ts';
import type { CardContext } from './cards.ts';
import { faultSentence } from './delivery-fault.ts';
import { deliveryStrings as strings } from './delivery-strings.ts';

type DeliveryCard = Extract<Card, { type: 'delivery' }>;

/** Why what waits for a contact is not delivered, and when it is tried next. */
export function delivery(card: DeliveryCard, context: CardContext): TemplateResult {
  const { report } = card;
  const { post, asked } = context;
  const person = called(card.name);
  const trying = report.trying || asked;
  const isTried = trying || report.nextAt !== null;
  return html`<h1>${strings.title}</h1>
    <div class="outcome why" role="status">
      ${whyIcon(report)}
      <p>${sentence(report, person)}</p>
    </div>
    <div class="body delivery">
      <dl class="facts">
        ${fact(strings.waiting, report.waiting === 0 ? strings.none : strings.messages(report.waiting))}
        ${fact(strings.presence, presence(card, context))}
        ${isTried || report.triedAt !== null ? fact(strings.lastAttempt, lastAttempt(report, context)) : nothing}
        ${isTried ? fact(strings.nextAttempt, nextAttempt(card, trying, context)) : nothing}
      </dl>
      ${
        isTried
          ? html`<button
              type="button"
              class="primary try"
              aria-disabled=${trying ? 'true' : 'false'}
              @click=${() => trying || post({ type: 'try-now' })}
            >
              ${strings.tryNow}
            </button>`
          : nothing
      }
      ${
        report.obstacle === 'offline'
          ? html`<button type="button" class="primary try" @click=${() => post({ type: 'go-online' })}>
              ${strings.goOnline}
            </button>`
          : nothing
      }
    </div>
    ${report.linked ? nothing : addresses(report, person)}
    ${report.linked ? nothing : detours(report, person)}`;
}

function whyIcon({ waiting, linked, presence, obstacle }: DeliveryReport): TemplateResult {
  if (obstacle === 'offline') return icons.disconnected;
  if (obstacle !== null) return icons.warning;
  if (waiting === 0) return icons.delivered;
  if (linked) return icons.sending;
  return presence === 'online' ? icons.warning : icons.held;
}

function sentence(report: DeliveryReport, name: string): string {
  const { waiting, obstacle, linked, presence, addresses: tried } = report;
  if (obstacle === 'not-accepted') return strings.notAccepted(name);
  if (waiting === 0) return strings.nothingWaits(name);
  if (obstacle === 'undecided') return strings.undecided(name, waiting);
  if (obstacle === 'offline') return strings.youAreOffline(waiting);
  if (linked) return strings.linked(name, waiting);
  switch (presence) {
    case 'offline':
      return strings.offline(name, waiting);
    case 'unknown':
      return strings.unknown(name, waiting);
    case 'online':
      return tried.length === 0 && report.triedAt === null
        ? strings.connecting(name, waiting)
        : strings.unreachable(name, waiting);
  }
}

function fact(term: string, value: string | TemplateResult): TemplateResult {
  return html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}

function presence({ report, now }: DeliveryCard, { age, format }: CardContext): TemplateResult {
  const { linked, path, presence: state, lastSeen } = report;
  if (linked) {
    return html`${icons.online}<span
        >${path === 'relayed' ? strings.isRelayed : strings.isLinkedDirectly}</span
      >`;
  }
  const words = { online: strings.isOnline, offline: strings.isOffline, unknown: strings.isUnknown }[state];
  const seen = state === 'online' || lastSeen === null ? '' : `, ${format.lastSeen(lastSeen, now + age)}`;
  return html`${icons[state]}<span>${words}${seen}</span>`;
}

function lastAttempt({ triedAt }: DeliveryReport, { format }: CardContext): string | TemplateResult {
  if (triedAt === null) return strings.notYet;
  return html`<time datetime=${format.iso(triedAt)} title=${format.full(triedAt)}
    >${format.exactTime(triedAt)}</time
  >`;
}

/** Counts down in silence: a role of `timer` is not read out by itself. */
function nextAttempt({ report, now }: DeliveryCard, trying: boolean, { age }: CardContext): TemplateResult {
  const left = Math.max(0, (report.nextAt ?? 0) - now - age);
  return html`<span role="timer">${trying ? strings.now : countdown(Math.ceil(left / 1_000))}</span>`;
}

function countdown(seconds: number): string {
  if (seconds === 0) return strings.anyMoment;
  return seconds < 60
    ? strings.inSeconds(seconds)
    : strings.inMinutes(Math.floor(seconds / 60), seconds % 60);
}

function addresses(report: DeliveryReport, name: string): TemplateResult | typeof nothing {
  const { addresses: tried, presence: state, triedAt, obstacle } = report;
  if (obstacle !== null || (tried.length === 0 && triedAt === null)) return nothing;
  const hasDetails = tried.some(({ failed }) => failed !== null);
  return html`<section aria-labelledby="addresses">
    <h2 id="addresses">${strings.addresses}</h2>
    ${
      tried.length === 0
        ? html`<p class="quiet">${state === 'online' ? nothing : strings.noAddress(name)}</p>`
        : html`<ul class="addresses" role="list">
            ${tried.map((each) => address(each, triedAt !== null, name))}
          </ul>`
    }
    ${tried.length === 0 || hasDetails ? nothing : html`<p class="quiet">${strings.moreWhileOnline(name)}</p>`}
  </section>`;
}

const DETOURS = { 'dial-back': strings.detour.dialBack, relay: strings.detour.relay } as const;

function detours({ detours: ways, obstacle }: DeliveryReport, name: string): TemplateResult | typeof nothing {
  if (obstacle !== null || ways.length === 0) return nothing;
  return html`<section aria-labelledby="detours">
    <h2 id="detours">${strings.detours}</h2>
    <ul class="addresses" role="list">
      ${ways.map((way) => html`<li>${DETOURS[way](name)}</li>`)}
    </ul>
  </section>`;
}

function address(tried: TriedAddress, wasTried: boolean, name: string): TemplateResult {
  const { endpoint, failed, from } = tried;
  return html`<li>
    <span class="endpoint" dir="ltr">${strings.address(endpoint.address, endpoint.port)}</span>
    ${from === undefined ? nothing : html`<span class="quiet">${strings.sources[from]}</span>`}
    ${
      failed === null
        ? html`<span class="quiet">${wasTried ? strings.noAnswer : strings.notTried}</span>`
        : html`<ol class="steps" role="list">
              ${STEPS.map((step) => stepItem(step, tried))}
            </ol>
            <p>${faultSentence(failed.step, failed.fault, name)}</p>`
    }
  </li>`;
}

/** What a person sees as one step: that the peer answers takes two. */
const STEPS = [
  ['tcp', ['tcp']],
  ['tls', ['tls']],
  ['identity', ['identity']],
  ['acknowledgement', ['websocket', 'hello']],
] as const satisfies readonly (readonly [keyof typeof strings.stepNames, readonly LinkStep[]])[];

function stepItem([shown, steps]: (typeof STEPS)[number], { passed, failed }: TriedAddress): TemplateResult {
  const names: readonly LinkStep[] = steps;
  const done = passed.filter(({ step }) => names.includes(step)).reduce((sum, { ms }) => sum + ms, 0);
  const isFailed = failed !== null && names.includes(failed.step);
  const isDone = !isFailed && passed.some(({ step }) => names.includes(step));
  const time = strings.ms(done + (isFailed ? failed.ms : 0));
  const name = html`<span>${strings.stepNames[shown]}</span>`;
  if (isFailed) {
    return html`<li class="failed">
      ${icons.refused}${name}<span class="time">${strings.failed(time)}</span>
    </li>`;
  }
  if (isDone) {
    return html`<li class="done">
      ${icons.delivered}${name}<span class="time"><span class="unseen">${strings.doneIn} </span>${time}</span>
    </li>`;
  }
  return html`<li class="missed">
    ${icons.unknown}${name}<span class="unseen">${strings.notReached}</span>
  </li>`;
}
