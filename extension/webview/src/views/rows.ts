import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { hueOf } from '../../../src/avatar.ts';
import type { Format } from '../format.ts';
import type { Contact, Notice } from '../model/api-types.ts';
import { called } from '../model/person-name.ts';
import type { MessageRow, Row } from '../model/timeline.ts';
import { strings } from '../strings.ts';
import { avatar } from './avatar.ts';
import { icons } from './icons.ts';
import { messageState } from './message-state.ts';
import { messageText } from './message-text.ts';
import { personName } from './person-name.ts';
import { quote } from './quote.ts';
import { reactions } from './reactions.ts';

/** What a line needs to know beside itself. */
export interface RowContext {
  readonly contact: Pick<Contact, 'id' | 'name'>;
  /** Whether another identity claims the contact's name, and the person has not decided yet. */
  readonly undecided: boolean;
  readonly me: string;
  /** Any time of this day: lines render anew when the day changes, not each minute. */
  readonly now: number;
  readonly format: Format;
}

/** One line of the conversation. Each is one element, so that the scroller can hold on to it. */
export function rowTemplate(row: Row, context: RowContext): TemplateResult {
  switch (row.kind) {
    case 'beginning':
      return beginning(row.empty, called(context.contact.name));
    case 'day':
      return html`<h2 class="day"><span>${context.format.day(row.at, context.now)}</span></h2>`;
    case 'new':
      return html`<div class="new" role="separator" aria-label=${strings.newMessagesLabel}>
        <span>${strings.newMessages}</span>
      </div>`;
    case 'away':
      return html`<h3 class="while-away"><span>${strings.sentWhileAway}</span></h3>`;
    case 'notice':
      return notice(row.notice, context);
    case 'message':
      return message(row, context);
  }
}

function beginning(empty: boolean, name: string): TemplateResult {
  return html`<div class=${classMap({ beginning: true, empty })}>
    ${empty ? icons.conversation : nothing}
    <p class="lead">${strings.beginning(name)}</p>
    <p>${strings.beginningHint(name)}</p>
  </div>`;
}

function noticeText({ kind, count, detail }: Notice, name: string): string {
  switch (kind) {
    case 'connected':
      return strings.justConnected(name);
    case 'away':
      return strings.isAway(name);
    case 'missing':
      return strings.missing(name, count);
    case 'identity-replaced':
      return detail === 'verified' ? strings.verifiedIdentityReplaced(name) : strings.identityReplaced(name);
    case 'identity-changed':
      return strings.identityChangedLine(name);
    case 'identity-accepted':
      return strings.identityAccepted(name);
    case 'identity-kept':
      return strings.identityKept(name);
    case 'renamed':
      return strings.renamed(name, called(detail));
  }
}

/** What concerns who somebody is has an icon; comings and goings are quiet. */
function noticeIcon({ kind, detail }: Notice): TemplateResult | typeof nothing {
  switch (kind) {
    case 'connected':
    case 'away':
    case 'missing':
      return nothing;
    case 'identity-replaced':
      return detail === 'verified' ? icons.warning : icons.key;
    case 'identity-changed':
      return icons.warning;
    case 'identity-accepted':
    case 'identity-kept':
      return icons.key;
    case 'renamed':
      return icons.renamed;
  }
}

function notice(shown: Notice, { contact, format }: RowContext): TemplateResult {
  return html`<p class="notice ${shown.kind}" role="note">
    ${noticeIcon(shown)}<span>${noticeText(shown, called(contact.name))}</span>
    <time datetime=${format.iso(shown.at)} title=${format.full(shown.at)}>${format.time(shown.at)}</time>
  </p>`;
}

/**
 * From here on a name may have no room. Others are not cut off: what is, a browser paints anew with each part of the
 * conversation that comes near, with all of its line.
 */
const LONG_NAME = 16;

/** Names are only ever text nodes; what a message says goes through messageText(). */
function message({ message, starts, ends, shownAt }: MessageRow, context: RowContext): TemplateResult {
  const { contact, format, me, now, undecided } = context;
  const sender = message.mine ? me : contact.name;
  const classes = {
    message: true,
    mine: message.mine,
    waited: !message.mine && message.held,
    replies: message.replyTo !== null,
    starts,
    ends,
  };
  const who = `who-${message.id}`;
  const when = `when-${message.id}`;
  const said = `said-${message.id}`;
  const state = `state-${message.id}`;
  return html`<div
    class=${classMap(classes)}
    role="article"
    tabindex="-1"
    data-order=${message.order}
    aria-labelledby="${who} ${said} ${state} ${when}"
  >
    ${starts ? avatar(sender, message.mine ? 'me' : `hue-${hueOf(contact.id)}`) : nothing}
    <span id=${who} class=${starts ? (sender.length > LONG_NAME ? 'sender long' : 'sender') : 'sender unseen'}
      >${personName(sender)}</span
    >
    ${quote(message, called(contact.name))}
    ${
      message.text === null
        ? html`<div id=${said} class="text newer">
            ${message.deleted ? strings.deleted : strings.newerVersion}
          </div>`
        : messageText(said, message.text, [me, contact.name].filter(Boolean))
    }
    <time
      id=${when}
      datetime=${format.iso(shownAt)}
      title=${times(message.writtenAt, message.storedAt, format)}
      >${format.timeBeside(shownAt, message.storedAt, now)}</time
    >
    ${messageState(state, message, called(contact.name), undecided)}
    ${reactions(message, called(contact.name))}
  </div>`;
}

/** A difference below this is the time that a message travels and two clocks disagree. */
const SAME_MOMENT_MS = 60_000;

function times(writtenAt: number, storedAt: number, format: Format): string {
  const written = format.full(writtenAt);
  return Math.abs(writtenAt - storedAt) < SAME_MOMENT_MS
    ? strings.writtenAt(written)
    : strings.writtenAndArrived(written, format.full(storedAt));
}
