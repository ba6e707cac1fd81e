/** This near to the end counts as the end: zoomed pages have fractions of a pixel, and fingers are not exact. */
const END_WITHIN_PX = 24;

interface Anchor {
  readonly element: Element;
  /** Its distance from the top of the view. */
  readonly top: number;
}

/**
 * Keeps the place in a scrolled list: at the end it stays at the end, elsewhere the first line in view stays where it
 * is, whatever is added or changes its height above or below. The browser's own scroll anchoring does not do this at the
 * very top, where older lines are added.
 */
export class ScrollKeeper {
  readonly #view: Element;
  readonly #list: Element;
  readonly #steady: string;
  readonly #onSeen: () => boolean;
  readonly #onMoved: () => void;
  readonly #sizes = new ResizeObserver(() => this.#resized());
  #atEnd = true;
  #anchor: Anchor | undefined;
  /** How far from the very end the place is that counts as the end. */
  #left = 0;
  #lastTop = 0;
  #lastSize = '';

  /**
   * `view` scrolls `list`, whose children are the lines; `steady` selects those that only ever move with the rest.
   * `onSeen` is called when something else is in view, which it may put there: then it returns true; `onMoved` after each
   * change of the place.
   */
  constructor(view: Element, list: Element, steady: string, onSeen: () => boolean, onMoved: () => void) {
    this.#view = view;
    this.#list = list;
    this.#steady = steady;
    this.#onSeen = onSeen;
    this.#onMoved = onMoved;
    view.addEventListener('scroll', this.#onScroll, { passive: true });
    this.#sizes.observe(view);
    this.#sizes.observe(list);
  }

  stop(): void {
    this.#view.removeEventListener('scroll', this.#onScroll);
    this.#sizes.disconnect();
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** The line of which this part of the view is above, as showFrom() leaves it: to a pixel. */
  lineAt(above: number): Element | undefined {
    return this.#firstBelow(above * this.#view.clientHeight + 1)?.element;
  }

  /** From now on the end is shown, until the person scrolls away. */
  follow(): void {
    this.#atEnd = true;
  }

  /**
   * Shows this line at the top, or the end where nothing more is below it.
   * @param above what part of the view is to be above the line
   */
  showFrom(line: Element, above = 0): void {
    this.#view.scrollTop += this.#topOf(line) - above * this.#view.clientHeight;
    this.#noticePlace(this.#leftBelow <= END_WITHIN_PX);
  }

  toEnd(behavior: ScrollBehavior): void {
    this.#view.scrollTo({ top: this.#view.scrollHeight, behavior });
  }

  nearTop(within: number): boolean {
    return this.#view.clientHeight > 0 && this.#view.scrollTop < within;
  }

  /**
   * Lines are about to be added or changed. The person may have scrolled already, though the event that tells of it is
   * still to come: otherwise what was scrolled would be taken back.
   */
  catchUp(): void {
    if (this.#view.scrollTop !== this.#lastTop && this.#size === this.#lastSize) this.#look();
  }

  /** Lines were added or changed: goes back to the place that was in view. */
  restore(): void {
    this.#left = 0;
    this.hold();
  }

  /**
   * The same where nothing was said anew: who is about to leave the end, and near it still, is not taken back. A scroll
   * position that is set anew would end the movement, so it is only where it has changed.
   */
  hold(): void {
    if (this.#atEnd) {
      const { scrollHeight, clientHeight, scrollTop } = this.#view;
      const top = scrollHeight - clientHeight - this.#left;
      if (Math.abs(top - scrollTop) >= 1) this.#view.scrollTop = top;
    } else if (this.#anchor?.element.isConnected === true) {
      const moved = this.#topOf(this.#anchor.element) - this.#anchor.top;
      if (moved !== 0) this.#view.scrollTop += moved;
    }
    this.#lastTop = this.#view.scrollTop;
    this.#lastSize = this.#size;
    this.#onMoved();
  }

  /** Here too the person may have scrolled already; a list that became shorter cuts the place as well. */
  #resized(): void {
    const by = this.#view.scrollTop - this.#lastTop;
    const isCut = by < 0 && this.#leftBelow <= END_WITHIN_PX;
    if (by !== 0 && !isCut && this.#size === this.#lastSize) {
      if (this.#atEnd) this.#setPlace(by > 0);
      else if (this.#anchor !== undefined) this.#anchor = { ...this.#anchor, top: this.#anchor.top - by };
    }
    this.restore();
    this.#onSeen();
  }

  get #size(): string {
    const { clientWidth, clientHeight } = this.#view;
    return `${clientWidth} ${clientHeight}`;
  }

  readonly #onScroll = (): void => {
    // Nobody scrolled: the view has another size, and the observer will find its place in it.
    if (this.#size !== this.#lastSize) return;
    this.#look();
    if (this.#onSeen()) this.#setPlace(this.#atEnd);
    this.#onMoved();
  };

  /** Only a way up leaves the end. By the time that one hears of it the list may have grown. */
  #look(): void {
    const stays = this.#atEnd && this.#view.scrollTop >= this.#lastTop;
    this.#setPlace(stays || this.#leftBelow <= END_WITHIN_PX);
  }

  #noticePlace(atEnd: boolean): void {
    this.#setPlace(atEnd);
    this.#onMoved();
  }

  #setPlace(atEnd: boolean): void {
    this.#atEnd = atEnd;
    this.#left = Math.max(0, Math.min(this.#leftBelow, END_WITHIN_PX));
    this.#lastTop = this.#view.scrollTop;
    this.#lastSize = this.#size;
    this.#anchor = this.#firstBelow(0);
  }

  get #leftBelow(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#view;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** The first line that reaches below this height of the view. */
  #firstBelow(height: number): Anchor | undefined {
    const lines = this.#list.children;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const line = lines[middle];
      if (line !== undefined && this.#topOf(line) + line.clientHeight <= height) low = middle + 1;
      else high = middle;
    }
    let element = lines[low];
    // Headings move when something is put before them; what they head does not.
    while (element?.matches(this.#steady) === false) element = element.nextElementSibling ?? undefined;
    const top = element === undefined ? Infinity : this.#topOf(element);
    return element === undefined || top >= this.#view.clientHeight ? undefined : { element, top };
  }

  #topOf(line: Element): number {
    return line.getBoundingClientRect().top - this.#view.getBoundingClientRect().top;
  }
}
