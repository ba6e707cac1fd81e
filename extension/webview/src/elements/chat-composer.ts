import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import type { Format } from '../format.ts';
import { isBlank, type Composer, type ComposerProblem } from '../model/composer.ts';
import { called } from '../model/person-name.ts';
import type { ChatActions } from '../session.ts';
import { strings } from '../strings.ts';
import { pastedCode } from '../text/pasted-code.ts';
import { baseStyles } from '../styles/base.ts';
import { composerStyles } from '../styles/composer.ts';
import { icons } from '../views/icons.ts';
import { Completion } from './completion.ts';
import { emojiSource } from './emoji-source.ts';
import { mentionSource } from './mention-source.ts';
import { writeText } from './write-text.ts';

/** Where the browser cannot size a box by its content, lines are counted up to this. */
const MAX_ROWS = 10;

/** A message that the text in the box is about, as it is shown above it. */
export interface Quoted {
  readonly icon: TemplateResult;
  readonly label: string;
  readonly text: string;
}

/** The message box, its button, and why a text was not taken. */
export class ChatComposer extends LitElement {
  static readonly tag = 'chat-composer';
  static override readonly styles = [baseStyles, composerStyles];
  static override readonly properties = {
    composer: { attribute: false },
    quoted: { attribute: false },
    people: { attribute: false },
    name: { attribute: false },
    maxTextBytes: { attribute: false },
    waits: { attribute: false },
    format: { attribute: false },
    actions: { attribute: false },
  };

  declare composer: Composer | undefined;
  /** What the text is about. */
  declare quoted: Quoted | null;
  /** Whom a mention may be of. */
  declare people: readonly string[];
  /** The contact's. */
  declare name: string;
  declare maxTextBytes: number;
  /** Whether what is sent waits for a decision about the contact's identity. */
  declare waits: boolean;
  declare format: Format | undefined;
  declare actions: ChatActions | undefined;

  readonly #box = createRef<HTMLTextAreaElement>();
  /** While what is known already is put into the box. */
  #isWriting = false;
  readonly #completion = new Completion(
    this,
    [emojiSource, mentionSource(() => this.people)],
    () => this.#box.value,
    () => this.#tell(),
  );

  override focus(): void {
    this.#box.value?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.composer === undefined) return nothing;
    const { text, about, problem } = this.composer;
    return html`${this.#completion.render()} ${this.quoted === null ? nothing : this.#about(this.quoted)}
      <form class=${problem === null ? 'box' : 'box invalid'} @submit=${this.#onSubmit}>
        <textarea
          ${ref(this.#box)}
          aria-label=${strings.messageBox(called(this.name))}
          aria-describedby=${problem !== null ? 'problem' : this.waits ? 'waits' : nothing}
          aria-autocomplete="list"
          aria-controls=${this.#completion.isOpen ? 'proposals' : nothing}
          aria-activedescendant=${this.#completion.active ?? nothing}
          aria-invalid=${problem === null ? nothing : 'true'}
          placeholder=${strings.messageBox(called(this.name))}
          dir="auto"
          rows=${Math.min(MAX_ROWS, text.split('\n').length)}
          @input=${this.#onInput}
          @keydown=${this.#onKey}
          @paste=${this.#onPaste}
          @blur=${this.#onBlur}
          @click=${() => void this.#completion.update()}
        ></textarea>
        <button
          class="send"
          type="submit"
          aria-label=${strings.send}
          aria-disabled=${isBlank(text) && about?.kind !== 'edit' ? 'true' : 'false'}
          title=${strings.sendTitle}
        >
          ${icons.send}
        </button>
      </form>
      <div id="problem" role="alert">
        ${problem === null ? nothing : html`<p class="problem">${icons.refused}<span>${this.#why(problem)}</span></p>`}
      </div>
      ${
        this.waits
          ? html`<p id="waits" class="problem waits">
              ${icons.held}<span>${strings.waitsForDecision(called(this.name))}</span>
            </p>`
          : html`<p class="hint" ?hidden=${problem !== null}>
              ${about?.kind === 'edit' ? strings.editHint : strings.boxHint}
            </p>`
      }`;
  }

  protected override updated(changed: PropertyValues): void {
    const [{ value: box }, text] = [this.#box, this.composer?.text];
    if (box === undefined || text === undefined || text === box.value || !changed.has('composer')) return;
    this.#isWriting = true;
    // What is added leaves what stands there alone, also when it is taken back.
    const begun = box.value.trimEnd();
    const from = text.startsWith(begun) ? begun.length : 0;
    writeText(box, from, box.value.length, text.slice(from));
    box.setSelectionRange(text.length, text.length);
    this.#isWriting = false;
  }

  /** What the text is about, and the way out of it. */
  #about({ icon, label, text }: Quoted): TemplateResult {
    return html`<div class="about">
      ${icon}<span class="label">${label}</span><span class="quote" dir="auto">${text}</span>
      <button
        class="cancel"
        type="button"
        aria-label=${strings.cancelAbout(label)}
        title=${strings.cancelAbout(label)}
        @click=${this.#onCancel}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  #why(problem: ComposerProblem): string {
    if (problem.kind === 'not-sent') return problem.reason;
    const size = (bytes: number): string => this.format?.kib(bytes) ?? '';
    return strings.tooLong(size(problem.bytes), size(this.maxTextBytes));
  }

  #tell(): void {
    const { value: box } = this.#box;
    if (box !== undefined) this.actions?.typed(box.value);
  }

  readonly #onInput = (): void => {
    if (this.#isWriting) return;
    this.#tell();
    void this.#completion.update();
  };

  /** Code that was copied in an editor stays code. Pasted without formatting, as browsers call it, it is text. */
  readonly #onPaste = (event: ClipboardEvent): void => {
    const [{ value: box }, data] = [this.#box, event.clipboardData];
    if (box === undefined || data === null) return;
    const { value, selectionStart, selectionEnd } = box;
    const text = data.getData('text/plain');
    if (text === '' && data.files.length > 0) this.actions?.refuse(strings.noFiles);
    const code = pastedCode(text, data.getData('vscode-editor-data'), value.slice(0, selectionStart));
    if (code === null) return;
    event.preventDefault();
    writeText(box, selectionStart, selectionEnd, code);
  };

  readonly #onBlur = (): void => {
    this.#completion.leave();
    this.actions?.flushDraft();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (this.#completion.key(event)) return;
    // While an input method composes, keys are its own.
    if (event.isComposing) return;
    if (event.key === 'Escape' && this.quoted !== null) {
      event.preventDefault();
      this.actions?.cancel();
      return;
    }
    if (event.key === 'ArrowUp' && this.composer?.text === '' && this.quoted === null) {
      event.preventDefault();
      this.actions?.editLast();
      return;
    }
    if (event.key !== 'Enter') return;
    if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.actions?.submit();
  };

  readonly #onCancel = (): void => {
    this.actions?.cancel();
    this.focus();
  };

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    this.actions?.submit();
    this.focus();
  };
}
