import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { createRef, ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import { called } from '../model/person-name.ts';
import { newestOf, receivedAfter } from '../model/news.ts';
import type { Row } from '../model/timeline.ts';
import { strings } from '../strings.ts';
import { baseStyles } from '../styles/base.ts';
import { codeStyles } from '../styles/code.ts';
import { conversationStyles } from '../styles/conversation.ts';
import { lineStyles } from '../styles/lines.ts';
import { markdownStyles } from '../styles/markdown.ts';
import { rowStyles } from '../styles/rows.ts';
import { icons } from '../views/icons.ts';
import { rowTemplate, type RowContext } from '../views/rows.ts';
import type { ChatNews } from './chat-news.ts';
import { markText } from './mark-text.ts';
import type { MessageActions } from './message-actions.ts';
import { RowWindow } from './row-window.ts';
import { ScrollKeeper } from './scroll-keeper.ts';

/** Older messages are asked for this far from the top: a page is mostly there before its place is reached. */
const LOAD_OLDER_WITHIN_PX = 400;

/** What part of the view is above a message that was looked for: what was said before it. */
const ABOVE_FOUND = 0.3;

const NONE: readonly Row[] = [];

/** The scrolled conversation, of which only the lines around what is seen are in the page. */
export class ChatConversation extends LitElement {
  static readonly tag = 'chat-conversation';
  static override readonly styles = [
    baseStyles,
    conversationStyles,
    lineStyles,
    rowStyles,
    markdownStyles,
    codeStyles,
  ];
  static override readonly properties = {
    rows: { attribute: false },
    context: { attribute: false },
    acts: { attribute: false },
    loadingOlder: { attribute: false },
    unread: { attribute: false },
    onNearTop: { attribute: false },
    onMoved: { attribute: false },
    away: { state: true },
  };

  declare rows: readonly Row[];
  declare context: RowContext | undefined;
  /** Whether something can be done with messages. */
  declare acts: boolean;
  declare loadingOlder: boolean;
  /** Messages that the person has not seen the end of. */
  declare unread: number;
  /** Older messages will be wanted soon. */
  declare onNearTop: () => void;
  /** The end came into view or left it. */
  declare onMoved: () => void;
  /** Whether the person has scrolled away from the end. */
  declare away: boolean;

  readonly #view = createRef();
  readonly #list = createRef();
  readonly #actions = createRef<MessageActions>();
  readonly #news = createRef<ChatNews>();
  readonly #window = new RowWindow(() => {
    const [{ value: view }, { value: list }] = [this.#view, this.#list];
    return view === undefined || list === undefined ? undefined : { view, list };
  });
  #keeper: ScrollKeeper | undefined;
  /** Whether a place was found when there were first lines. */
  #isPlaced = false;
  /** While a line is put into the page that is not in view yet. */
  #isLooking = false;
  /** Other lines are in the page than before. */
  #hasMoved = false;
  #frame: number | undefined;
  /** The order of the newest message that is no news; undefined before the first lines. */
  #heard: number | undefined;
  /** What was found last, and the line in which it is marked. */
  #found: { readonly order: number; readonly text: string; readonly line: Element | null } | undefined;
  /** What had the focus among the lines, before the rendering. */
  #focused: Element | null = null;

  constructor() {
    super();
    this.rows = NONE;
    this.acts = false;
    this.loadingOlder = false;
    this.unread = 0;
    this.onNearTop = () => undefined;
    this.onMoved = () => undefined;
    this.away = false;
  }

  /**
   * Shows a message. With the text that it was found by, which is marked, it has the focus. Returns whether it is there.
   */
  async show(order: number, text: string | null): Promise<boolean> {
    await this.updateComplete;
    const index = this.rows.findIndex((row) => row.kind === 'message' && row.message.order === order);
    if (index === -1) return false;
    this.#putIn(() => this.#window.lookAt(index));
    const line = this.#lineOf(order);
    if (line === null) return false;
    this.#keeper?.showFrom(line, ABOVE_FOUND);
    if (text !== null) {
      this.#found = { order, text, line: null };
      this.#mark();
      line.focus({ preventScroll: true });
    }
    this.#fill();
    return true;
  }

  /** The focus, which is about to go on, does not stop in any message. */
  passOver(): void {
    const { value: list } = this.#list;
    if (!(list instanceof HTMLElement)) return;
    list.inert = true;
    // The browser has moved it by then.
    setTimeout(() => (list.inert = false));
  }

  get atEnd(): boolean {
    return this.#keeper?.atEnd ?? false;
  }

  /** The order of the message that is where show() would put it; null at the end. */
  get place(): number | null {
    const line = this.atEnd ? undefined : this.#keeper?.lineAt(ABOVE_FOUND);
    return line instanceof HTMLElement ? Number(line.dataset['order']) : null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#keep();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#keeper?.stop();
    this.#keeper = undefined;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { activeElement } = this.shadowRoot ?? {};
    this.#focused = activeElement?.closest('.list') ? activeElement : null;
    this.#keeper?.catchUp();
    if (!changed.has('rows')) return;
    const newest = newestOf(this.rows);
    const heard = this.#heard ?? Infinity;
    if (newest?.mine === true && newest.order > heard) this.#keeper?.follow();
    this.#window.setRows(this.rows, this.atEnd);
    if (!this.#isPlaced) this.#window.lookAt(this.#firstPlace);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { context } = this;
    if (context === undefined) return nothing;
    return html`<div
        ${ref(this.#view)}
        class="view"
        role="log"
        tabindex="0"
        aria-label=${strings.conversation(called(context.contact.name))}
        aria-description=${strings.actionsHint}
        aria-live="off"
        @keydown=${this.#onKey}
      >
        <div ${ref(this.#list)} class="list">
          <div class="space"></div>
          ${repeat(
            this.#window.rows,
            (row) => row.key,
            (row) => guard([row, context], () => rowTemplate(row, context)),
          )}
          <div class="space"></div>
        </div>
        <message-actions ${ref(this.#actions)} .rows=${this.acts ? this.rows : NONE}></message-actions>
      </div>
      <chat-news ${ref(this.#news)}></chat-news>
      ${this.loadingOlder ? html`<p class="loading-older">${strings.loadingOlder}</p>` : nothing}
      ${
        this.away
          ? html`<button class="jump" type="button" aria-label=${this.#jumpLabel} @click=${this.#jump}>
              ${icons.down}<span
                >${this.unread === 0 ? strings.jumpToLatest : strings.newCount(this.unread)}</span
              >
            </button>`
          : nothing
      }`;
  }

  protected override updated(changed: PropertyValues): void {
    this.#keep();
    this.#window.settle();
    if (this.#focused?.isConnected === false) this.#focusView();
    if (this.#isLooking) return;
    if (!this.#isPlaced && this.rows.length > 0) this.#beginAtNew();
    else if (changed.has('rows') || changed.has('context')) this.#keeper?.restore();
    else if (this.#hasMoved) this.#keeper?.hold();
    this.#hasMoved = false;
    this.#actions.value?.place();
    this.#mark();
    this.#tellNews();
    this.#fill();
  }

  get #jumpLabel(): string {
    const { jumpToLatest, newCount } = strings;
    return this.unread === 0 ? jumpToLatest : `${jumpToLatest}: ${newCount(this.unread)}`;
  }

  #keep(): void {
    const { value: view } = this.#view;
    const { value: list } = this.#list;
    if (view instanceof HTMLElement) this.#actions.value?.follow(view);
    if (this.#keeper !== undefined || view === undefined || list === undefined || !this.isConnected) return;
    this.#keeper = new ScrollKeeper(
      view,
      list,
      '[role=article]',
      () => this.#reveal(),
      () => this.#moved(),
    );
  }

  /** The line where a conversation opens. */
  get #firstPlace(): number {
    const first = this.rows.findIndex((row) => row.kind === 'new');
    return first === -1 ? this.rows.length - 1 : first;
  }

  /** A conversation opens where the person stopped to read. */
  #beginAtNew(): void {
    this.#isPlaced = true;
    const line = this.#list.value?.querySelector('.new') ?? null;
    if (line === null) this.#keeper?.restore();
    else this.#keeper?.showFrom(line);
  }

  /** Renders at once, without a look at what is in view: that is about to change. */
  #putIn(look: () => void): void {
    this.#isLooking = true;
    look();
    this.requestUpdate();
    this.performUpdate();
    this.#isLooking = false;
  }

  /**
   * Something else is in view, perhaps a place where no lines are: they are there before the next frame is painted. Returns
   * whether some came.
   */
  #reveal(): boolean {
    if (this.isUpdatePending || this.#isLooking) return false;
    if (this.#window.isCovered) this.#fillAround();
    else if (this.#window.move()) {
      this.#hasMoved = true;
      this.requestUpdate();
      this.performUpdate();
      return true;
    }
    return false;
  }

  /** Puts in what is in view and is not there; of what is around it, a little with each frame. */
  #fill(): void {
    if (this.#window.isCovered) this.#fillAround();
    else this.#move();
  }

  #fillAround(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#move();
    });
  }

  #move(): void {
    if (!this.#window.move()) return;
    this.#hasMoved = true;
    this.requestUpdate();
  }

  #moved(): void {
    this.away = !this.atEnd;
    if (this.#keeper?.nearTop(LOAD_OLDER_WITHIN_PX) === true) this.onNearTop();
    this.onMoved();
  }

  readonly #jump = (): void => {
    // The button goes.
    this.#focusView();
    const still =
      matchMedia('(prefers-reduced-motion: reduce)').matches ||
      document.body.classList.contains('vscode-reduce-motion');
    if (this.#window.reachesEnd && !still) {
      this.#keeper?.toEnd('smooth');
      return;
    }
    this.#keeper?.follow();
    this.#putIn(() => this.#window.lookAtEnd());
    this.#keeper?.restore();
  };

  /** The browser would scroll through everything between. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === 'End' && !this.#window.reachesEnd) this.#jump();
    else if (event.key === 'Home' && !this.#window.reachesStart) this.#toStart();
    else return;
    event.preventDefault();
  };

  #toStart(): void {
    this.#putIn(() => this.#window.lookAt(0));
    const { value: list } = this.#list;
    if (list !== undefined) this.#keeper?.showFrom(list);
    this.#fill();
  }

  #lineOf(order: number): HTMLElement | null {
    return this.#list.value?.querySelector<HTMLElement>(`[data-order="${order}"]`) ?? null;
  }

  /** A line that comes into the page again has no marks. */
  #mark(): void {
    if (this.#found === undefined) return;
    const { order, text, line: marked } = this.#found;
    const line = this.#lineOf(order);
    if (line === marked) return;
    this.#found = { order, text, line };
    markText(line?.querySelector('.text') ?? null, text);
  }

  /** Keys go on to scroll when the line that had the focus is in the page no longer. */
  #focusView(): void {
    const { value: view } = this.#view;
    if (view instanceof HTMLElement) view.focus({ preventScroll: true });
  }

  #tellNews(): void {
    const newest = newestOf(this.rows)?.order ?? 0;
    const { context } = this;
    if (context !== undefined && this.#heard !== undefined && newest > this.#heard) {
      this.#news.value?.tell(receivedAfter(this.rows, this.#heard), called(context.contact.name));
    }
    if (this.rows.length > 0) this.#heard = Math.max(newest, this.#heard ?? 0);
  }
}
