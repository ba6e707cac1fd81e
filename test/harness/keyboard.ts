/**
 * A person at a window who has no mouse: every action is a key. What has the focus has to be seen to have it.
 *
 *     const keys = new Keyboard(window);
 *     await keys.run('P2P Chat: Go Online');                   // the palette
 *     await keys.choose(/^Go Online/);                          // in a quick pick, a menu or a tree: arrow keys
 *     await keys.focusView('Contacts');
 *     await keys.goToRow('Carol');
 *     await keys.moveTo(chat.frame.getByRole('button', …));     // Tab, until it has the focus, with a ring around it
 *     await keys.type('Hello');
 */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually } from '../../scripts/lib/wait.ts';
import type { Text, Workbench } from './workbench.ts';

/** More stops than there are on any way here. */
const MOST_STEPS = 40;

export class Keyboard {
  readonly #window: Workbench;

  constructor(window: Workbench) {
    this.#window = window;
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#window.page.keyboard.press(key);
  }

  /** Writes where the focus is. */
  async type(text: string): Promise<void> {
    await this.#window.page.keyboard.insertText(text);
  }

  /** Writes where the focus is, and presses Enter. */
  async write(text: string): Promise<void> {
    await this.type(text);
    await this.press('Enter');
  }

  /** Runs a command from the palette by its full title. Waits until VS Code knows it. */
  async run(title: string): Promise<void> {
    const { quickInput } = this.#window;
    const option = quickInput.getByRole('option', { name: title }).first();
    await eventually(
      `the palette offers "${title}"`,
      async () => {
        await this.press('Escape', 'F1');
        await quickInput.waitFor({ timeout: 2000 });
        await this.type(title);
        await option.waitFor({ timeout: 2000 });
        return true;
      },
      { timeout: 40_000 },
    );
    // Another command may begin with the same words.
    await this.choose((item) => item.startsWith(title) && !/^[ \w]/.test(item.slice(title.length)));
  }

  /** Goes online for the first time: from the palette, one answer after the other. */
  async goOnlineFirst(server: string, name: string): Promise<void> {
    await this.run('P2P Chat: Go Online');
    await this.answer('discovery server', server);
    await this.answer('name', name);
    await this.#window.quickInputStep(/Advanced/);
    await this.choose(/^Go Online/);
    await this.#window.notified(new RegExp(`You are online as ${name}`));
  }

  /** Gives a list of people the focus, by the command that VS Code has for each view. */
  async focusView(title: string): Promise<void> {
    await this.run(`P2P Chat: Focus on ${title} View`);
    const tree = this.#window.sideBar.getByRole('tree', { name: title });
    await eventually(`the view ${title} has the focus`, async () => tree.evaluate(hasFocus));
  }

  /** Waits for the input box that shows `step`, writes into it in place of what it has, and accepts it. */
  async answer(step: Text, value: string): Promise<void> {
    await this.#window.quickInputStep(step);
    await this.press('Control+a');
    await this.type(value);
    await this.press('Enter');
  }

  /** Goes down in what is open, a list, a menu or a tree, to the item of this name, and takes it with Enter. */
  async choose(name: Text | ((item: string) => boolean)): Promise<void> {
    await this.goTo(name);
    await this.press('Enter');
  }

  /** Goes down in the list, the menu or the tree that has the focus to the item of this name. */
  async goTo(name: Text | ((item: string) => boolean)): Promise<void> {
    const matches = (item: string): boolean => {
      if (typeof name === 'string') return item.includes(name);
      return name instanceof RegExp ? name.test(item) : name(item);
    };
    const seen: string[] = [];
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const item = await this.#window.page.evaluate<string>(activeItem);
      if (matches(item)) return;
      seen.push(item);
      await this.press('ArrowDown');
    }
    assert.fail(`no item is called ${String(name)}: ${[...new Set(seen)].join(' | ')}`);
  }

  /** Goes down in the tree that has the focus to the row of this name, which is seen to have it then. */
  async goToRow(name: string): Promise<void> {
    await this.goTo(name);
    await this.#shows(this.#window.treeItem(name));
  }

  /** Presses a key until this has the focus, which is to be seen then. */
  async moveTo(target: Locator, key = 'Tab'): Promise<void> {
    await target.waitFor();
    for (let step = 0; step < MOST_STEPS; step += 1) {
      await this.press(key);
      if (await target.evaluate(hasFocus)) {
        await this.on(target);
        return;
      }
    }
    assert.fail(`${String(target)} is not reached by ${key}`);
  }

  /** Waits until this has the focus. */
  async reaches(target: Locator): Promise<void> {
    await eventually(`${String(target)} has the focus`, async () => target.evaluate(hasFocus));
  }

  /** Waits until this has the focus, and shows it. */
  async on(target: Locator): Promise<void> {
    await this.reaches(target);
    await this.#shows(target);
  }

  async #shows(target: Locator): Promise<void> {
    await eventually(`${String(target)} shows that it has the focus`, async () => target.evaluate(isRinged));
  }
}

/** Run in the page: the name of the item that arrow keys have come to, in whatever has the focus. */
const activeItem = `(() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  const item =
    document.getElementById(active?.getAttribute('aria-activedescendant') ?? '') ??
    active?.closest('.quick-input-widget')?.querySelector('.monaco-list-row.focused') ??
    active;
  if (item === null || item.matches('body, iframe')) return '';
  return (item.getAttribute('aria-label') ?? item.textContent).trim();
})()`;

/** What is asked of an element in its document. */
interface PageElement {
  readonly parentElement: PageElement | null;
  readonly ownerDocument: {
    readonly body: { append(element: unknown): void };
    readonly defaultView: { getComputedStyle(element: unknown): PageStyle } | null;
    createElement(name: string): { readonly style: { color: string }; remove(): void };
  };
  matches(selector: string): boolean;
}

interface PageStyle {
  readonly color: string;
  readonly outlineStyle: string;
  readonly outlineWidth: string;
  readonly outlineColor: string;
  readonly borderTopWidth: string;
  readonly borderTopColor: string;
  readonly boxShadow: string;
}

/** Run in a document of the page. */
const hasFocus = (element: Pick<PageElement, 'matches'>): boolean => element.matches(':focus');

/** Run in a document of the page: there is an outline, a shadow or a border in the colour of the focus around it. */
const isRinged = (element: PageElement): boolean => {
  const { ownerDocument: page } = element;
  const isSeen = (colour: string): boolean => !(colour.startsWith('rgba') && colour.endsWith(', 0)'));
  const probe = page.createElement('i');
  page.body.append(probe);
  probe.style.color = 'var(--vscode-focusBorder)';
  const focusColour = page.defaultView?.getComputedStyle(probe).color;
  probe.remove();
  return [element, element.parentElement].some((around) => {
    const style = around === null ? undefined : page.defaultView?.getComputedStyle(around);
    if (style === undefined) return false;
    const isOutlined =
      style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && isSeen(style.outlineColor);
    const isBordered = parseFloat(style.borderTopWidth) > 0 && style.borderTopColor === focusColour;
    return isOutlined || isBordered || (focusColour !== undefined && style.boxShadow.includes(focusColour));
  });
};
