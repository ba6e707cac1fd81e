import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostMessage } from '../../src/panel-api.ts';
import { loading, type PageState, type ReadyState } from '../src/model/page-state.ts';
import { olderBefore, reduce, type PageEvent } from '../src/model/reduce.ts';
import { contact, draft, fullState, message, messageId, mine, notice } from './harness/samples.ts';

const AT = 1_000_000;

function ready(...events: (HostMessage | PageEvent)[]): ReadyState {
  const state = events.reduce<PageState>(reduce, loading);
  assert(state.phase === 'ready');
  return state;
}

const orders = (state: ReadyState): number[] => state.messages.map(({ order }) => order);
const some = (...list: number[]) => list.map((order) => message(order, AT, `text ${order}`));

describe('the page before its first state', () => {
  it('shows nothing, whatever comes', () => {
    assert.equal(reduce(loading, { type: 'messages', messages: some(1) }), loading);
    assert.equal(reduce(loading, { type: 'typed', text: 'x' }), loading);
  });
});

describe('what is forgotten because of its age', () => {
  it('is shown no longer, in what was loaded of older messages too; what is still to be delivered stays', () => {
    const late = message(4, AT + 10, 'young');
    const newest = [...some(2), mine(3, AT, 'held', { state: 'held' }), late];
    const state = ready(
      fullState({
        messages: newest,
        hasOlder: true,
        notices: [notice('away', 2, AT), notice('away', 4, AT + 9)],
      }),
      { type: 'older', messages: some(1), hasOlder: true },
      { type: 'forgotten', before: AT + 5 },
      fullState({ messages: [late], hasOlder: true, notices: [notice('away', 4, AT + 9)] }),
    );
    assert.deepEqual(orders(state), [3, 4]);
    const between = ready(fullState({ messages: newest, notices: [notice('away', 2, AT)] }), {
      type: 'forgotten',
      before: AT + 5,
    });
    assert.deepEqual(orders(between), [3, 4]);
    assert.deepEqual(between.notices, []);
  });
});

describe('messages', () => {
  it('come by order, each once, the newest version of each', () => {
    const state = ready(
      fullState({ messages: [mine(2, AT, 'b', { state: 'held' })] }),
      { type: 'messages', messages: [...some(4, 3), mine(2, AT, 'b', { state: 'delivered' })] },
      { type: 'messages', messages: some(3) },
    );
    assert.deepEqual(orders(state), [2, 3, 4]);
    assert.equal(state.messages[0]?.state, 'delivered');
  });

  it('that are edited or deleted say what they say now where others reply to them', () => {
    const about = { id: messageId(1), mine: false, order: 1, text: 'text 1' };
    const replies = [mine(2, AT, 'yes', { replyTo: about }), mine(3, AT, 'no')];
    const before = fullState({ messages: [...some(1), ...replies] });
    const quoted = (text: string | null, over: Partial<ReturnType<typeof message>>) => {
      const state = ready(before, { type: 'messages', messages: [message(1, AT, text, over)] });
      assert.equal(state.messages[2], replies[1]);
      return state.messages[1]?.replyTo;
    };
    assert.deepEqual(quoted(null, { deleted: true }), { ...about, text: null });
    assert.deepEqual(quoted('x'.repeat(300), { edited: true }), { ...about, text: 'x'.repeat(200) });
    assert.equal(quoted('text 1', {}), about);
  });

  it('of somebody else are none of this page', () => {
    const state = ready(fullState(), {
      type: 'messages',
      messages: [message(1, AT, 'x', { contact: 'ab'.repeat(32) })],
    });
    assert.deepEqual(orders(state), []);
  });

  it('that lie before what is loaded wait until it is', () => {
    const before = fullState({ messages: some(10), hasOlder: true });
    assert.deepEqual(orders(ready(before, { type: 'messages', messages: some(3) })), [10]);
    const older: HostMessage = { type: 'older', messages: some(3, 4), hasOlder: false };
    const state = ready(before, { type: 'asked-older' }, older);
    assert.deepEqual(orders(state), [3, 4, 10]);
    assert.equal(state.loadingOlder, false);
    assert.equal(state.hasOlder, false);
  });
});

