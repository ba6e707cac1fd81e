import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { createFormat, type Format } from '../format.ts';
import type { Host } from '../host.ts';
import { memo } from '../memo.ts';
import { localDay } from '../model/calendar.ts';
import type { Decision, Message, Notice } from '../model/api-types.ts';
import { isEditable } from '../model/editable.ts';
import { hasRoom, placeOf } from '../model/history.ts';
import type { ReadyState } from '../model/page-state.ts';
import { called } from '../model/person-name.ts';
import { Timeline } from '../model/timeline.ts';
import { ChatSession } from '../session.ts';
import { strings } from '../strings.ts';
import { barStyles } from '../styles/bars.ts';
import { baseStyles } from '../styles/base.ts';
import { buttonStyles } from '../styles/buttons.ts';
import { pageStyles } from '../styles/page.ts';
import { identityBar, standingBar } from '../views/bars.ts';
import { icons } from '../views/icons.ts';
import { plain } from '../views/message-text.ts';
import type { RowContext } from '../views/rows.ts';
import { WhyEvent } from '../views/why-button.ts';
import { type Action, ActionEvent } from './action-event.ts';
import { ChatCode, CodeEvent } from './chat-code.ts';
import { ChatComposer, type Quoted } from './chat-composer.ts';
import { ChatConversation } from './chat-conversation.ts';
import { ChatHeader } from './chat-header.ts';
import { ChatNews } from './chat-news.ts';
import { Clock } from './clock.ts';
import { MessageActions } from './message-actions.ts';

/** The whole page: one conversation with one contact. */
export class P2PChat extends LitElement {
  static readonly tag = 'p2p-chat';
  static override readonly styles = [baseStyles, buttonStyles, barStyles, pageStyles];

  readonly #clock = new Clock(this);
  readonly #format: Format = createFormat(document.documentElement.dataset['locale']);
  readonly #conversation = createRef<ChatConversation>();
  readonly #box = createRef<ChatComposer>();
  #session: ChatSession | undefined;
  #listeners: AbortController | undefined;
  /** What is about to be shown of what the person looks for. */
  #sought: ReadyState['wanted'] = null;
  /** Whether there was a message box after the last rendering. */
  #couldWrite = false;
  /** The button of a bar that had the focus before the rendering: what it did may take it away. */
  #pressed: Element | null = null;

  /** The message whose menu is open, or the button that a dialog asks about. */
  #left: Element | null | undefined;

