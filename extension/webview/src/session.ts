import { TYPING_TOLD_EVERY_MS } from '@p2p-chat/protocol/limits';
import type { HostMessage } from '../../src/panel-api.ts';
import type { Host } from './host.ts';
import { isEditable } from './model/editable.ts';
import type { Change, Decision } from './model/api-types.ts';
import { composerWith, draftOf, isBlank } from './model/composer.ts';
import { loading, type PageState } from './model/page-state.ts';
import { olderBefore, reduce, type PageEvent } from './model/reduce.ts';

/**
 * VS Code takes the page of a tab that is left away, and what it says then is heard by nobody. So what is typed is told at
 * once: before the key that leaves the tab, which VS Code hears of through the page as well. Longer texts than this are told
 * now and then.
 */
export const MAX_TOLD_AT_ONCE = 8 * 1024;
export const DRAFT_DELAY_MS = 300;

/** How often the host is told where the person has scrolled to, milliseconds. */
export const PLACE_DELAY_MS = 200;

/** How long what the contact last said of writing is true, milliseconds. */
const TYPING_LASTS_MS = 2 * TYPING_TOLD_EVERY_MS;

/** What the person does in VS Code, and not in the page: with a message, by its menu, or with the box. */
export type Bidden = Extract<HostMessage, { type: 'act' | 'add' }>;

/** What the person can do in the page. */
export interface ChatActions {
  typed(text: string): void;
  submit(): void;
  /** Says why what the person wants in the box cannot be sent. */
  refuse(reason: string): void;
  /** Puts a text at the end of the box. */
  add(text: string): void;
  /** Takes the message of this order up in the box. */
  reply(order: number): void;
  edit(order: number): void;
  /** Takes the last message of this person up to edit it, if there is one. */
  editLast(): void;
  /** Leaves the reply or the edit. */
  cancel(): void;
  change(change: Change): void;
  /** Shows the message of this order, wherever it is. */
  want(order: number): void;
  flushDraft(): void;
  loadOlder(): void;
  /** What was looked for needs no looking for any longer. */
  found(): void;
  /** It is not there. */
  missed(): void;
  /** The end of the conversation is in view: what lies far above it is needed no longer. */
  rest(): void;
  /** Whether the person sees the end of the conversation now. */
  attend(on: boolean): void;
  /** Something else may be in view. `place`: the message there; null at the end. */
  moved(place: () => number | null): void;
  goOnline(): void;
  /** Shows why what was written is not delivered. */
  why(): void;
  /** `url`: a web address. */
  openLink(url: string): void;
  decide(decision: Decision): void;
  copy(text: string): void;
  /** `language`: what a message calls it; empty when it says nothing. */
  openCode(text: string, language: string): void;
}

/**
 * One panel's conversation with its host: keeps the state, and posts what follows from a change of it. Knows nothing of
 * the DOM.
 */
export class ChatSession implements ChatActions {
  #state: PageState = loading;
  readonly #host: Host;
  readonly #onChange: () => void;
  readonly #onBidden: (what: Bidden) => void;
  #token: number;
  #postedRead = 0;
  #postedDraft = '';
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #toldTyping = 0;
  #placeTimer: ReturnType<typeof setTimeout> | undefined;
  #postedPlace: number | null = null;
  #stopListening: (() => void) | undefined;

  /** `firstToken` differs from page to page, so that a late answer to an earlier page is none to this one. */
  constructor(
    host: Host,
    firstToken: number,
    onChange: () => void,
    onBidden: (what: Bidden) => void = () => undefined,
  ) {
    this.#host = host;
    this.#token = firstToken;
    this.#onChange = onChange;
    this.#onBidden = onBidden;
  }

  get state(): PageState {
    return this.#state;
  }

