import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Timeline, timeline, type Row, type TimelineInput } from '../src/model/timeline.ts';
import { HOUR, message, MINUTE, mine, notice } from './harness/samples.ts';

const NOON = new Date(2026, 4, 14, 12).getTime();
const DAY_BEFORE = new Date(2026, 4, 13, 12).getTime();

function rows(input: Partial<TimelineInput>): readonly Row[] {
  return timeline({ messages: [], notices: [], hasOlder: true, newAfter: null, ...input });
}

/** The lines in short: a message is its order, in brackets when it opens a group. */
function outline(input: Partial<TimelineInput>): string {
  return rows(input)
    .map((row) => {
      if (row.kind !== 'message') return row.kind === 'notice' ? row.notice.kind : row.kind;
      return row.starts ? `[${row.message.order}` : String(row.message.order);
    })
    .join(' ');
}

describe('timeline', () => {
  it('opens each day with a line', () => {
    const messages = [message(1, DAY_BEFORE, 'a'), message(2, NOON, 'b'), message(3, NOON, 'c')];
    assert.equal(outline({ messages }), 'day [1 day [2 3');
  });

  it('groups one sender within five minutes of the message before', () => {
    const messages = [
      message(1, NOON, 'a'),
      message(2, NOON + 5 * MINUTE, 'b'),
      message(3, NOON + 10 * MINUTE, 'c'),
      message(4, NOON + 15 * MINUTE + 1, 'd'),
      mine(5, NOON + 15 * MINUTE + 2, 'e'),
    ];
    assert.equal(outline({ messages }), 'day [1 2 3 [4 [5');
  });

  it('marks where a group ends', () => {
    const shown = rows({ messages: [message(1, NOON, 'a'), message(2, NOON, 'b'), mine(3, NOON, 'c')] });
    const ends = shown.filter((row) => row.kind === 'message').map((row) => row.ends);
    assert.deepEqual(ends, [false, true, true]);
  });

  it('puts what waited under one line, grouped by when it was written', () => {
    const held = (order: number, writtenAt: number) => message(order, NOON, 'x', { held: true, writtenAt });
    const messages = [
      message(1, NOON, 'a'),
      held(2, NOON - 3 * HOUR),
      held(3, NOON - 3 * HOUR + MINUTE),
      held(4, NOON - HOUR),
      message(5, NOON, 'live'),
    ];
    assert.equal(outline({ messages }), 'day [1 away [2 3 [4 [5');
    const shown = rows({ messages }).find((row) => row.kind === 'message' && row.message.order === 4);
    assert.equal(shown?.kind === 'message' && shown.shownAt, NOON - HOUR);
  });

  it('shows a live message with the time of this machine, whatever the clock of its author says', () => {
    const shown = rows({ messages: [message(1, NOON, 'a', { writtenAt: NOON - 9 * HOUR })] }).at(-1);
    assert.equal(shown?.kind === 'message' && shown.shownAt, NOON);
  });

  it('does not call my own held messages sent while I was away', () => {
    assert.equal(outline({ messages: [mine(1, NOON, 'a', { state: 'held', held: true })] }), 'day [1');
  });

  it('puts notices after the message that they follow, and starts a group after them', () => {
    const messages = [message(1, NOON, 'a'), message(2, NOON, 'b')];
    const notices = [notice('connected', 1, NOON), notice('away', 2, NOON)];
    assert.equal(outline({ messages, notices }), 'day [1 connected [2 away');
  });

  it('keeps back notices of what is not loaded yet', () => {
    const messages = [message(10, NOON, 'a')];
    const notices = [notice('connected', 9, NOON)];
    assert.equal(outline({ messages, notices }), 'day [10');
    assert.equal(outline({ messages, notices, hasOlder: false }), 'beginning day connected [10');
  });

  it('opens a day for a notice of a later day', () => {
    const messages = [message(1, DAY_BEFORE, 'a'), message(2, NOON, 'b')];
    assert.equal(outline({ messages, notices: [notice('connected', 1, NOON)] }), 'day [1 day connected [2');
  });

  it('has no days where there are no messages', () => {
    const input = { hasOlder: false, notices: [notice('away', 0, NOON)] };
    assert.equal(outline(input), 'beginning away');
    assert.equal(rows(input)[0]?.kind === 'beginning' && rows(input)[0]?.key, 'beginning');
  });

  it('draws the "New" line once, before the first unread received message', () => {
    const messages = [
      message(1, NOON, 'a'),
      mine(2, NOON, 'b'),
      message(3, NOON, 'c'),
      message(4, NOON, 'd'),
    ];
    assert.equal(outline({ messages, newAfter: 1 }), 'day [1 [2 new [3 4');
    assert.equal(outline({ messages, newAfter: 4 }), 'day [1 [2 [3 4');
  });

  it('gives every line its own key', () => {
    const messages = [
      message(1, NOON, 'a'),
      message(2, DAY_BEFORE, 'a clock set back'),
      message(3, NOON, 'and right again'),
    ];
    const keys = rows({ messages, newAfter: 0, hasOlder: false }).map((row) => row.key);
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe('the next timeline of a conversation', () => {
  const texts = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => {
      const order = first + index;
      return order % 7 === 0
        ? mine(order, NOON + order * MINUTE, 'm')
        : message(order, NOON + order * MINUTE, 't');
    });
  const input = (over: Partial<TimelineInput>): TimelineInput => ({
    messages: [],
    notices: [],
    hasOlder: true,
    newAfter: null,
    ...over,
  });
  const all = texts(1, 3_000);
  const changed = all.map((each) => (each.order === 1_500 ? { ...each, text: 'changed' } : each));
  const notices = [notice('connected', 0, NOON), notice('away', 1_234, NOON + 1_234 * MINUTE)];
  const versions: readonly [string, Partial<TimelineInput>][] = [
    ['a stretch', { messages: all.slice(1_000, 2_000), newAfter: 1_800 }],
    ['more after it', { messages: all.slice(1_000, 2_001), newAfter: 1_800 }],
    ['more before it', { messages: all.slice(900, 2_001), newAfter: 1_800 }],
    ['all of it', { messages: all, hasOlder: false, newAfter: 1_800 }],
    ['notices', { messages: all, notices, hasOlder: false, newAfter: 1_800 }],
    ['another first that is new', { messages: all, notices, newAfter: 2_999 }],
    ['nothing new', { messages: all, notices }],
    ['a changed message', { messages: changed, notices }],
    ['a missing one', { messages: changed.filter(({ order }) => order !== 1_499), notices }],
    ['the end alone', { messages: changed.slice(-40), notices }],
    ['nothing', {}],
  ];

  it('is what it would be without the one before', () => {
    const kept = new Timeline();
    for (const [what, version] of versions) {
      assert.deepEqual(kept.rows(input(version)), timeline(input(version)), what);
    }
  });

  it('has the same objects where nothing has changed', () => {
    const kept = new Timeline();
    const before = new Set(kept.rows(input({ messages: all.slice(1_000) })));
    const grown = [...all.slice(900), message(3_001, NOON + 3_001 * MINUTE, 'x')];
    const rows = kept.rows(input({ messages: grown }));
    // Those at the seam, and those that are new.
    assert.ok(rows.filter((row) => !before.has(row)).length < 100 + 500);
    assert.ok(rows.length > 2_101);
  });
});
