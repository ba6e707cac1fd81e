/** What a line is taken to be high before any was measured, in pixels. */
const FIRST_GUESS_PX = 40;

/** Browsers lay out no further than 2^25 pixels; what was not measured is taken to be lower rather than to go there. */
const MOST_PX = 16_000_000;

/** From so many measured lines on it is known what the others are like. It is learnt once: a new guess moves everything. */
const ENOUGH = 32;

/** What tells one line from another. */
interface Keyed {
  readonly key: string;
}

/** Where a stretch of lines begins, and where it ends: the first line that is not in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * How high the lines of a conversation are, most of which are not in the page: as they were measured, or a guess. Sums
 * are made by adding up, which for a hundred thousand numbers is quicker than any tree that has to be kept.
 */
export class RowHeights {
  #rows: readonly Keyed[] = [];
  /** 0 for what was not measured. */
  readonly #heights: number[] = [];
  /** What was measured until enough was. */
  #sum = 0;
  #known = 0;

  get count(): number {
    return this.#rows.length;
  }

  /**
   * There are other lines now. What was measured of those that stay is kept. Returns where the lines of a stretch are
   * now, as far as they are still there.
   */
  setRows(rows: readonly Keyed[]): (old: Stretch) => Stretch {
    const before = this.#rows;
    const most = Math.min(before.length, rows.length);
    let same = 0;
    while (same < most && isSame(before[same], rows[same])) same++;
    let after = 0;
    while (after < most - same && isSame(before.at(-1 - after), rows.at(-1 - after))) after++;
    const end = before.length - after;
    const measured = new Map<string, number>();
    for (let index = same; index < end; index++) {
      measured.set(before[index]?.key ?? '', this.#heights[index] ?? 0);
    }
    const middle = rows.slice(same, rows.length - after);
    replace(
      this.#heights,
      same,
      end,
      middle.map(({ key }) => measured.get(key) ?? 0),
    );
    this.#rows = rows;
    const shift = rows.length - before.length;
    const places = new Map(middle.map(({ key }, index) => [key, same + index]));
    const place = (index: number, otherwise: number): number => {
      if (index < same) return index;
      if (index >= end) return index + shift;
      return places.get(before[index]?.key ?? '') ?? otherwise;
    };
    return ({ from, to }) => {
      if (from >= to) return { from: 0, to: 0 };
      const first = place(from, same);
      return { from: first, to: Math.max(first, place(to - 1, rows.length - after - 1) + 1) };
    };
  }

  isMeasured(index: number): boolean {
    return (this.#heights[index] ?? 0) > 0;
  }

  measured(index: number, height: number): void {
    if (height <= 0 || index >= this.#heights.length) return;
    if (this.#known < ENOUGH && this.#heights[index] === 0) {
      this.#sum += height;
      this.#known += 1;
    }
    this.#heights[index] = height;
  }

  /** How high the lines of this stretch are together. */
  between({ from, to }: Stretch): number {
    const guess = this.#guess;
    let sum = 0;
    for (let index = from; index < to; index++) sum += this.#height(index, guess);
    return sum;
  }

  /** The line at this distance below the top of line `from`; above it where the distance is negative. */
  at(distance: number, from = 0): number {
    const guess = this.#guess;
    let index = from;
    if (distance < 0) {
      for (let left = -distance; left > 0 && index > 0;) left -= this.#height(--index, guess);
      return index;
    }
    for (let left = distance; index < this.count - 1; index++) {
      left -= this.#height(index, guess);
      if (left < 0) break;
    }
    return Math.max(0, Math.min(index, this.count - 1));
  }

  #height(index: number, guess: number): number {
    const height = this.#heights[index] ?? 0;
    return height > 0 ? height : guess;
  }

  /** How high a line is that was not measured. */
  get #guess(): number {
    const mean = this.#known < ENOUGH ? FIRST_GUESS_PX : this.#sum / this.#known;
    return Math.min(mean, MOST_PX / Math.max(1, this.count));
  }
}

function isSame(a: Keyed | undefined, b: Keyed | undefined): boolean {
  return a === b || a?.key === b?.key;
}

/** As splice(), for any number of values: a call cannot have as many arguments as there may be lines. */
function replace(values: number[], from: number, to: number, by: readonly number[]): void {
  const after = to === values.length ? [] : values.splice(to);
  values.length = from;
  for (const value of by) values.push(value);
  for (const value of after) values.push(value);
}
