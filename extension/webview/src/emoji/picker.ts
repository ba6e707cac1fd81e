import { type Emoji, findEmoji } from './find-emoji.ts';
import { pickerStyles } from './picker-styles.ts';

/** Emoji in a row, as the style sheet has it. */
const COLUMNS = 8;

/** Eight rows: who looks for something else types more of its name. */
const MOST = 8 * COLUMNS;

/** What the picker says, in the person's language. */
export interface PickerWords {
  readonly filter: string;
  readonly list: string;
  readonly none: string;
}

/**
 * Emoji to choose one of, filtered by what is typed: an element to be put somewhere and focused. The focus stays in its text
 * box, which tells a screen reader of the chosen one; arrow keys choose, Enter takes, Escape leaves.
 * @param end is called with what was taken, or null for none
 */
export function emojiPicker(words: PickerWords, end: (emoji: string | null) => void): HTMLElement {
  const picker = document.createElement('div');
  const root = picker.attachShadow({ mode: 'open', delegatesFocus: true });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(pickerStyles);
  root.adoptedStyleSheets = [sheet];

  const box = make('input', { type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false' });
  setAttributes(box, { 'aria-label': words.filter, placeholder: words.filter, 'aria-autocomplete': 'list' });
  const list = make('div', { id: 'list', role: 'listbox', 'aria-label': words.list });
  const none = make('p', { role: 'status' });
  root.append(box, list, none);

  let found: readonly Emoji[] = [];
  let chosen = 0;

  const choose = (index: number): void => {
    list.children[chosen]?.setAttribute('aria-selected', 'false');
    chosen = index;
    const option = list.children[index];
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({ block: 'nearest' });
    box.setAttribute('aria-activedescendant', option?.id ?? '');
  };

  const option = ({ character, name }: Emoji, index: number): HTMLElement => {
    const shown = make('span', { id: `emoji-${index}`, role: 'option', 'aria-selected': 'false' });
    setAttributes(shown, { 'aria-label': name, title: `:${name}:` });
    shown.append(character);
    shown.addEventListener('click', () => end(character));
    return shown;
  };

  const filter = (): void => {
    found = findEmoji(box.value.trim().toLowerCase().replaceAll(' ', '_'), MOST);
    list.replaceChildren(...found.map(option));
    list.hidden = found.length === 0;
    none.textContent = found.length === 0 ? words.none : '';
    setAttributes(box, { 'aria-expanded': String(!list.hidden), 'aria-controls': list.hidden ? '' : 'list' });
    choose(0);
  };

  const key = (event: KeyboardEvent): void => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const forward = getComputedStyle(picker).direction === 'rtl' ? -1 : 1;
    const steps = { ArrowDown: COLUMNS, ArrowUp: -COLUMNS, ArrowRight: forward, ArrowLeft: -forward };
    const step = Object.entries(steps).find(([name]) => name === event.key)?.[1];
    const taken = found[chosen];
    if (event.key === 'Escape') end(null);
    else if (event.key === 'Enter') {
      if (taken !== undefined) end(taken.character);
    } else if (step === undefined) return;
    else if (found[chosen + step] !== undefined) choose(chosen + step);
    event.preventDefault();
    event.stopPropagation();
  };

  box.addEventListener('input', filter);
  box.addEventListener('keydown', key);
  // What is pressed leaves the focus in the box.
  picker.addEventListener('mousedown', (event) => {
    if (event.composedPath()[0] !== box) event.preventDefault();
  });
  filter();
  return picker;
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  return element;
}

/** Those without a value are taken away. */
function setAttributes(element: Element, attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === '') element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}
