import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { createRef, ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import { called } from '../model/person-name.ts';
import type { Row } from '../model/timeline.ts';
import { strings } from '../strings.ts';
import { baseStyles } from '../styles/base.ts';
import { codeStyles } from '../styles/code.ts';
import { conversationStyles } from '../styles/conversation.ts';
import { markdownStyles } from '../styles/markdown.ts';
import { rowStyles } from '../styles/rows.ts';
import { icons } from '../views/icons.ts';
import { rowTemplate, type RowContext } from '../views/rows.ts';
import type { Message } from '../model/api-types.ts';
import { markText } from './mark-text.ts';
import type { MessageActions } from './message-actions.ts';
import { ScrollKeeper } from './scroll-keeper.ts';

/** Older messages are asked for this far from the top: a page is mostly there before its place is reached. */
const LOAD_OLDER_WITHIN_PX = 400;

/** What part of the view is above a message that was looked for: what was said before it. */
const ABOVE_FOUND = 0.3;

/** How long after history was put in a screen reader may still look at what changed. */
const SETTLE_MS = 500;

/** The scrolled conversation. */
export class ChatConversation extends LitElement {
  static readonly tag = 'chat-conversation';
  static override readonly styles = [baseStyles, conversationStyles, rowStyles, markdownStyles, codeStyles];
  static override readonly properties = {
    rows: { attribute: false },
    context: { attribute: false },
    loadingOlder: { attribute: false },
    unread: { attribute: false },
    onNearTop: { attribute: false },
    onMoved: { attribute: false },
    live: { state: true },
    away: { state: true },
  };

  declare rows: readonly Row[];
  declare context: RowContext | undefined;
  declare loadingOlder: boolean;
  /** Messages that the person has not seen the end of. */
  declare unread: number;
  /** Older messages will be wanted soon. */
  declare onNearTop: () => void;
  /** The end came into view or left it. */
  declare onMoved: () => void;
  /** Whether new lines are announced: not the history that is put in at once. */
  declare live: boolean;
  /** Whether the person has scrolled away from the end. */
  declare away: boolean;

  readonly #view = createRef();
  readonly #list = createRef();
  readonly #actions = createRef<MessageActions>();
  #keeper: ScrollKeeper | undefined;
  /** Whether a place was found when there were first lines. */
  #isPlaced = false;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.rows = [];
    this.loadingOlder = false;
    this.unread = 0;
    this.onNearTop = () => undefined;
    this.onMoved = () => undefined;
    this.live = false;
    this.away = false;
  }

  /** Shows a message, with what it was found by marked, and gives it the focus. Returns whether it is there. */
  async show(order: number, text: string): Promise<boolean> {
    await this.updateComplete;
    const line = this.#list.value?.querySelector<HTMLElement>(`[data-order="${order}"]`) ?? null;
    if (line === null) return false;
    this.#keeper?.showFrom(line, ABOVE_FOUND);
    markText(line.querySelector('.text'), text);
    line.focus({ preventScroll: true });
    return true;
  }

  get atEnd(): boolean {
    return this.#keeper?.atEnd ?? false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#keep();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#keeper?.stop();
    this.#keeper = undefined;
    clearTimeout(this.#settling);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('rows')) return;
    const old: unknown = changed.get('rows');
    const before = (isRows(old) ? old : []).filter((row) => row.kind === 'message');
    const now = this.rows.filter((row) => row.kind === 'message');
    const putBefore = before.length > 0 && before[0]?.key !== now[0]?.key;
    if (!this.hasUpdated || putBefore) this.#beQuiet();
    const last = now.at(-1);
    if (last?.message.mine === true && last.key !== before.at(-1)?.key) this.#keeper?.follow();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { rows, context } = this;
    if (context === undefined) return nothing;
    return html`<div
        ${ref(this.#view)}
        class="view"
        role="log"
        tabindex="0"
        aria-label=${strings.conversation(called(context.contact.name))}
        aria-description=${strings.actionsHint}
        aria-live=${this.live ? 'polite' : 'off'}
        aria-relevant="additions"
      >
        <div ${ref(this.#list)} class="list">
          ${guard([rows, context], () =>
            repeat(
              rows,
              (row) => row.key,
              (row) => rowTemplate(row, context),
            ),
          )}
        </div>
        <message-actions ${ref(this.#actions)} .find=${this.#find}></message-actions>
      </div>
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
    if (!this.#isPlaced && this.rows.length > 0) this.#beginAtNew();
    else if (changed.has('rows') || changed.has('context')) this.#keeper?.restore();
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
    this.#keeper = new ScrollKeeper(view, list, '[role=article]', () => this.#moved());
  }

  /** A conversation opens where the person stopped to read. */
  #beginAtNew(): void {
    this.#isPlaced = true;
    const line = this.#list.value?.querySelector('.new') ?? null;
    if (line === null) this.#keeper?.restore();
    else this.#keeper?.showFrom(line);
  }

  #moved(): void {
    this.away = !this.atEnd;
    if (this.#keeper?.nearTop(LOAD_OLDER_WITHIN_PX) === true) this.onNearTop();
    this.onMoved();
  }

  readonly #find = (order: number): Message | undefined => {
    const row = this.rows.find((each) => each.kind === 'message' && each.message.order === order);
    return row?.kind === 'message' ? row.message : undefined;
  };

  readonly #jump = (): void => {
    const still =
      matchMedia('(prefers-reduced-motion: reduce)').matches ||
      document.body.classList.contains('vscode-reduce-motion');
    this.#keeper?.toEnd(still ? 'instant' : 'smooth');
  };

  #beQuiet(): void {
    this.live = false;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => (this.live = true), SETTLE_MS);
  }
}

function isRows(value: unknown): value is readonly Row[] {
  return Array.isArray(value);
}
