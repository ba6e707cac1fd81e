import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Message } from '../model/api-types.ts';
import { isEditable } from '../model/editable.ts';
import type { Row } from '../model/timeline.ts';
import { strings } from '../strings.ts';
import { actionStyles } from '../styles/actions.ts';
import { baseStyles } from '../styles/base.ts';
import { icons } from '../views/icons.ts';
import { type Action, ActionEvent } from './action-event.ts';
import { makePicker } from './emoji-source.ts';

/** What people answer with instead of a message. */
const QUICK_REACTIONS = ['👍', '❤️', '😄', '🎉', '👀', '✅'];

const LINE = '[role=article]';

/** What the bar takes of the view above a message. */
const ROOM_ABOVE_PX = 20;

/** How long after the last of its movements a list that is scrolled has come to rest. */
const REST_MS = 100;

type Reaction = Extract<Action, { does: 'react' }>;

/** This emoji, or this person's no longer. */
function reactionTo({ order, reactions }: Message, emoji: string): Reaction {
  return { does: 'react', order, emoji, on: !reactions.some((each) => each.mine && each.emoji === emoji) };
}

/**
 * What can be done with the message that the pointer or the focus is on: one bar for the whole list. Arrow keys move the
 * focus from message to message, Enter takes it to the bar and Escape back.
 */
export class MessageActions extends LitElement {
  static readonly tag = 'message-actions';
  static override readonly styles = [baseStyles, actionStyles];
  static override readonly properties = {
    rows: { attribute: false },
    message: { state: true },
    picker: { state: true },
  };

  /** With the messages with which something can be done. */
  declare rows: readonly Row[];
  declare message: Message | undefined;
  /** Where another emoji is being chosen. */
  declare picker: HTMLElement | null;
  #line: HTMLElement | undefined;
  /** The line that shows that the bar is its own, which lies over the one before it as well. */
  #marked: HTMLElement | undefined;
  #view: HTMLElement | undefined;
  /** While the view is scrolled: lines pass under the pointer, and nobody means any of them. */
  #moving: number | undefined;
  /** The frame after which that is over. */
  #ending = 0;

  constructor() {
    super();
    this.rows = [];
    this.picker = null;
  }

