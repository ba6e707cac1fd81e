import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import type { Emoji } from '../emoji/emoji.ts';
import { emojiQuery, type EmojiQuery } from '../model/emoji-query.ts';
import { strings } from '../strings.ts';

/** As many as are seen at once. */
const MAX_PROPOSED = 8;

interface Names {
  emojiNamed(name: string): string | null;
  findEmoji(query: string, limit: number): readonly Emoji[];
}

let loading: Promise<Names> | undefined;

/**
 * Proposes emoji for a name that is typed into a box: `:tad` shows 🎉, and `:tada:` becomes it. The focus stays in the
 * box, which tells a screen reader of the chosen one.
 */
export class EmojiCompletion implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #box: () => HTMLTextAreaElement | undefined;
  readonly #edited: () => void;
  #query: EmojiQuery | null = null;
  #proposed: readonly Emoji[] = [];
  #chosen = 0;

  /** @param edited the box's text was changed here */
  constructor(host: ReactiveControllerHost, box: () => HTMLTextAreaElement | undefined, edited: () => void) {
    this.#host = host;
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
    return this.isOpen ? `emoji-${this.#chosen}` : null;
  }

  /** The box's text or its caret is another. */
  async update(): Promise<void> {
    const query = this.#typed();
    if (query === null) {
      this.#close();
      return;
    }
    loading ??= import('../emoji/emoji.ts');
    const names = await loading;
    if (query.ended) {
      this.#close();
      const character = names.emojiNamed(query.name);
      if (character !== null) this.#put(query, character);
      return;
    }
    // What is typed meanwhile asks again.
    if (JSON.stringify(this.#typed()) !== JSON.stringify(query)) return;
    this.#query = query;
    this.#proposed = names.findEmoji(query.name, MAX_PROPOSED);
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
    return html`<ul id="emoji" class="emoji" role="listbox" aria-label=${strings.emoji}>
      ${this.#proposed.map(
        ({ character, name }, index) =>
          html`<li
            id="emoji-${index}"
            role="option"
            aria-selected=${index === this.#chosen ? 'true' : 'false'}
            @mousedown=${(event: Event) => this.#pressed(event, index)}
          >
            <span class="character">${character}</span><span class="name">:${name}:</span>
          </li>`,
      )}
    </ul>`;
  }

  #typed(): EmojiQuery | null {
    const box = this.#box();
    if (box === undefined || box.selectionStart !== box.selectionEnd) return null;
    return emojiQuery(box.value, box.selectionStart);
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
    const [query, emoji] = [this.#query, this.#proposed[index]];
    this.#close();
    if (query !== null && emoji !== undefined) this.#put(query, emoji.character);
  }

  /** In place of what was typed, if it stands there still: the person may have gone on. */
  #put({ from, typed }: EmojiQuery, character: string): void {
    const box = this.#box();
    if (box?.value.startsWith(typed, from) !== true) return;
    box.setRangeText(character, from, from + typed.length, 'preserve');
    this.#edited();
  }

  #close(): void {
    this.#query = null;
    if (!this.isOpen) return;
    this.#proposed = [];
    this.#host.requestUpdate();
  }
}
