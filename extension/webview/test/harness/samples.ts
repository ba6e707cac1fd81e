import type { Contact, Draft, FullState, Message, Notice } from '../../src/model/api-types.ts';

export const CAROL = 'c0'.repeat(32);
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const DAY = 24 * HOUR;

/** A valid message id that is the same in every run. */
export function messageId(order: number): string {
  return `01990000-0000-7000-8000-${order.toString(16).padStart(12, '0')}`;
}

export function contact(over: Partial<Contact> = {}): Contact {
  return {
    id: CAROL,
    name: 'Carol',
    presence: 'online',
    lastSeen: null,
    trust: 'unverified',
    standing: 'accepted',
    changedTo: null,
    unread: 0,
    linked: true,
    path: 'direct',
    lastMessageAt: null,
    muted: false,
    pinned: false,
    statusText: '',
    ...over,
  };
}

/** Written and stored at `at`; from Carol unless it is `mine`. */
export function message(
  order: number,
  at: number,
  text: string | null,
  over: Partial<Message> = {},
): Message {
  const mine = over.mine ?? false;
  return {
    id: messageId(order),
    contact: CAROL,
    order,
    mine,
    kind: 'text',
    text,
    edited: false,
    deleted: false,
    reactions: [],
    replyTo: null,
    writtenAt: at,
    storedAt: at,
    state: mine ? 'delivered' : 'received',
    held: false,
    refused: null,
    ...over,
  };
}

export function mine(order: number, at: number, text: string, over: Partial<Message> = {}): Message {
  return message(order, at, text, { mine: true, ...over });
}

export function notice(kind: Notice['kind'], after: number, at: number, over: Partial<Notice> = {}): Notice {
  return { contact: CAROL, kind, after, at, count: 0, detail: '', ...over };
}

export function draft(text: string, replyTo: Draft['replyTo'] = null, edit: Draft['edit'] = null): Draft {
  return { text, replyTo, edit };
}

export function fullState(over: Partial<FullState> = {}): FullState {
  return {
    type: 'state',
    contact: contact(),
    me: 'Sam',
    online: true,
    messages: [],
    notices: [],
    hasOlder: false,
    readUpTo: 1_000_000,
    draft: draft(''),
    people: [],
    mark: null,
    maxTextBytes: 32 * 1024,
    ...over,
  };
}

/** A conversation that shows everything that a line can be. */
export function busy(now: number): FullState {
  const yesterday = now - DAY;
  const at = (base: number, hour: number, minute: number): number =>
    new Date(base).setHours(hour, minute, 0, 0);
  const messages = [
    message(1, at(yesterday, 16, 2), 'Did the nightly build pass after the TLS change?'),
    mine(
      2,
      at(yesterday, 16, 4),
      'Yes, all green. The flaky one was the clock test, it now takes a fake clock.',
    ),
    mine(3, at(yesterday, 16, 5), 'Merged to main.'),
    message(4, at(yesterday, 16, 9), 'Great, thank you!'),
    message(5, at(now, 9, 1), 'Morning. I left you a review on the outbox branch.', {
      held: true,
      writtenAt: at(yesterday, 22, 14),
    }),
    message(
      6,
      at(now, 9, 1),
      'Two small things, the rest is good to go:\n  1. name the limit\n  2. close the database in stop()',
      {
        held: true,
        writtenAt: at(yesterday, 22, 16),
      },
    ),
    mine(7, at(now, 9, 12), 'Both done, see https://git.example.com/p2p-chat/pull/128'),
    message(8, at(now, 9, 13), 'Nice.'),
    message(9, at(now, 9, 14), null, { kind: 'reaction' }),
    mine(10, at(now, 10, 40), 'Here is the whole log of the run', { state: 'refused', refused: 'too-large' }),
    mine(11, at(now, 10, 41), 'Sorry, too much. I put it on the share instead.'),
    message(12, at(now, 10, 42), 'Got it.'),
    mine(13, at(now, 11, 20), 'One more question: does `owner.lock` survive a crash of the whole machine?', {
      state: 'held',
    }),
    mine(14, at(now, 11, 21), 'I think SQLite drops the lock with the process.', { state: 'held' }),
    mine(15, at(now, 11, 29), 'Trying it now', { state: 'sending' }),
  ];
  const notices = [
    notice('connected', 4, at(now, 9, 1)),
    notice('missing', 8, at(now, 9, 14), { count: 3 }),
    notice('away', 12, at(now, 11, 2)),
  ];
  return fullState({
    contact: contact({ presence: 'offline', lastSeen: at(now, 11, 2) }),
    messages,
    notices,
  });
}