  readonly #timeline = new Timeline();
  readonly #rows = memo(
    (messages: readonly Message[], notices: readonly Notice[], hasOlder: boolean, newAfter: number | null) =>
      this.#timeline.rows({ messages, notices, hasOlder, newAfter }),
  );
  readonly #context = memo(
    (id: string, name: string, undecided: boolean, me: string, now: number): RowContext => ({
      contact: { id, name },
      undecided,
      me,
      now,
      format: this.#format,
    }),
  );

  readonly #unread = memo(
    (messages: readonly Message[], readUpTo: number) =>
      messages.slice(placeOf(messages, readUpTo + 1)).filter(({ mine }) => !mine).length,
  );

  /** Starts talking to the host. Called once. */
  connect(host: Host): void {
    const [firstToken = 0] = crypto.getRandomValues(new Uint32Array(1));
    this.#session = new ChatSession(
      host,
      firstToken,
      () => this.requestUpdate(),
      (what) => (what.type === 'act' ? this.#act(what) : this.#add(what.text)),
    );
    if (this.isConnected) this.#start(this.#session);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.#session !== undefined) this.#start(this.#session);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listeners?.abort();
    this.#session?.stop();
  }

  protected override render(): TemplateResult {
    const state = this.#session?.state;
    if (state?.phase !== 'ready') return html`<slot><p class="opening">${strings.loading}</p></slot>`;
    return html`
      <chat-header
        .contact=${state.contact}
        .mark=${state.mark}
        .typing=${state.typing}
        .now=${this.#clock.now}
        .format=${this.#format}
        .actions=${this.#session}
      ></chat-header>
      ${state.online ? nothing : this.#offline()}
      <main>
        ${identityBar(state.contact, this.#decide)} ${this.#conversationOf(state)}
        ${state.missed ? html`<p class="missed" role="status">${strings.notFound}</p>` : nothing}
        ${state.contact.standing === 'accepted' ? this.#composerOf(state) : standingBar(state.contact, state.mark, this.#decide)}
      </main>
    `;
  }

  protected override willUpdate(): void {
    const focused = this.shadowRoot?.activeElement ?? null;
    const bar = focused?.closest('.standing, .identity, .offline') ?? null;
    this.#pressed = bar === null ? null : focused;
  }

  protected override updated(): void {
    if (this.#session?.state.phase !== 'ready') return;
    // What was to be seen at first glance.
    this.replaceChildren();
    const { value: box } = this.#box;
    const lostFocus = this.#pressed?.isConnected === false;
    if ((lostFocus || (box !== undefined && !this.#couldWrite)) && this.#focusIsFree()) this.#goOn(box);
    this.#couldWrite = box !== undefined;
    this.#find();
    this.#attend();
  }

  /** Shows what the person looks for, after what is older if need be. */
  #find(): void {
    const [session, { value: conversation }] = [this.#session, this.#conversation];
    if (session?.state.phase !== 'ready' || session.state.wanted === null || conversation === undefined)
      return;
    const { wanted, messages, hasOlder } = session.state;
    const first = messages[0];
    const isAbove = first !== undefined && wanted.order < first.order;
    if (isAbove && hasOlder && hasRoom(messages)) {
      session.loadOlder();
      return;
    }
    if (wanted === this.#sought) return;
    this.#sought = wanted;
    void conversation.show(wanted.order, wanted.text).then((isShown) => {
      // It stays wanted until it is shown, so that nobody lets go of what is loaded.
      if (session.state.phase !== 'ready' || session.state.wanted !== wanted) return;
      session.found();
      if (!isShown && wanted.text !== null) session.missed();
    });
  }

  /** Puts the focus where the person goes on: into the box, or where there is none on what stands in its place. */
  #goOn(box: ChatComposer | undefined): void {
    if (box === undefined) this.shadowRoot?.querySelector<HTMLElement>('.standing button')?.focus();
    else
      void box.updateComplete.then(() => {
        // The message that the person looks for has it by then.
        if (this.#focusIsFree()) box.focus();
      });
  }

  #offline(): TemplateResult {
    return html`<div class="offline" role="status">
      ${icons.disconnected}<span>${strings.youAreOffline}</span>
      <button type="button" class="primary" @click=${() => this.#session?.goOnline()}>
        ${strings.goOnline}
      </button>
    </div>`;
  }

  #conversationOf(state: ReadyState): TemplateResult {
    const { contact, messages, notices, hasOlder, newAfter, me } = state;
    return html`<chat-conversation
      ${ref(this.#conversation)}
      .rows=${this.#rows(messages, notices, hasOlder, newAfter)}
      .context=${this.#context(contact.id, contact.name, contact.changedTo !== null, me, localDay(this.#clock.now))}
      .acts=${contact.standing === 'accepted'}
      .loadingOlder=${state.loadingOlder}
      .unread=${this.#unread(messages, state.readUpTo)}
      .onNearTop=${this.#loadOlder}
      .onMoved=${this.#attend}
    ></chat-conversation>`;
  }

  #composerOf(state: ReadyState): TemplateResult {
    return html`<chat-composer
      ${ref(this.#box)}
      .composer=${state.composer}
      .quoted=${this.#quoted(state)}
      .people=${state.people}
      .name=${state.contact.name}
      .maxTextBytes=${state.maxTextBytes}
      .waits=${state.contact.changedTo !== null}
      .format=${this.#format}
      .actions=${this.#session}
    ></chat-composer>`;
  }

  /** What the text in the box is about. */
  #quoted({ composer, messages, contact }: ReadyState): Quoted | null {
    const { about } = composer;
    if (about === null) return null;
    const isMine = about.kind === 'edit' || about.by === 'sender';
    const message = messages.find(({ id, mine }) => id === about.message && mine === isMine);
    const text = plain(message?.text ?? '');
    if (about.kind === 'edit') return { icon: icons.edit, label: strings.editing, text };
    const label = isMine ? strings.replyingToYourself : strings.replying(called(contact.name));
    return { icon: icons.reply, label, text };
  }

  #start(session: ChatSession): void {
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    this.addEventListener('click', this.#onClick, { signal });
    this.addEventListener('chat-code', this.#onCode, { signal });
    this.addEventListener(ActionEvent.type, this.#onAction, { signal });
    this.addEventListener('contextmenu', this.#onMenu, { signal });
    this.addEventListener('copy', this.#onCopy, { signal });
    window.addEventListener('keydown', this.#onKey, { signal });
    this.addEventListener(WhyEvent.type, () => session.why(), { signal });
    window.addEventListener('focus', this.#onFocus, { signal });
    window.addEventListener('blur', this.#attend, { signal });
    document.addEventListener('visibilitychange', this.#attend, { signal });
    session.start();
  }

  /** Links are for the host to open, which asks first: what VS Code hears of a click it may open at once. */
  readonly #onClick = (event: MouseEvent): void => {
    const link = linkAt(event);
    if (link === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#session?.openLink(link.href);
  };

  readonly #onCode = (event: Event): void => {
    if (!(event instanceof CodeEvent)) return;
    if (event.does === 'copy') this.#session?.copy(event.code);
    else this.#session?.openCode(event.code, event.language);
  };

  readonly #onAction = (event: Event): void => {
    if (event instanceof ActionEvent) this.#act(event.action);
  };

  #act(action: Action): void {
    const session = this.#session;
    if (session?.state.phase !== 'ready') return;
    const message = this.#message(action.order);
    if (action.does === 'copy') {
      if (typeof message?.text === 'string') session.copy(message.text);
      return;
    }
    // Whoever is written to is accepted, and a reaction is not how one says that.
    if (action.does !== 'show' && session.state.contact.standing !== 'accepted') return;
    switch (action.does) {
      case 'reply':
      case 'edit':
        session[action.does](action.order);
        this.#box.value?.focus();
        return;
      case 'delete':
        if (message !== undefined) session.change({ kind: 'delete', message: message.id });
        return;
      case 'react': {
        if (message === undefined) return;
        const by = message.mine ? 'sender' : 'recipient';
        session.change({ kind: 'reaction', message: message.id, by, emoji: action.emoji, on: action.on });
        return;
      }
      case 'show':
        session.want(action.order);
    }
  }

  /** The box has the focus before the text comes, which can be undone then. */
  #add(text: string): void {
    this.#box.value?.focus();
    this.#session?.add(text);
  }

  #message(wanted: number): Message | undefined {
    const state = this.#session?.state;
    return state?.phase === 'ready' ? state.messages.find(({ order }) => order === wanted) : undefined;
  }

  /** The message that this happens at, if anything is left of it. */
  #messageAt(event: Event): Message | undefined {
    const message = this.#message(Number(lineAt(event)?.dataset['order']));
    return message?.text === null ? undefined : message;
  }

  /**
   * What VS Code's menu is to offer. VS Code sees no shadow root, so that it stands here. Its own Cut, Copy and Paste stand
   * where something can be cut, copied or pasted: not at a message of which nothing is selected.
   */
  readonly #onMenu = (event: Event): void => {
    const message = this.#messageAt(event);
    // The menu takes the focus from the page, and gives it back to the page alone.
    this.#left = lineAt(event);
    const state = this.#session?.state;
    const acts = state?.phase === 'ready' && state.contact.standing === 'accepted';
    const about = message && {
      webviewSection: 'message',
      preventDefaultContextMenuItems: String(getSelection()) === '',
      order: message.order,
      p2pChatAnswers: acts,
      p2pChatEdits: acts && isEditable(message),
      p2pChatLink: linkAt(event)?.href,
    };
    this.dataset['vscodeContext'] = JSON.stringify(about ?? {});
  };

  /** Where nothing is selected, the message that has the focus is copied, as the line of a list in VS Code is. */
  readonly #onCopy = (event: ClipboardEvent): void => {
    const text = this.#messageAt(event)?.text;
    if (typeof text !== 'string' || String(getSelection()) !== '') return;
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };

  /**
   * Who begins to write or pastes means the box, wherever the focus is: the box has it before the letter comes. Tab goes
   * past all messages, as in a list of VS Code's.
   */
  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const [target] = event.composedPath();
    // What can have the focus in a message is reached from that message: else it stood between the box and them all.
    if (key === 'Tab' && lineAt(event) === undefined) this.#conversation.value?.passOver();
    if (target instanceof Element && target.matches('input, textarea')) return;
    const writes = key.length === 1 && key !== ' ' && !ctrlKey && !metaKey && !altKey;
    if (writes || (key === 'v' && (ctrlKey || metaKey))) this.#box.value?.focus();
  };

  readonly #loadOlder = (): void => this.#session?.loadOlder();

  /** The panel was turned to: whoever did not leave the focus elsewhere in it wants to write. */
  readonly #onFocus = (): void => {
    const left = this.#left;
    if (this.#focusIsFree())
      (left instanceof HTMLElement && left.isConnected ? left : this.#box.value)?.focus();
    this.#left = undefined;
    this.#attend();
  };

  /** A page that comes up late must not take it from where the person has gone meanwhile: VS Code gives it to whom it is due. */
  #focusIsFree(): boolean {
    const { activeElement, body } = document;
    return document.hasFocus() && (activeElement === body || activeElement === null);
  }

  readonly #decide = (decision: Decision): void => {
    this.#left = this.shadowRoot?.activeElement;
    this.#session?.decide(decision);
  };

  readonly #attend = (): void => {
    const looking = document.visibilityState === 'visible' && document.hasFocus();
    const atEnd = this.#conversation.value?.atEnd === true;
    if (atEnd) this.#session?.rest();
    this.#session?.attend(looking && atEnd);
    this.#session?.moved(() => this.#conversation.value?.place ?? null);
  };
}

function linkAt(event: Event): HTMLAnchorElement | undefined {
  return event.composedPath().find((node) => node instanceof HTMLAnchorElement);
}

/** The line of a message that this happens at. */
function lineAt(event: Event): HTMLElement | undefined {
  return event
    .composedPath()
    .find((node): node is HTMLElement => node instanceof HTMLElement && 'order' in node.dataset);
}

/** Makes the page's elements known to the browser; <p2p-chat> last, since it starts with what stands in the page. */
export function defineElements(): void {
  for (const element of [
    ChatCode,
    ChatHeader,
    ChatNews,
    MessageActions,
    ChatConversation,
    ChatComposer,
    P2PChat,
  ]) {
    customElements.define(element.tag, element);
  }
}