describe('older messages', () => {
  const before = fullState({ messages: some(10), hasOlder: true });

  it('are asked for once for each place', () => {
    const state = ready(before);
    assert.equal(olderBefore(state), 10);
    const asked = reduce(state, { type: 'asked-older' });
    assert.equal(olderBefore(asked), null);
    assert.equal(olderBefore(reduce(asked, { type: 'older', messages: [], hasOlder: true })), null);
    assert.equal(olderBefore(reduce(asked, { type: 'older', messages: some(8), hasOlder: true })), 8);
    assert.equal(olderBefore(reduce(asked, { type: 'older', messages: some(1), hasOlder: false })), null);
  });

  it('may be asked for again once the host has told everything anew', () => {
    assert.equal(olderBefore(ready(before, { type: 'asked-older' }, before)), 10);
  });
});

describe('a second full state', () => {
  it('keeps what stands in the box, also when the contact goes on under another identity', () => {
    const state = ready(
      fullState(),
      { type: 'typed', text: 'half' },
      fullState({ contact: contact({ id: 'ab'.repeat(32) }), draft: draft('older') }),
    );
    assert.equal(state.composer.text, 'half');
  });

  const first = fullState({ messages: some(10, 11), hasOlder: true, draft: draft('old draft') });
  const older: HostMessage = { type: 'older', messages: some(8, 9), hasOlder: false };

  it('keeps what was loaded before it', () => {
    const state = ready(first, older, fullState({ messages: some(10, 11, 12), hasOlder: true }));
    assert.deepEqual(orders(state), [8, 9, 10, 11, 12]);
    assert.equal(state.hasOlder, false);
  });

  it('is all when it does not reach what was loaded', () => {
    const state = ready(first, older, fullState({ messages: some(40), hasOlder: true }));
    assert.deepEqual(orders(state), [40]);
    assert.equal(state.hasOlder, true);
  });

  it('is all when there is nothing older any more', () => {
    assert.deepEqual(orders(ready(first, older, fullState({ messages: some(10, 11) }))), [10, 11]);
    assert.deepEqual(orders(ready(first, older, fullState())), []);
  });

  it('leaves the box alone', () => {
    const state = ready(first, { type: 'typed', text: 'newer' }, first);
    assert.equal(state.composer.text, 'newer');
    assert.equal(ready(first).composer.text, 'old draft');
  });
});

describe('the "New" line', () => {
  const opened = (readUpTo: number) => fullState({ messages: some(1, 2, 3), readUpTo });

  it('stands after what was read before the page opened', () => {
    assert.equal(ready(opened(1)).newAfter, 1);
    assert.equal(ready(opened(3)).newAfter, null);
  });

  it('stays while it is read, and while someone scrolls up to it', () => {
    const state = ready(opened(1), { type: 'attention', on: true }, { type: 'attention', on: false });
    assert.equal(state.newAfter, 1);
    assert.equal(state.readUpTo, 3);
  });

  it('goes with an answer', () => {
    assert.equal(ready(opened(1), { type: 'messages', messages: [mine(4, AT, 'x')] }).newAfter, null);
  });

  it('moves down to what came while nobody looked', () => {
    const looked: PageEvent[] = [
      { type: 'attention', on: true },
      { type: 'attention', on: false },
    ];
    const state = ready(opened(1), ...looked, { type: 'messages', messages: some(4) });
    assert.equal(state.newAfter, 3);
    assert.equal(ready(opened(1), { type: 'messages', messages: some(4) }).newAfter, 1);
  });

  it('is not drawn for what someone sees come', () => {
    const state = ready(opened(3), { type: 'attention', on: true }, { type: 'messages', messages: some(4) });
    assert.equal(state.newAfter, null);
    assert.equal(state.readUpTo, 4);
  });
});

describe('what was read', () => {
  it('is what the contact wrote: my own messages do not count', () => {
    const state = ready(fullState({ messages: [...some(1), mine(2, AT, 'x')], readUpTo: 0 }), {
      type: 'attention',
      on: true,
    });
    assert.equal(state.readUpTo, 1);
  });

  it('never shrinks', () => {
    const state = ready(
      fullState({ messages: some(5), readUpTo: 0 }),
      { type: 'attention', on: true },
      fullState({ messages: some(5), readUpTo: 0 }),
    );
    assert.equal(state.readUpTo, 5);
  });
});

describe('notices', () => {
  const told = (...notices: ReturnType<typeof notice>[]) =>
    ready(
      fullState({ messages: some(1) }),
      ...notices.map((each): HostMessage => ({ type: 'notice', notice: each })),
    ).notices.map(({ kind, after, at }) => `${kind}@${after}/${at}`);

  it('of comings and goings at one place are the last of each', () => {
    assert.deepEqual(
      told(notice('away', 1, 10), notice('connected', 1, 20), notice('away', 1, 30), notice('away', 2, 40)),
      ['connected@1/20', 'away@1/30', 'away@2/40'],
    );
  });

  it('of missing messages, names and identities are all kept', () => {
    const kinds = [
      'missing',
      'renamed',
      'identity-changed',
      'identity-accepted',
      'identity-kept',
      'identity-replaced',
    ] as const;
    for (const kind of kinds) {
      assert.deepEqual(told(notice(kind, 1, 10), notice(kind, 1, 20)), [`${kind}@1/10`, `${kind}@1/20`]);
      assert.deepEqual(told(notice(kind, 1, 10), notice(kind, 1, 10)), [`${kind}@1/10`]);
    }
  });
});