  start(): void {
    this.#stopListening ??= this.#host.listen((message) => this.#received(message));
    if (this.#state.phase === 'loading') this.#host.post({ type: 'ready' });
  }

  stop(): void {
    this.flushDraft();
    clearTimeout(this.#typingTimer);
    clearTimeout(this.#placeTimer);
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  typed(text: string): void {
    this.#dispatch({ type: 'typed', text });
    if (text.length > MAX_TOLD_AT_ONCE)
      this.#draftTimer ??= setTimeout(() => this.flushDraft(), DRAFT_DELAY_MS);
    else this.flushDraft();
    this.#tellTyping(text);
  }

  refuse(reason: string): void {
    this.#dispatch({ type: 'refused', reason });
  }

  add(text: string): void {
    this.#dispatch({ type: 'add', text });
    this.flushDraft();
  }

  reply(order: number): void {
    this.#dispatch({ type: 'replying', order });
    this.flushDraft();
  }

  edit(order: number): void {
    this.#dispatch({ type: 'editing', order });
    this.flushDraft();
  }

  editLast(): void {
    if (this.#state.phase === 'loading') return;
    const last = this.#state.messages.findLast(isEditable);
    if (last !== undefined) this.edit(last.order);
  }

  cancel(): void {
    this.#dispatch({ type: 'cancelled' });
    this.flushDraft();
  }

  change(change: Change): void {
    this.#host.post({ type: 'change', change });
  }

  want(order: number): void {
    this.#dispatch({ type: 'wanted', order });
  }

  submit(): void {
    const token = this.#token;
    if (this.#state.phase === 'loading') return;
    const { about, text } = this.#state.composer;
    if (about?.kind === 'edit' && isBlank(text)) {
      // Nothing is left of the message: that is to delete it, which the host asks about.
      this.change({ kind: 'delete', message: about.message });
      return;
    }
    this.#dispatch({ type: 'submitted', token });
    const attempt = this.#state.composer.unanswered.find((candidate) => candidate.token === token);
    if (attempt === undefined) return;
    this.#token += 1;
    this.#toldTyping = 0;
    this.#host.post({ type: 'send', ...attempt });
    // A text that left the box is no draft any more: now, not after a pause in which the page may close.
    this.flushDraft();
  }

  flushDraft(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = undefined;
    if (this.#state.phase === 'loading') return;
    const draft = draftOf(this.#state.composer);
    const posted = JSON.stringify(draft);
    if (posted === this.#postedDraft) return;
    this.#postedDraft = posted;
    this.#host.post({ type: 'draft', draft });
  }

  loadOlder(): void {
    const before = olderBefore(this.#state);
    if (before === null) return;
    this.#dispatch({ type: 'asked-older' });
    this.#host.post({ type: 'load-older', before });
  }

  found(): void {
    this.#dispatch({ type: 'found' });
  }

  missed(): void {
    this.#dispatch({ type: 'missed' });
  }

  rest(): void {
    this.#dispatch({ type: 'at-end' });
  }

  attend(on: boolean): void {
    this.#dispatch({ type: 'attention', on });
  }

  moved(place: () => number | null): void {
    this.#placeTimer ??= setTimeout(() => {
      this.#placeTimer = undefined;
      const order = place();
      // On the way to where the person was before they are nowhere yet.
      if (order === this.#postedPlace || this.#state.phase === 'loading' || this.#state.wanted !== null)
        return;
      this.#postedPlace = order;
      this.#host.post({ type: 'place', order });
    }, PLACE_DELAY_MS);
  }

  goOnline(): void {
    this.#host.post({ type: 'go-online' });
  }

  why(): void {
    this.#host.post({ type: 'why' });
  }

  openLink(url: string): void {
    this.#host.post({ type: 'open-link', url });
  }

  decide(decision: Decision): void {
    this.#host.post({ type: 'decide', decision });
  }

  copy(text: string): void {
    this.#host.post({ type: 'copy', text });
  }

  openCode(text: string, language: string): void {
    this.#host.post({ type: 'open-code', text, language });
  }

  #received(message: HostMessage): void {
    if (message.type === 'act' || message.type === 'add') {
      this.#onBidden(message);
      return;
    }
    if (message.type === 'state') {
      this.#host.remember(message.contact.id);
      this.#postedRead = message.readUpTo;
      if (this.#state.phase === 'loading')
        this.#postedDraft = JSON.stringify(draftOf(composerWith(message.draft)));
    }
    this.#dispatch(message);
    if (message.type === 'typing') {
      clearTimeout(this.#typingTimer);
      this.#typingTimer = setTimeout(() => this.#dispatch({ type: 'typing-over' }), TYPING_LASTS_MS);
    }
    // What came may have changed what is in the box.
    this.flushDraft();
  }

  /** Editing is nothing that the contact waits for. */
  #tellTyping(text: string): void {
    if (this.#state.phase === 'loading' || this.#state.composer.about?.kind === 'edit' || isBlank(text))
      return;
    const now = Date.now();
    if (Math.abs(now - this.#toldTyping) < TYPING_TOLD_EVERY_MS) return;
    this.#toldTyping = now;
    this.#host.post({ type: 'typing' });
  }

  #dispatch(event: HostMessage | PageEvent): void {
    const before = this.#state;
    this.#state = reduce(before, event);
    if (this.#state === before) return;
    this.#postRead();
    this.#onChange();
  }

  #postRead(): void {
    if (this.#state.phase === 'loading' || this.#state.readUpTo <= this.#postedRead) return;
    this.#postedRead = this.#state.readUpTo;
    this.#host.post({ type: 'read', upTo: this.#postedRead });
  }
}
