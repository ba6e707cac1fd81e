import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import type { Format } from '../format.ts';
import type { Contact, Notice } from '../model/api-types.ts';
import type { MessageRow, Row } from '../model/timeline.ts';
import { strings } from '../strings.ts';
import { avatar, hueOf } from './avatar.ts';
import { icons } from './icons.ts';
import { messageState } from './message-state.ts';

/** What a line needs to know beside itself. */
export interface RowContext {
  readonly contact: Pick<Contact, 'id' | 'name'>;
  readonly me: string;
  /** Any time of this day: lines render anew when the day changes, not each minute. */
  readonly now: number;
  readonly format: Format;
}

/** One line of the conversation. Each is one element, so that the scroller can hold on to it. */
export function rowTemplate(row: Row, context: RowContext): TemplateResult {
  switch (row.kind) {
    case 'beginning':
      return beginning(row.empty, context.contact.name);
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

function noticeText({ kind, count }: Notice, name: string): string {
  switch (kind) {
    case 'connected':
      return strings.justConnected(name);
    case 'away':
      return strings.isAway(name);
    case 'missing':
      return strings.missing(name, count);
  }
}

function notice(shown: Notice, { contact, format }: RowContext): TemplateResult {
  return html`<p class="notice ${shown.kind}" role="note">
    <span>${noticeText(shown, contact.name)}</span>
    <time datetime=${format.iso(shown.at)} title=${format.full(shown.at)}>${format.time(shown.at)}</time>
  </p>`;
}

/** Text and names are only ever text nodes: nothing that a peer wrote is read as HTML. */
function message({ message, starts, ends, shownAt }: MessageRow, context: RowContext): TemplateResult {
  const { contact, format, me, now } = context;
  const sender = message.mine ? me : contact.name;
  const classes = { message: true, mine: message.mine, waited: !message.mine && message.held, starts, ends };
  const who = `who-${message.id}`;
  const when = `when-${message.id}`;
  return html`<div
    class=${classMap(classes)}
    role="article"
    aria-labelledby="${who} ${when}"
    aria-live=${message.mine ? 'off' : nothing}
  >
    ${starts ? avatar(sender, message.mine ? 'me' : `hue-${hueOf(contact.id)}`) : nothing}
    <span id=${who} class=${starts ? 'sender' : 'sender unseen'}>${sender}</span>
    ${
      message.text === null
        ? html`<div class="text newer">${strings.newerVersion}</div>`
        : html`<div class="text" dir="auto">${message.text}</div>`
    }
    <time
      id=${when}
      datetime=${format.iso(shownAt)}
      title=${times(message.writtenAt, message.storedAt, format)}
      >${format.timeBeside(shownAt, message.storedAt, now)}</time
    >
    ${messageState(message, contact.name)}
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
