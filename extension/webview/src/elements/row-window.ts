import { isCovered, MOST_ROWS, nextStretch, stretchAround } from '../model/row-stretch.ts';
import { RowHeights, type Stretch } from '../model/row-heights.ts';
import type { Row } from '../model/timeline.ts';

const NONE: Stretch = { from: 0, to: 0 };

/** Higher than any conversation is, and lower than browsers can lay out. */
const AMPLE_PX = 10_000_000;

/** The scrolled view, and in it the list: a space, the lines that are in the page, and a space. */
export interface RowList {
  readonly view: Element;
  readonly list: Element;
}

/**
 * Which lines of the conversation are in the page: those that are seen and some around them. Empty spaces, as high as
 * the lines are taken to be that are not there, stand before and after. Lines that come into the page above what is seen
 * take their place from the space before them, so that nothing moves, and nobody's scrolling is disturbed.
 */
export class RowWindow {
  readonly #heights = new RowHeights();
  readonly #find: () => RowList | undefined;
  #rows: readonly Row[] = [];
  #held: Stretch = NONE;
  /** How high the space before the lines is. */
  #before = 0;
  /** What stays in the page, and how far below the list's top it was before others came. */
  #kept: { readonly index: number; readonly top: number } | undefined;

  /** `find`: the elements, as soon as they are there. */
  constructor(find: () => RowList | undefined) {
    this.#find = find;
  }

  /** The lines to be in the page. */
  get rows(): readonly Row[] {
    return this.#rows.slice(this.#held.from, this.#held.to);
  }

  /** Whether no line is missing between the beginning and those in the page. */
  get reachesStart(): boolean {
    return this.#held.from === 0;
  }

  /** Whether no line is missing between those in the page and the end. */
  get reachesEnd(): boolean {
    return this.#held.to === this.#rows.length;
  }

