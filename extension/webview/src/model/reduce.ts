import type { HostMessage } from '../../../src/panel-api.ts';
import { withTail } from '../../../src/returned-text.ts';
import type { FullState } from './api-types.ts';
import {
  cancelled,
  composerWith,
  editing,
  notSent,
  refused,
  replying,
  sent,
  stored,
  submitted,
  typed,
} from './composer.ts';
import {
  hasRoom,
  isForgotten,
  newestReceived,
  placeOf,
  refreshed,
  withMessages,
  withNotices,
  withoutFarOlder,
  withQuotes,
} from './history.ts';
import type { PageState, ReadyState } from './page-state.ts';

/** What happens in the page itself. */
export type PageEvent =
  | { readonly type: 'typed'; readonly text: string }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'submitted'; readonly token: number }
  | { readonly type: 'replying'; readonly order: number }
  | { readonly type: 'editing'; readonly order: number }
  | { readonly type: 'cancelled' }
  | { readonly type: 'wanted'; readonly order: number }
  | { readonly type: 'typing-over' }
  | { readonly type: 'asked-older' }
  | { readonly type: 'at-end' }
  | { readonly type: 'found' }
  | { readonly type: 'missed' }
  | { readonly type: 'attention'; readonly on: boolean };

/** The only place where the page's state changes. Pure: the same state and event give the same state. */
export function reduce(state: PageState, event: HostMessage | PageEvent): PageState {
  if (event.type === 'state') return opened(state, event);
  // Whatever comes before the first full state is in that state.
  if (state.phase === 'loading') return state;
  switch (event.type) {
    case 'messages':
      return arrived(state, event.messages);
    case 'older':
      return {
        ...state,
        messages: withMessages(state.messages, event.messages, state.contact.id, false),
        hasOlder: event.hasOlder,
        loadingOlder: false,
      };
    case 'notice':
      return { ...state, notices: withNotices(state.notices, [event.notice], state.contact.id) };
    case 'forgotten':
      return {
        ...state,
        messages: state.messages.filter((message) => !isForgotten(message, event.before)),
        notices: state.notices.filter(({ at }) => at >= event.before),
      };
    case 'contact':
      return event.contact.id === state.contact.id ? { ...state, contact: event.contact } : state;
    case 'mark':
      return { ...state, mark: event.mark };
    case 'online':
      return { ...state, online: event.online, me: event.me };
    case 'find':
      return { ...state, wanted: { order: event.order, text: event.text }, missed: false };
    case 'place':
      return { ...state, wanted: { order: event.order, text: null } };
    case 'found':
      return { ...state, wanted: null };
    case 'missed':
      return { ...state, missed: true };
    case 'sent':
      return { ...state, composer: sent(state.composer, event.token) };
    case 'not-sent':
      return { ...state, composer: notSent(state.composer, event.token, event.reason) };
    case 'stored':
      return { ...state, composer: stored(state.composer, event.text) };
    case 'typed':
      return { ...state, composer: typed(state.composer, event.text, state.maxTextBytes) };
    case 'refused':
      return { ...state, composer: refused(state.composer, event.reason) };
    case 'add': {
      const text = withTail(state.composer.text, event.text);
      return { ...state, composer: typed(state.composer, text, state.maxTextBytes) };
    }
    case 'submitted':
      return {
        ...state,
        missed: false,
        composer: submitted(state.composer, event.token, state.maxTextBytes),
      };
    case 'replying':
    case 'editing':
      return composed(state, event.type, event.order);
    case 'cancelled':
      return { ...state, composer: cancelled(state.composer) };
    case 'wanted':
      return { ...state, wanted: { order: event.order, text: '' }, missed: false };
    case 'typing':
      return { ...state, typing: true };
    case 'typing-over':
      return { ...state, typing: false };
    case 'asked-older':
      return { ...state, askedBefore: state.messages[0]?.order ?? null, loadingOlder: true };
    case 'at-end':
      return rested(state);
    case 'attention':
      return attended(state, event.on);
    case 'act':
      // What it does to the state comes with events of its own.
      return state;
  }
}

