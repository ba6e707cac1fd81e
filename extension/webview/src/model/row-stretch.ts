import type { Stretch } from './row-heights.ts';

/**
 * Lines that are in the page at most: several screens before and after what is seen, so that a selection reaches further
 * than the eye, and so few that the page is as quick as a short conversation.
 */
export const MOST_ROWS = 180;

/**
 * Lines that are put into the page at once where nobody sees them yet: of those that are missing a part, the rest comes
 * with the frames after. So each frame has as much to do as others, and who scrolls quickly has more with each.
 */
const LEAST_STEP = 5;
const MOST_STEP = 8;
const STEP_PART = 1 / 4;

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
 * few more at each call, until there is as much before as after. What is far goes only when there are too many.
 */
export function nextStretch(held: Stretch, seen: Stretch, count: number): Stretch {
  const view = { from: seen.from, to: Math.min(seen.to, seen.from + MOST_ROWS) };
  if (view.from >= view.to) return held;
  const isElsewhere = held.from >= held.to || view.to < held.from || view.from > held.to;
  const now = isElsewhere ? view : { from: Math.min(held.from, view.from), to: Math.max(held.to, view.to) };
  const wanted = wantedAround(view, count);
  const up = Math.max(0, now.from - wanted.from);
  const down = Math.max(0, wanted.to - now.to);
  return cut(
    {
      from: now.from - step(up, wanted.from === 0),
      to: now.to + step(down, wanted.to === count),
    },
    view,
  );
}

/** Whether there is anything that is seen and not in the page. */
export function isCovered(held: Stretch, seen: Stretch): boolean {
  return held.from <= seen.from && seen.to <= held.to;
}

/** As many before as after; at an end of the conversation, what is missing there at the other side. */
function wantedAround({ from, to }: Stretch, count: number): Stretch {
  const spare = MOST_ROWS - (to - from);
  const first = Math.max(0, Math.min(from - (spare >> 1), count - MOST_ROWS));
  return { from: first, to: Math.min(count, first + MOST_ROWS) };
}

/** How many of the missing lines come next. A few are not worth a rendering, unless nothing comes after them. */
function step(missing: number, isLast: boolean): number {
  if (isLast) return Math.min(missing, MOST_STEP);
  if (missing < LEAST_STEP) return 0;
  return Math.max(LEAST_STEP, Math.min(MOST_STEP, Math.ceil(missing * STEP_PART)));
}

/** Without what is too much, where it is farther from what is seen. */
function cut({ from, to }: Stretch, view: Stretch): Stretch {
  let [first, end] = [from, to];
  while (end - first > MOST_ROWS) {
    if (view.from - first > end - view.to) first++;
    else end--;
  }
  return { from: first, to: end };
}
