import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { costOf } from '../src/model/row-cost.ts';
import { RowHeights } from '../src/model/row-heights.ts';
import { isCovered, MOST_ROWS, nextStretch, stretchAround } from '../src/model/row-stretch.ts';
import { message } from './harness/samples.ts';

const GUESS = 40;
const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ key: String(first + index) }));

/** Lines 1 to `count`; each is measured to be as high as ten times its number. */
function measured(count: number): RowHeights {
  const heights = new RowHeights();
  heights.setRows(lines(1, count));
  for (let index = 0; index < count; index++) heights.measured(index, (index + 1) * 10);
  return heights;
}

describe('heights of lines', () => {
  it('are guessed until they are measured', () => {
    const heights = new RowHeights();
    heights.setRows(lines(1, 10));
    assert.equal(heights.between({ from: 0, to: 10 }), 10 * GUESS);
    heights.measured(3, 100);
    assert.equal(heights.between({ from: 2, to: 5 }), 100 + 2 * GUESS);
  });

  it('are guessed from what was measured as soon as that is enough', () => {
    const heights = new RowHeights();
    heights.setRows(lines(1, 100));
    for (let index = 0; index < 50; index++) heights.measured(index, 24);
    assert.equal(heights.between({ from: 0, to: 100 }), 2400);
  });

  it('stay with their lines when others come before, between and after', () => {
    const heights = measured(5);
    const placed = heights.setRows([...lines(101, 102), ...lines(1, 3), { key: 'new' }, ...lines(4, 6)]);
    assert.equal(heights.between({ from: 2, to: 5 }), 60);
    assert.equal(heights.between({ from: 6, to: 8 }), 90);
    assert.deepEqual(placed({ from: 1, to: 3 }), { from: 3, to: 5 });
    assert.deepEqual(placed({ from: 3, to: 5 }), { from: 6, to: 8 });
  });

  it('are gone with their lines', () => {
    const heights = measured(5);
    const placed = heights.setRows(lines(4, 5));
    assert.equal(heights.between({ from: 0, to: 2 }), 90);
    assert.deepEqual(placed({ from: 2, to: 5 }), { from: 0, to: 2 });
    assert.deepEqual(heights.setRows([])({ from: 0, to: 2 }), { from: 0, to: 0 });
  });

  it('tell which line is where', () => {
    const heights = measured(4);
    assert.deepEqual(
      [0, 9, 10, 29, 30, 59, 60, 1000].map((distance) => heights.at(distance)),
      [0, 0, 1, 1, 2, 2, 3, 3],
    );
    assert.equal(heights.at(-1, 3), 2);
    assert.equal(heights.at(-31, 3), 1);
    assert.equal(heights.at(-1000, 3), 0);
  });

  it('never add up to more than a browser can lay out', () => {
    const heights = new RowHeights();
    heights.setRows(lines(1, 1_000_000));
    for (let index = 0; index < 50; index++) heights.measured(index, 2_000);
    assert.ok(heights.between({ from: 0, to: 1_000_000 }) < 2 ** 25);
  });
});

describe('what it takes to put a line into the page', () => {
  const said = (text: string | null) => {
    const row = { key: 'm', starts: true, ends: true, shownAt: 0 };
    return costOf({ ...row, kind: 'message', message: message(1, 0, text) });
  };

  it('grows with what is made of its text', () => {
    const costs = [said('ok'), said('a **fake clock**'), said('```ts\nlet a;\n```')];
    assert.deepEqual(
      costs.toSorted((a, b) => a - b),
      costs,
    );
    assert.ok(said('x'.repeat(10_000)) > said('```ts\nlet a;\n```'));
  });

  it('is that of a few words for a line without a text, and for one that is no message', () => {
    assert.deepEqual([said(null), costOf({ kind: 'away', key: 'away' }), costOf(undefined)], [1, 1, 1]);
  });
});

describe('the lines in the page', () => {
  const COUNT = 100_000;
  const ROOM = 60;
  const view = { from: 5_000, to: 5_020 };
  const alike = (): number => 1;

  it('become as many before as after what is seen, a few at a time, and then stay', () => {
    let held = stretchAround(view.from, COUNT);
    for (let step = 0; step < 100; step++) {
      const next = nextStretch(held, view, COUNT, ROOM, alike);
      const more = next.to - next.from - (held.to - held.from);
      assert.ok(more <= 16, `${more} at once`);
      if (next.from === held.from && next.to === held.to) break;
      held = next;
    }
    assert.ok(held.to - held.from > ROOM - 16 && held.to - held.from <= ROOM);
    assert.ok(Math.abs(view.from - held.from - (held.to - view.to)) <= 16);
    assert.deepEqual(nextStretch(held, view, COUNT, ROOM, alike), held);
  });

  it('come fewer at a time where they cost more', () => {
    const held = { from: view.from, to: view.to + 20 };
    const cheap = nextStretch(held, view, COUNT, ROOM, alike);
    const costly = nextStretch(held, view, COUNT, ROOM, (index) => (index % 2 === 0 ? 9 : 1));
    const huge = nextStretch(held, view, COUNT, ROOM, () => 1_000);
    assert.deepEqual(
      [cheap, costly, huge].map(({ from }) => held.from - from),
      [10, 3, 1],
    );
  });

  it('always hold what is seen, and never too many', () => {
    let held = { from: 0, to: 0 };
    for (const from of [99_990, 99_970, 99_800, 50, 0, 3, 60, 200, 99_000, 98_985, 98_970]) {
      const seen = { from, to: Math.min(COUNT, from + 20) };
      held = nextStretch(held, seen, COUNT, ROOM, alike);
      assert.ok(isCovered(held, seen) && held.to - held.from <= ROOM);
    }
  });

  it('reach the very ends of the conversation', () => {
    const settled = (seen: { from: number; to: number }, count: number) => {
      let held = { from: 0, to: 0 };
      for (let step = 0; step < 100; step++) held = nextStretch(held, seen, count, ROOM, alike);
      return held;
    };
    assert.equal(settled({ from: 12, to: 19 }, COUNT).from, 0);
    assert.equal(settled({ from: 99_980, to: COUNT - 3 }, COUNT).to, COUNT);
    assert.deepEqual(settled({ from: 3, to: 9 }, 30), { from: 0, to: 30 });
  });

  it('are no more than allowed in a view that is higher than all of them', () => {
    const held = nextStretch({ from: 0, to: 0 }, { from: 100, to: 1_000 }, COUNT, ROOM, alike);
    assert.deepEqual(held, { from: 100, to: 100 + MOST_ROWS });
  });

  it('leave only when others come: where fewer are wanted, none is taken away for that', () => {
    const held = { from: view.from - 40, to: view.to + 40 };
    assert.deepEqual(nextStretch(held, view, COUNT, ROOM, alike), held);
    const seen = { from: view.from - 40, to: view.to - 40 };
    const next = nextStretch(held, seen, COUNT, ROOM, alike);
    assert.ok(next.from < held.from && next.to - next.from === ROOM, JSON.stringify(next));
  });
});