/** A message is taken up in the box. */
function composed(state: ReadyState, how: 'replying' | 'editing', order: number): PageState {
  const message = state.messages.find((each) => each.order === order);
  if (message?.text === null || message === undefined) return state;
  const { id, mine, text } = message;
  if (how === 'editing') return mine ? { ...state, composer: editing(state.composer, id, text) } : state;
  const by = mine ? 'sender' : 'recipient';
  return { ...state, composer: replying(state.composer, { message: id, by }) };
}

/** The place before which older messages may be asked for now; null when there is nothing to ask. */
export function olderBefore(state: PageState): number | null {
  if (state.phase === 'loading' || !state.hasOlder || state.loadingOlder) return null;
  const before = state.messages[0]?.order ?? null;
  return before === state.askedBefore || !hasRoom(state.messages) ? null : before;
}

/** The host tells everything: at the start, and again whenever the peer changed its owner. */
function opened(state: PageState, event: FullState): ReadyState {
  const before = state.phase === 'ready' && state.contact.id === event.contact.id ? state : null;
  const { messages, keptOlder } = refreshed(before?.messages ?? [], event.messages, event.hasOlder);
  const unread = newestReceived(messages) > event.readUpTo;
  return {
    phase: 'ready',
    contact: event.contact,
    mark: event.mark,
    me: event.me,
    online: event.online,
    maxTextBytes: event.maxTextBytes,
    messages,
    notices: withNotices([], event.notices, event.contact.id),
    hasOlder: keptOlder && before !== null ? before.hasOlder : event.hasOlder,
    askedBefore: null,
    loadingOlder: false,
    readUpTo: Math.max(
      before?.readUpTo ?? 0,
      event.readUpTo,
      before?.attentive === true ? newestReceived(messages) : 0,
    ),
    newAfter: before?.newAfter ?? (unread ? event.readUpTo : null),
    attentive: before?.attentive ?? false,
    wanted: before?.wanted ?? null,
    missed: before?.missed ?? false,
    // What stands in the box is newer than any draft that the host knows, and stays when the contact has a new identity.
    composer: state.phase === 'ready' ? state.composer : composerWith(event.draft),
    people: event.people,
    typing: before?.typing ?? false,
  };
}

function arrived(state: ReadyState, changes: ReadyState['messages']): ReadyState {
  const messages = withQuotes(
    withMessages(state.messages, changes, state.contact.id, state.hasOlder),
    changes,
  );
  const lastBefore = state.messages.at(-1)?.order ?? 0;
  const added = messages.slice(placeOf(messages, lastBefore + 1));
  const allRead = state.readUpTo >= newestReceived(state.messages);
  let { newAfter } = state;
  // Who answers has seen what was new; and a line above what was read moves down to what was not.
  if (added.some((message) => message.mine)) newAfter = null;
  else if (added.length > 0 && allRead && !state.attentive) newAfter = lastBefore;
  const isAnswer = added.some((message) => !message.mine);
  const { about } = state.composer;
  const isOver =
    about?.kind === 'edit' &&
    changes.some(({ id, mine, deleted }) => deleted && mine && id === about.message);
  const composer = isOver ? cancelled(state.composer) : state.composer;
  const next = { ...state, messages, newAfter, composer, typing: state.typing && !isAnswer };
  return state.attentive ? { ...next, readUpTo: Math.max(state.readUpTo, newestReceived(messages)) } : next;
}

/** Whoever is back at the end needs what lies far above no longer: a page left open for weeks does not grow. */
function rested(state: ReadyState): ReadyState {
  // What is asked for now is put before what is there now.
  const messages =
    state.loadingOlder || state.wanted !== null ? state.messages : withoutFarOlder(state.messages);
  return messages === state.messages ? state : { ...state, messages, hasOlder: true, askedBefore: null };
}

/** Looking at the end reads everything; the "New" line stays, since the person may still be looking for it. */
function attended(state: ReadyState, on: boolean): PageState {
  if (state.attentive === on) return state;
  if (!on) return { ...state, attentive: false };
  return { ...state, attentive: true, readUpTo: Math.max(state.readUpTo, newestReceived(state.messages)) };
}