  /** There are other lines. `follows`: the end of them is to be seen. */
  setRows(rows: readonly Row[], follows: boolean): void {
    const above = this.#heights.between({ from: 0, to: this.#held.from });
    const placed = this.#heights.setRows(rows);
    this.#rows = rows;
    const now = placed(this.#held);
    this.#held = now;
    if (follows) this.#showEnd();
    else if (now.to - now.from > MOST_ROWS) this.#held = { from: now.from, to: now.from + MOST_ROWS };
    this.#moveSpace(above);
    this.#kept = undefined;
  }

  /** From the next rendering on this line is in the page. */
  lookAt(index: number): void {
    const { from, to } = this.#held;
    const around = stretchAround(index, this.#rows.length);
    if (isCovered({ from, to }, around)) return;
    this.#held = around;
    this.#before = this.#guessed({ from: 0, to: around.from });
    this.#kept = undefined;
  }

  /** From the next rendering on the end is in the page. */
  lookAtEnd(): void {
    const above = this.#heights.between({ from: 0, to: this.#held.from });
    this.#showEnd();
    this.#moveSpace(above);
    this.#kept = undefined;
  }

  /** Whether all that is seen is in the page. */
  get isCovered(): boolean {
    const seen = this.#seen();
    return seen === undefined || isCovered(this.#held, seen);
  }

  /** Takes other lines into the page, if others are wanted by now. Returns whether there is something to render. */
  move(): boolean {
    const seen = this.#seen();
    if (seen === undefined) return false;
    const next = nextStretch(this.#held, seen, this.#rows.length);
    const { from, to } = this.#held;
    if (next.from === from && next.to === to) return false;
    const stays = Math.max(next.from, from);
    const isElsewhere = stays >= Math.min(next.to, to);
    const line = this.#line(stays);
    this.#kept = isElsewhere || line === undefined ? undefined : { index: stays, top: topOf(line) };
    this.#held = next;
    if (isElsewhere) this.#before = this.#guessed({ from: 0, to: next.from });
    else
      this.#before += this.#guessed({ from, to: next.from }) - this.#guessed({ from: next.from, to: from });
    return true;
  }

  /** What was to be in the page is in it: fits the spaces, and measures. */
  settle(): void {
    const spaces = this.#spaces();
    if (spaces === undefined) return;
    const { from, to } = this.#held;
    const rest = this.#heights.between({ from: to, to: this.#rows.length });
    if (from === 0) this.#before = 0;
    const { lines } = spaces;
    // A list that is shorter for the time of a look would have the browser end what the person is scrolling.
    setHeight(spaces.after, AMPLE_PX);
    setHeight(spaces.before, this.#before);
    const kept = this.#kept;
    if (kept !== undefined && from > 0) {
      const line = lines[kept.index - from];
      if (line !== undefined) this.#before += kept.top - topOf(line);
    }
    this.#kept = undefined;
    // There are more lines than the space has room for.
    if (from > 0 && this.#before <= 0) this.#before = this.#guessed({ from: 0, to: from });
    setHeight(spaces.before, this.#before);
    setHeight(spaces.after, rest);
    this.#measure([...lines, spaces.after]);
  }

  #showEnd(): void {
    const { length: count } = this.#rows;
    const { from, to } = this.#held;
    const isNear = to > from && to > count - MOST_ROWS;
    this.#held = isNear
      ? { from: Math.max(from, count - MOST_ROWS), to: count }
      : stretchAround(count, count);
  }

  /** The space before the lines, after others are the first: `above` is how high all before the first one was. */
  #moveSpace(above: number): void {
    this.#before = Math.max(
      0,
      this.#before + Math.round(this.#heights.between({ from: 0, to: this.#held.from }) - above),
    );
  }

  /**
   * In whole pixels: a browser has fractions of its own, and where lines end up by one of them beside where they were it
   * paints all of them anew.
   */
  #guessed(stretch: Stretch): number {
    return Math.round(this.#heights.between(stretch));
  }

  #measure(elements: readonly Element[]): void {
    const tops = elements.map((element) => element.getBoundingClientRect().top);
    for (let index = 0; index < tops.length - 1; index++) {
      this.#heights.measured(this.#held.from + index, (tops[index + 1] ?? 0) - (tops[index] ?? 0));
    }
  }

  /** What is in view; undefined where nothing can be. */
  #seen(): Stretch | undefined {
    const elements = this.#find();
    const spaces = this.#spaces();
    if (elements === undefined || spaces === undefined || elements.view.clientHeight === 0) return undefined;
    const { view } = elements;
    const { from, to } = this.#held;
    const top = view.getBoundingClientRect().top;
    const bottom = top + view.clientHeight;
    const first = spaces.before.getBoundingClientRect().bottom;
    const end = spaces.after.getBoundingClientRect().top;
    if (from === to || end <= top || first >= bottom) {
      const { scrollTop, clientHeight } = view;
      const index = this.#heights.at(scrollTop);
      return { from: index, to: this.#heights.at(clientHeight, index) + 1 };
    }
    const { lines } = spaces;
    return {
      from: first > top ? this.#heights.at(top - first, from) : from + firstBelow(lines, top),
      to:
        end < bottom
          ? Math.max(to, this.#heights.at(bottom - end, to) + 1)
          : from + firstBelow(lines, bottom) + 1,
    };
  }

  #line(index: number): Element | undefined {
    return this.#spaces()?.lines[index - this.#held.from];
  }

  /** The list's children, when all lines that are to be in the page are. */
  #spaces(): { before: HTMLElement; lines: readonly Element[]; after: HTMLElement } | undefined {
    const [before, ...lines] = this.#find()?.list.children ?? [];
    const after = lines.pop();
    return before instanceof HTMLElement && after instanceof HTMLElement
      ? { before, lines, after }
      : undefined;
  }
}

/** How far below the top of the list it is. */
function topOf(line: Element): number {
  return line.getBoundingClientRect().top - (line.parentElement?.getBoundingClientRect().top ?? 0);
}

/** The index of the first line whose end is below this place in the window; that of the last where there is none. */
function firstBelow(lines: readonly Element[], place: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.getBoundingClientRect().bottom ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function setHeight(space: HTMLElement, pixels: number): void {
  space.style.blockSize = `${pixels}px`;
}