  /** From now on it goes where the pointer and the focus go in this view, which it lies in. */
  follow(view: HTMLElement): void {
    if (this.#view === view) return;
    this.#view = view;
    view.addEventListener('pointerover', (event) => this.#turnTo(event));
    // Only of a pointer that moves, where lines move under it as well.
    view.addEventListener('pointermove', () => {
      if (this.#moving !== undefined && this.picker === null) this.#attend();
    });
    view.addEventListener('focusin', (event) => this.#turnTo(event));
    view.addEventListener('pointerleave', () => {
      if (this.picker === null) this.#leave();
    });
    view.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node) || !view.contains(event.relatedTarget)) this.#leave();
    });
    view.addEventListener('keydown', (event) => this.#key(event));
    view.addEventListener('scroll', () => this.#scrolled(), { passive: true });
  }

  protected override willUpdate(): void {
    // As it is by now, if anything is left of it.
    this.message &&= this.#find(this.message.order);
    this.hidden = this.message === undefined;
    if (this.hidden) this.picker = null;
  }

  protected override updated(): void {
    const line = this.hidden ? undefined : this.#line;
    if (line === this.#marked) return;
    this.#marked?.removeAttribute('data-acts');
    line?.setAttribute('data-acts', '');
    this.#marked = line;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { message } = this;
    if (message === undefined) return nothing;
    const { order } = message;
    return html`<div class="bar" role="toolbar" aria-label=${strings.actions} @keydown=${this.#onBarKey}>
        ${QUICK_REACTIONS.map((emoji) => {
          const action = reactionTo(message, emoji);
          return this.#button(html`<span>${emoji}</span>`, strings.react(emoji), action, !action.on);
        })}
        <button
          type="button"
          class="more"
          tabindex="-1"
          title=${strings.moreReactions}
          aria-label=${strings.moreReactions}
          aria-expanded=${this.picker === null ? 'false' : 'true'}
          @click=${() => void this.#pick(message)}
        >
          ${icons.moreReactions}
        </button>
        ${this.#button(icons.reply, strings.reply, { does: 'reply', order })}
        ${
          isEditable(message)
            ? html`${this.#button(icons.edit, strings.edit, { does: 'edit', order })}
              ${this.#button(icons.remove, strings.delete, { does: 'delete', order })}`
            : nothing
        }
      </div>
      ${this.picker ?? nothing}`;
  }

  /** Another emoji is to be chosen for this message, or none any longer. */
  async #pick(message: Message): Promise<void> {
    if (this.picker !== null) {
      this.picker = null;
      return;
    }
    const picker = await makePicker((emoji) => {
      this.picker = null;
      if (emoji === null) this.shadowRoot?.querySelector<HTMLElement>('.more')?.focus();
      else this.#do(reactionTo(this.message ?? message, emoji));
    });
    if (this.message?.order !== message.order) return;
    picker.className = this.#isLow ? 'picker above' : 'picker';
    this.picker = picker;
    await this.updateComplete;
    picker.focus();
  }

  /** Whether there is more room above the message than below. */
  get #isLow(): boolean {
    const [line, view] = [this.#line?.getBoundingClientRect(), this.#view?.getBoundingClientRect()];
    return line !== undefined && view !== undefined && line.top - view.top > view.height / 2;
  }

  #button(shown: TemplateResult, label: string, action: Action, pressed?: boolean): TemplateResult {
    return html`<button
      type="button"
      tabindex="-1"
      title=${label}
      aria-label=${label}
      aria-pressed=${pressed === undefined ? nothing : pressed ? 'true' : 'false'}
      @click=${() => this.#do(action)}
    >
      ${shown}
    </button>`;
  }

  #do(action: Action): void {
    this.dispatchEvent(new ActionEvent(action));
    // The box takes the focus of the others.
    if (action.does === 'react' || action.does === 'delete') this.#line?.focus();
  }

  #turnTo(event: Event): void {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || this.#isWithin(event)) return;
    if (this.picker !== null && event.type === 'pointerover') return;
    const line = target.closest<HTMLElement>(LINE);
    // Between two lines it stays: the pointer may be on its way to it.
    if (line === null) return;
    this.#line = line;
    if (this.#moving === undefined || event.type !== 'pointerover') this.#attend();
  }

  #attend(): void {
    const line = this.#line;
    this.picker = null;
    this.message = line?.isConnected === true ? this.#find(Number(line.dataset['order'])) : undefined;
    this.#place();
  }

  /** Until it is at rest the bar stays at its message, and goes along by itself. */
  #scrolled(): void {
    clearTimeout(this.#moving);
    cancelAnimationFrame(this.#ending);
    this.#moving = setTimeout(() => {
      // Where frames take long, the next one may tell of more.
      this.#ending = requestAnimationFrame(() => {
        this.#moving = undefined;
        if (this.picker === null) this.#attend();
      });
    }, REST_MS);
  }

  #find(order: number): Message | undefined {
    const row = this.rows.findLast((each) => each.kind === 'message' && each.message.order === order);
    return row?.kind === 'message' && row.message.text !== null ? row.message : undefined;
  }

  /** Goes to where its message is now: lines have come or gone. While the view is scrolled it waits for the end of that. */
  place(): void {
    if (this.#moving === undefined) this.#place();
  }

  #place(): void {
    const [line, view] = [this.#line, this.#view];
    if (line === undefined || view === undefined) return;
    const top = line.getBoundingClientRect().top - view.getBoundingClientRect().top;
    // Of a message that begins above the view, at the highest of it that is seen.
    this.style.insetBlockStart = `${Math.max(0, top) + view.scrollTop}px`;
    this.style.translate = top < ROOM_ABOVE_PX ? 'none' : '';
  }

  #leave(): void {
    this.picker = null;
    this.message = undefined;
    this.#line = undefined;
  }

  #isWithin(event: Event): boolean {
    return event.composedPath().includes(this);
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || this.#isWithin(event)) return;
    const target = event.composedPath()[0];
    // What can have the focus in a message, such as code that is wider than it, is a stop on the same way.
    const line = target instanceof HTMLElement ? target.closest<HTMLElement>(LINE) : null;
    if (line === null && target !== this.#view) return;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const next = line === null ? this.#lastInView() : this.#beside(line, event.key === 'ArrowDown');
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
    } else if (line === target && event.key === 'Enter' && this.message !== undefined) {
      event.preventDefault();
      this.#buttons[0]?.focus();
    }
  }

  #beside(line: HTMLElement, isBelow: boolean): HTMLElement | undefined {
    const lines = this.#lines;
    return lines[lines.indexOf(line) + (isBelow ? 1 : -1)];
  }

  #lastInView(): HTMLElement | undefined {
    const bottom = this.#view?.getBoundingClientRect().bottom ?? 0;
    return this.#lines.findLast((line) => line.getBoundingClientRect().top < bottom);
  }

  get #lines(): HTMLElement[] {
    return [...(this.#view?.querySelectorAll<HTMLElement>(LINE) ?? [])];
  }

  get #buttons(): HTMLElement[] {
    return [...(this.shadowRoot?.querySelectorAll('button') ?? [])];
  }

  readonly #onBarKey = (event: KeyboardEvent): void => {
    const buttons = this.#buttons;
    const at = buttons.findIndex((button) => button === event.target);
    const isLeftToRight = getComputedStyle(this).direction === 'ltr';
    const step = { ArrowRight: isLeftToRight ? 1 : -1, ArrowLeft: isLeftToRight ? -1 : 1 }[event.key];
    if (event.key === 'Escape') this.#line?.focus();
    else if (step !== undefined) buttons[(at + step + buttons.length) % buttons.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
