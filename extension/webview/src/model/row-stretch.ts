import type { Stretch } from './row-heights.ts';

/** Lines that are in the page at most, so few that it is as quick as a short conversation. */
export const MOST_ROWS = 180;

/**
 * Lines are put into the page where nobody sees them yet, at once as many as cost a part of what all that are missing do:
 * the rest comes with the frames after. So each frame has as much to do as others, and who scrolls quickly has more with
 * each. Fewer lines than `FEWEST` are not worth a frame.
 */
const FEWEST = 2;
const LEAST_COST = 4;
const MOST_COST = 14;
const STEP_PART = 1 / 2;

/** Lines before and after the one where a conversation opens. */
const BEFORE_OPENED = 4;
const FIRST_ROWS = 24;

/** What is put into the page at first to show this line. */
export function stretchAround(index: number, count: number): Stretch {
  const from = Math.max(0, Math.min(index - BEFORE_OPENED, count - FIRST_ROWS));
  return { from, to: Math.min(count, from + FIRST_ROWS) };
}

/**
 * The lines to have in the page next, when these are in it and those are seen: all that is seen now, and of the others a
 * few more at each call, before or after those that are there, until there is as much before as after. What is too much at
 * the other side goes with them.
 * @param most how many lines are to be there
 * @param cost what putting in a line takes: of the cheapest 1
 */
export function nextStretch(
  held: Stretch,
  seen: Stretch,
  count: number,
  most: number,
  cost: (index: number) => number,
): Stretch {
  const view = { from: seen.from, to: Math.min(seen.to, seen.from + MOST_ROWS) };
  if (view.from >= view.to) return held;
  if (held.from >= held.to || view.to < held.from || view.from > held.to) return view;
  const room = Math.max(most, view.to - view.from);
  const wanted = wantedAround(view, count, room);
  const from = Math.min(held.from, view.from);
  const to = Math.max(held.to, view.to);
  const up = step(from - wanted.from, wanted.from === 0, (nth) => cost(from - 1 - nth));
  const down = step(wanted.to - to, wanted.to === count, (nth) => cost(to + nth));
  const isUp = from < held.from || (to === held.to && up >= down);
  if (isUp ? from === held.from && up === 0 : to === held.to && down === 0) return held;
  if (isUp) return { from: from - up, to: Math.min(held.to, Math.max(view.to, from - up + room)) };
  return { from: Math.max(held.from, Math.min(view.from, to + down - room)), to: to + down };
}

/** Whether there is anything that is seen and not in the page. */
export function isCovered(held: Stretch, seen: Stretch): boolean {
  return held.from <= seen.from && seen.to <= held.to;
}

/** As many before as after; at an end of the conversation, what is missing there at the other side. */
function wantedAround({ from, to }: Stretch, count: number, room: number): Stretch {
  const spare = room - (to - from);
  const first = Math.max(0, Math.min(from - (spare >> 1), count - room));
  return { from: first, to: Math.min(count, first + room) };
}

/** How many of the missing lines come next; `cost` tells of each, the nearest first. */
function step(missing: number, isLast: boolean, cost: (nth: number) => number): number {
  if (missing < (isLast ? 1 : FEWEST)) return 0;
  const costs = Array.from({ length: missing }, (_, nth) => cost(nth));
  let left = Math.max(LEAST_COST, Math.min(MOST_COST, STEP_PART * costs.reduce((sum, each) => sum + each)));
  const tooMany = costs.findIndex((each) => (left -= each) < 0);
  return tooMany === -1 ? missing : Math.max(1, tooMany);
}