describe('contact and presence', () => {
  it('replace what was known', () => {
    const state = ready(
      fullState(),
      { type: 'contact', contact: contact({ presence: 'offline', lastSeen: 5 }) },
      { type: 'online', online: false, me: 'Sam2' },
      { type: 'contact', contact: contact({ id: 'ab'.repeat(32), name: 'Mallory' }) },
    );
    assert.equal(state.contact.name, 'Carol');
    assert.equal(state.contact.presence, 'offline');
    assert.equal(state.online, false);
    assert.equal(state.me, 'Sam2');
  });
});

describe('a message taken up in the box', () => {
  const state = fullState({
    messages: [message(1, AT, 'from Carol'), mine(2, AT, 'mine')],
    draft: draft('half'),
  });

  it('is replied to, whosever it is', () => {
    const by = (order: number) => ready(state, { type: 'replying', order }).composer.about;
    assert.deepEqual(by(1), { kind: 'reply', message: messageId(1), by: 'recipient' });
    assert.deepEqual(by(2), { kind: 'reply', message: messageId(2), by: 'sender' });
  });

  it('is edited by its author only, and left again', () => {
    assert.equal(ready(state, { type: 'editing', order: 1 }).composer.text, 'half');
    const editing = ready(state, { type: 'editing', order: 2 });
    assert.equal(editing.composer.text, 'mine');
    assert.equal(ready(state, { type: 'editing', order: 2 }, { type: 'cancelled' }).composer.text, 'half');
  });

  it('that is not here, or was deleted, changes nothing', () => {
    const deleted = mine(3, AT, '', { text: null, deleted: true });
    const gone = fullState({ messages: [deleted] });
    for (const order of [3, 4]) {
      assert.equal(ready(gone, { type: 'replying', order }).composer.about, null);
      assert.equal(ready(gone, { type: 'editing', order }).composer.about, null);
    }
  });
});

describe('that the contact is writing', () => {
  it('is true until it is over, or until a message of theirs comes', () => {
    assert.equal(ready(fullState(), { type: 'typing' }).typing, true);
    assert.equal(ready(fullState(), { type: 'typing' }, { type: 'typing-over' }).typing, false);
    const arrived = (...messages: ReadyState['messages']) =>
      ready(fullState(), { type: 'typing' }, { type: 'messages', messages: [...messages] }).typing;
    assert.deepEqual([arrived(mine(1, AT, 'x')), arrived(message(1, AT, 'x'))], [true, false]);
  });
});

describe('a long conversation', () => {
  const AT_END = { type: 'at-end' } as const;
  const long = (count: number) => Array.from({ length: count }, (_, index) => message(index + 1, AT, 'x'));

  it('is let go, but for its end, when the person is there', () => {
    const state = ready(fullState({ messages: long(5_001) }), AT_END);
    assert.equal(state.messages.length, 1_000);
    assert.equal(state.messages.at(-1)?.order, 5_001);
    assert.equal(state.hasOlder, true);
    assert.equal(olderBefore(state), 4_002);
  });

  it('is kept while it is no longer than a person reads, and while something is looked for or asked for', () => {
    const few = ready(fullState({ messages: long(5_000) }));
    assert.equal(reduce(few, AT_END), few);
    const asked = ready(fullState({ messages: long(5_001), hasOlder: true }), { type: 'asked-older' });
    assert.equal(reduce(asked, AT_END), asked);
    const wanted = ready(fullState({ messages: long(5_001) }), { type: 'find', order: 3, text: 'x' });
    assert.equal(reduce(wanted, AT_END), wanted);
  });

  it('grows while the person reads in it, until it is too much for the memory', () => {
    const state = ready(fullState({ messages: long(100_000), hasOlder: true }));
    assert.equal(olderBefore(state), 1);
    const texts = long(5_000).map((each) => ({ ...each, text: 'x'.repeat(32_768) }));
    assert.equal(olderBefore(ready(fullState({ messages: texts, hasOlder: true }))), null);
  });
});
