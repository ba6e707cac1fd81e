import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import { writeText } from './write-text.ts';

/** As many as are seen at once. */
export const MAX_PROPOSED = 8;

/** What is typed before the caret and asks for proposals. */
export interface Query {
  readonly from: number;
  /** As it stands there. */
  readonly typed: string;
  /** What is looked for. */
  readonly name: string;
  /** Whether it is complete: what it names takes its place by itself. */
  readonly ended: boolean;
}

export interface Proposal {
  /** What takes the place of what was typed. */
  readonly inserts: string;
  readonly icon: string;
  readonly label: string;
}

/** One kind of proposals. */
export interface CompletionSource {
  readonly label: string;
  query(text: string, caret: number): Query | null;
  /** MAX_PROPOSED at most. */
  find(name: string): Promise<readonly Proposal[]>;
  /** What a complete query names. */
  named(name: string): Promise<string | null>;
}

interface Typed {
  readonly source: CompletionSource;
  readonly query: Query;
}

/**
 * Proposes what a word that is typed into a box may become. The focus stays in the box, which tells a screen reader of the
 * chosen one.
 */
export class Completion implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #sources: readonly CompletionSource[];
  readonly #box: () => HTMLTextAreaElement | undefined;
  readonly #edited: () => void;
  #typed: Typed | null = null;
  #proposed: readonly Proposal[] = [];
  #chosen = 0;

  /** @param edited the box's text was changed here */
  constructor(
    host: ReactiveControllerHost,
    sources: readonly CompletionSource[],
    box: () => HTMLTextAreaElement | undefined,
    edited: () => void,
  ) {
    this.#host = host;
    this.#sources = sources;
    this.#box = box;
    this.#edited = edited;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#close();
  }

  get isOpen(): boolean {
    return this.#proposed.length > 0;
  }

  /** The id of the option that Enter takes. */
  get active(): string | null {
    return this.isOpen ? `proposal-${this.#chosen}` : null;
  }

  /** The box's text or its caret is another. */
  async update(): Promise<void> {
    const typed = this.#look();
    if (typed === null) {
      this.#close();
      return;
    }
    const { source, query } = typed;
    if (query.ended) {
      this.#close();
      const named = await source.named(query.name);
      if (named !== null) this.#put(query, named);
      return;
    }
    const proposed = await source.find(query.name);
    // What is typed meanwhile asks again.
    if (JSON.stringify(this.#look()?.query) !== JSON.stringify(query)) return;
    this.#typed = typed;
    this.#proposed = proposed;
    this.#chosen = 0;
    this.#host.requestUpdate();
  }

  /** Returns whether the key was meant for the list. */
  key(event: KeyboardEvent): boolean {
    if (!this.isOpen || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return false;
    switch (event.key) {
      case 'ArrowDown':
        this.#choose(this.#chosen + 1);
        break;
      case 'ArrowUp':
        this.#choose(this.#chosen - 1);
        break;
      case 'Enter':
      case 'Tab':
        if (event.shiftKey) return false;
        this.#take(this.#chosen);
        break;
      case 'Escape':
        this.#close();
        break;
      default:
        return false;
    }
    event.preventDefault();
    return true;
  }

  /** The focus left the box. */
  leave(): void {
    this.#close();
  }

  render(): TemplateResult | typeof nothing {
    if (!this.isOpen) return nothing;
    return html`<ul
      id="proposals"
      class="proposals"
      role="listbox"
      aria-label=${this.#typed?.source.label ?? nothing}
    >
      ${this.#proposed.map(
        ({ icon, label }, index) =>
          html`<li
            id="proposal-${index}"
            role="option"
            aria-selected=${index === this.#chosen ? 'true' : 'false'}
            @mousedown=${(event: Event) => this.#pressed(event, index)}
          >
            <span class="character">${icon}</span><span class="name">${label}</span>
          </li>`,
      )}
    </ul>`;
  }

  #look(): Typed | null {
    const box = this.#box();
    if (box === undefined || box.selectionStart !== box.selectionEnd) return null;
    for (const source of this.#sources) {
      const query = source.query(box.value, box.selectionStart);
      if (query !== null) return { source, query };
    }
    return null;
  }

  #choose(index: number): void {
    const { length } = this.#proposed;
    this.#chosen = (index + length) % length;
    this.#host.requestUpdate();
  }

  /** Before the box loses the focus. */
  #pressed(event: Event, index: number): void {
    event.preventDefault();
    this.#take(index);
  }

  #take(index: number): void {
    const [typed, taken] = [this.#typed, this.#proposed[index]];
    if (typed !== null && taken !== undefined) this.#put(typed.query, taken.inserts);
    // Only now: what renders before the text is told would put the one before it back.
    this.#close();
  }

  /** In place of what was typed, if it stands there still: the person may have gone on. */
  #put({ from, typed }: Query, text: string): void {
    const box = this.#box();
    if (box?.value.startsWith(typed, from) !== true) return;
    const end = from + typed.length;
    const { selectionStart: caret } = box;
    // A caret within what is replaced goes behind what takes its place.
    const isThere = caret > from && caret <= end;
    const after = isThere ? from + text.length : caret > end ? caret + text.length - typed.length : caret;
    writeText(box, from, end, text);
    box.setSelectionRange(after, after);
    this.#edited();
  }

  #close(): void {
    this.#typed = null;
    if (!this.isOpen) return;
    this.#proposed = [];
    this.#host.requestUpdate();
  }
}
