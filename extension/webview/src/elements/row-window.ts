import { costOf } from '../model/row-cost.ts';
import { isCovered, MOST_ROWS, nextStretch, stretchAround } from '../model/row-stretch.ts';
import { RowHeights, type Stretch } from '../model/row-heights.ts';
import type { Row } from '../model/timeline.ts';

const NONE: Stretch = { from: 0, to: 0 };

/** A pixel has so many for browsers that lay out a page: Chromium's. */
const LAYOUT_UNITS = 64;

/** So far before what is seen, and after it, lines are in the page: several turns of a wheel, or some busy frames of a quick one. */
const AROUND_PX = 400;

/** The list's children: lines, and a space before and after them. */
interface Spaces {
  readonly before: HTMLElement;
  readonly children: HTMLCollection;
  readonly after: HTMLElement;
}

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
  /** How high the spaces before and after the lines are. */
  #before = 0;
  #after = 0;
  /**
   * How high the list is while lines come in before the others: the space before them has what is left of that, so that
   * they take their place from it as they are laid out. Null where the list is as high as all in it.
   */
  #whole: number | null = null;
  /** The first line that stays in the page, when others have come or gone before it and those that came are not measured. */
  #kept: number | undefined;

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
    else if (now.to - now.from > MOST_ROWS) this.#held = { from: now.to - MOST_ROWS, to: now.to };
    this.#moveSpace(above);
    this.#forget();
  }

  /** From the next rendering on this line is in the page. */
  lookAt(index: number): void {
    const { from, to } = this.#held;
    const around = stretchAround(index, this.#rows.length);
    if (isCovered({ from, to }, around)) return;
    this.#held = around;
    this.#before = this.#guessed({ from: 0, to: around.from });
    this.#forget();
  }

  /** From the next rendering on the end is in the page. */
  lookAtEnd(): void {
    const above = this.#heights.between({ from: 0, to: this.#held.from });
    this.#showEnd();
    this.#moveSpace(above);
    this.#forget();
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
    const next = nextStretch(this.#held, seen, this.#rows.length, this.#wanted(seen), (index) =>
      costOf(this.#rows[index]),
    );
    const { from, to } = this.#held;
    if (next.from === from && next.to === to) return false;
    this.#forget(next.from < from ? this.#whole : null);
    if (Math.max(next.from, from) >= Math.min(next.to, to)) {
      this.#before = this.#guessed({ from: 0, to: next.from });
    } else {
      this.#kept = from;
      this.#before += this.#together({ from, to: next.from });
      if (next.from < from) this.#holdEnd({ from: next.to, to });
    }
    this.#held = next;
    return true;
  }

  /** What was to be in the page is in it: fits the spaces, and measures. */
  settle(): void {
    const spaces = this.#spaces();
    if (spaces === undefined) return;
    const { from, to } = this.#held;
    const kept = this.#kept;
    this.#kept = undefined;
    if (this.#whole !== null && kept !== undefined && from > 0) {
      this.#fit(spaces);
      this.#before -= this.#together({ from, to: kept });
      if (this.#before > 0) {
        this.#measure(spaces, false);
        return;
      }
    }
    this.#whole = null;
    if (from === 0) this.#before = 0;
    // There are more lines than the space has room for.
    else if (this.#before <= 0) this.#before = this.#guessed({ from: 0, to: from });
    this.#after = this.#heights.between({ from: to, to: this.#rows.length });
    this.#fit(spaces);
    this.#measure(spaces, kept === undefined);
  }

  /** Nothing is known of what was in the page, but that the list is so high. */
  #forget(whole: number | null = null): void {
    this.#kept = undefined;
    this.#whole = whole;
  }

  /** Lines come in before the others, while these go at the end: all that is below keeps its place. */
  #holdEnd(gone: Stretch): void {
    if (this.#whole === null) {
      const rows = this.#together(this.#held);
      // In whole pixels, as any number this large has to be.
      this.#whole = Math.ceil(this.#before + rows + this.#after);
      this.#after = this.#whole - this.#before - rows;
    }
    this.#after += this.#together(gone);
  }

  #fit({ before, after }: Spaces): void {
    const list = before.parentElement;
    list?.classList.toggle('whole', this.#whole !== null);
    if (list !== null) list.style.blockSize = this.#whole === null ? '' : `${this.#whole}px`;
    setHeight(before, this.#whole === null ? this.#before : 0);
    setHeight(after, this.#after);
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

  /** In whole pixels: fractions are those of lines that were measured. */
  #guessed(stretch: Stretch): number {
    return Math.round(this.#heights.between(stretch));
  }

  /** `all`: not only lines that never were, since the others may have changed. */
  #measure({ children }: Spaces, all: boolean): void {
    const { from, to } = this.#held;
    const top = (index: number): number => children[index - from + 1]?.getBoundingClientRect().top ?? 0;
    for (let index = from; index < to; index++) {
      if (all || !this.#heights.isMeasured(index)) this.#heights.measured(index, top(index + 1) - top(index));
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
    const { children } = spaces;
    return {
      from: first > top ? this.#heights.at(top - first, from) : from + firstBelow(children, top),
      to:
        end < bottom
          ? Math.max(to, this.#heights.at(bottom - end, to) + 1)
          : from + firstBelow(children, bottom) + 1,
    };
  }

  /** How many lines are to be in the page: more while some are selected, since those that leave it are so no longer. */
  #wanted({ from, to }: Stretch): number {
    if (getSelection()?.type === 'Range') return MOST_ROWS;
    return Math.min(MOST_ROWS, this.#heights.at(AROUND_PX, to) - this.#heights.at(-AROUND_PX, from));
  }

  /**
   * How high these lines of those in the page are together. By their styles, where fractions are whole numbers of a
   * browser's own: where they are it tells in numbers too large to have them.
   */
  #together({ from, to }: Stretch): number {
    const children = this.#spaces()?.children;
    let sum = 0;
    for (let index = from; index < to; index++) {
      const line = children?.[index - this.#held.from + 1];
      if (line === undefined) continue;
      const { blockSize, marginBlockStart, marginBlockEnd } = getComputedStyle(line);
      for (const size of [blockSize, marginBlockStart, marginBlockEnd]) {
        sum += Math.round(parseFloat(size) * LAYOUT_UNITS) / LAYOUT_UNITS;
      }
    }
    return sum;
  }

  /** The list's children, when all lines that are to be in the page are. */
  #spaces(): Spaces | undefined {
    const { firstElementChild: before, lastElementChild: after, children } = this.#find()?.list ?? {};
    return before instanceof HTMLElement && after instanceof HTMLElement && children !== undefined
      ? { before, children, after }
      : undefined;
  }
}

/** The index of the first line whose end is below this place in the window; that of the last where there is none. */
function firstBelow(children: HTMLCollection, place: number): number {
  let low = 0;
  let high = children.length - 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((children[middle + 1]?.getBoundingClientRect().bottom ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The fraction apart: of a large number with one, a browser's styles keep but quarters of a pixel, and where lines end up
 * by a fraction beside where they were, all of them are painted anew.
 */
function setHeight(space: HTMLElement, pixels: number): void {
  const whole = Math.floor(pixels);
  space.style.blockSize = `${whole}px`;
  space.style.paddingBlockStart = `${pixels - whole}px`;
}
