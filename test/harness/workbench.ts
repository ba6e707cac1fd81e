/**
 * One window of VS Code, driven by role and name as a screen reader would. Everything returns Playwright locators, which
 * are resolved when they are used, or waits for what it did to have happened.
 *
 *     await window.runCommand('P2P Chat: Go Online');
 *     await window.answer('Username', 'sam');          // an input box whose title, prompt or hint says "Username"
 *     await window.pick('Advanced', 'Skip');           // a quick pick
 *     await window.openView('P2P Chat');               // the activity bar
 *     await window.treeItem(/^Carol, .*1 unread/).waitFor();
 *     const chat = await window.openChat('Carol');     // click her in the tree; chat('Carol') where she is shown already
 *     await chat.send('Hello');
 */
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { eventually } from '../../scripts/lib/wait.ts';
import { ChatPanel } from './chat-panel.ts';

/** The first start of an extension host on a small machine takes 6 to 14 s. */
const startTimeout = 40_000;

export type Text = string | RegExp;

export class Workbench {
  readonly page: Page;
  readonly #name: string;
  readonly #closed: (window: Workbench) => Promise<void>;

  constructor(page: Page, name: string, closed: (window: Workbench) => Promise<void>) {
    this.page = page;
    this.#name = name;
    this.#closed = closed;
    page.setDefaultTimeout(20_000);
  }

  /** The workbench is there and has restored what it shows. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: startTimeout });
    await this.page.waitForFunction(hasRestored, undefined, { timeout: startTimeout });
  }

  /** Runs a command from the palette by its full title, `Category: Title`. Waits until VS Code knows it. */
  async runCommand(title: string): Promise<void> {
    const option = this.quickInput.getByRole('option', { name: startingWith(title) }).first();
    await eventually(
      `${this.#name} offers the command "${title}"`,
      async () => {
        await this.page.keyboard.press('Escape');
        await this.page.keyboard.press('F1');
        await this.#quickInputBox.waitFor({ timeout: 2000 });
        await this.#quickInputBox.fill(`>${title}`, { timeout: 2000 });
        await option.waitFor({ timeout: 2000 });
        return true;
      },
      { timeout: startTimeout },
    );
    await option.click();
  }

  /** The palette, an input box or a quick pick, whichever is open. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  /** Waits for the input box that shows `step` (title, prompt or placeholder), fills it, and accepts it. */
  async answer(step: Text, value?: string): Promise<void> {
    await this.quickInputStep(step);
    if (value !== undefined) await this.#quickInputBox.fill(value);
    await this.#quickInputBox.press('Enter');
  }

  /** Waits for the quick pick that shows `step`, and chooses an item by its name; a string is typed to filter, too. */
  async pick(step: Text, item: Text): Promise<void> {
    const box = await this.quickInputStep(step);
    if (typeof item === 'string') await box.fill(item);
    await this.quickInput
      .getByRole('option', { name: startingWith(item) })
      .first()
      .click();
  }

  /** Opens a file by VS Code's own file dialog; `files.simpleDialog.enable` has to be set. */
  async openFile(title: Text, file: string): Promise<void> {
    await this.#fileDialog(title, /[\\/]$/);
    await this.#quickInputBox.fill(file);
    await this.quickInput.getByRole('option', { name: startingWith(path.basename(file)) }).waitFor();
    await this.#quickInputBox.press('Enter');
  }

  /** Accepts the file that VS Code's own dialog offers to save to, and returns its path; see openFile(). */
  async saveAsOffered(title: Text): Promise<string> {
    const offered = await this.#fileDialog(title, /[\\/].*[^\\/]$/);
    await this.#quickInputBox.press('Enter');
    return offered;
  }

  /** Waits for a path such as this and what lies there: before, the dialog overwrites what is typed. */
  async #fileDialog(title: Text, offered: RegExp): Promise<string> {
    const box = await this.quickInputStep(title);
    return eventually(`${this.#name}'s file dialog offers ${String(offered)}`, async () => {
      const value = await box.inputValue();
      const isListed = await this.quickInput.getByRole('option', { name: '..', exact: true }).isVisible();
      return isListed && offered.test(value) && value;
    });
  }

  /** Waits until the quick input shows this text, in its title, prompt, placeholder or message; returns its box. */
  async quickInputStep(step: Text): Promise<Locator> {
    const matches = (text: string): boolean =>
      typeof step === 'string' ? text.includes(step) : step.test(text);
    let seen = '';
    await eventually(
      `${this.#name} shows a quick input with ${String(step)}`,
      async () => {
        const box = this.#quickInputBox;
        const [text, placeholder, label] = await Promise.all([
          this.quickInput.innerText({ timeout: 1000 }),
          box.getAttribute('placeholder', { timeout: 1000 }),
          box.getAttribute('aria-label', { timeout: 1000 }),
        ]);
        seen = [text, placeholder, label].join('\n');
        // The palette shows the name of the command that it runs, until it has closed.
        const isPalette = (await box.inputValue({ timeout: 1000 })).startsWith('>');
        return !isPalette && matches(seen);
      },
      { timeout: startTimeout, details: () => `It shows: ${seen}` },
    );
    return this.#quickInputBox;
  }

  get #quickInputBox(): Locator {
    return this.quickInput.locator('.quick-input-box input');
  }

  /** A view container's tab in the activity bar; its name holds the badge too. */
  activity(title: string): Locator {
    return this.page.locator('.part.activitybar').getByRole('tab', { name: startingWith(title) });
  }

  /** The same tab while its badge says so. */
  badge(title: string, says: RegExp): Locator {
    const name = new RegExp(`^${title}\\b.*${says.source}`);
    return this.page.locator('.part.activitybar').getByRole('tab', { name });
  }

  /**
   * Shows a view container by its title; does nothing where it is shown. Its tab may appear a moment before it says that
   * the container is shown already: a click must not hide it then, which the settings of a test's user see to.
   */
  async openView(title: string): Promise<void> {
    const tab = this.activity(title);
    await tab.waitFor({ timeout: startTimeout });
    if ((await tab.getAttribute('aria-expanded')) !== 'true') await tab.click();
    await this.sideBar.getByRole('heading', { name: startingWith(title) }).waitFor();
  }

  get sideBar(): Locator {
    return this.page.locator('.part.sidebar');
  }

  /** A row of a tree in the side bar, by its accessible name. */
  treeItem(name: Text): Locator {
    return this.sideBar.getByRole('treeitem', { name: startingWith(name) });
  }

  /** The names of the rows of a view in the side bar, from top to bottom. */
  async rows(view: string): Promise<string[]> {
    const tree = this.sideBar.getByRole('tree', { name: startingWith(view) });
    return tree.getByRole('treeitem').evaluateAll(labels);
  }

  /** Waits until the rows of a view are these, told by the first word of each. */
  async rowsAre(view: string, expected: readonly string[]): Promise<void> {
    let rows: string[] = [];
    await eventually(
      `${this.#name} shows ${expected.join(' and ')} in ${view}`,
      async () => {
        rows = (await this.rows(view)).map((row) => /^\w+/.exec(row)?.[0] ?? row);
        return rows.join() === expected.join();
      },
      { details: () => `It shows: ${rows.join()}` },
    );
  }

  /** Chooses from the menu that a right click on this opens. */
  async chooseFromMenu(of: Locator, item: Text): Promise<void> {
    await of.click({ button: 'right' });
    // By key: VS Code takes no mouse click in a menu in the first tenth of a second after it opened.
    await this.page.getByRole('menuitem', { name: item, exact: true }).hover();
    await this.page.keyboard.press('Enter');
  }

  /** Notes how this row of a tree is called from now on; what it gives tells every name that it had. */
  async watchTreeItem(name: string): Promise<() => Promise<string[]>> {
    await this.treeItem(name).waitFor();
    await this.page.evaluate(watchRows(name));
    return async () => this.page.evaluate<string[]>('[...globalThis.watchedRows]');
  }

  /** An item of the status bar, by its accessible name or the text that it shows. */
  statusItem(text: Text): Locator {
    return this.page.locator('.part.statusbar').getByRole('button', { name: text });
  }

  /** A notification that is on screen, by its text. */
  notification(text: Text): Locator {
    return this.page.locator('.notifications-toasts').getByRole('dialog', { name: text });
  }

  /** Waits for a notification; a failure tells what else the window says. */
  async notified(text: Text): Promise<void> {
    let shown: string[] = [];
    await eventually(
      `${this.#name} shows a notification with ${String(text)}`,
      async () => {
        if (await this.notification(text).isVisible()) return true;
        const says = this.page.locator('.notifications-toasts, .quick-input-widget, .part.statusbar');
        shown = await says.locator('[aria-label]:visible').evaluateAll(labels);
        return false;
      },
      { details: () => `It shows: ${shown.join(' | ')}` },
    );
  }

  /** Waits for a notification and clicks a button of it. */
  async answerNotification(text: Text, button: Text): Promise<void> {
    await this.notification(text).getByRole('button', { name: button }).click();
  }

  /** A modal dialog. */
  dialog(text: Text): Locator {
    return this.page.locator('.monaco-dialog-box').filter({ hasText: text });
  }

  /** A tab among the editors. */
  editorTab(name: Text): Locator {
    return this.page.locator('.part.editor').getByRole('tab', { name: startingWith(name) });
  }

  /** The document inside the webview panel with this title, once it is shown. */
  async webview(title: string, timeout = startTimeout): Promise<FrameLocator> {
    const name = await eventually(
      `${this.#name} shows the panel "${title}"`,
      async () => {
        for (const frame of await this.page.locator('iframe.webview.ready:visible').all()) {
          const inner = frame.contentFrame().locator('iframe#active-frame');
          if ((await inner.getAttribute('title', { timeout: 1000 })) === title) {
            return frame.getAttribute('name');
          }
        }
        return undefined;
      },
      { timeout },
    );
    return this.page.frameLocator(`iframe.webview[name="${name}"]`).frameLocator('#active-frame');
  }

  /** The chat panel with this person, once it is shown. */
  async chat(person: string, timeout = startTimeout): Promise<ChatPanel> {
    return new ChatPanel(person, await this.webview(person, timeout));
  }

  /** Opens the chat with a person from the tree, which has to be shown: one click, as a person does. */
  async openChat(person: string): Promise<ChatPanel> {
    await this.treeItem(person).click();
    return this.chat(person);
  }

  /** Writes a picture of the window. */
  async screenshot(file: string): Promise<void> {
    await this.page.screenshot({ path: file, animations: 'disabled' });
  }

  /** Reloads the window as "Developer: Reload Window" does. Locators stay good; ask for panels again. */
  async reload(): Promise<void> {
    await this.settled();
    await this.page.reload();
    await this.ready();
  }

  /** Closes the window and waits until its extension host has ended. */
  async close(): Promise<void> {
    await this.settled();
    await this.page.close();
    await this.#closed(this);
  }

  /**
   * Waits until VS Code's storage in the browser (globalState, secrets) has stopped changing: a write reaches the disk
   * a moment after the extension asked for it, which a page that closes at once would lose.
   */
  async settled(): Promise<void> {
    if (this.page.isClosed()) return;
    let before: string | undefined;
    let same = 0;
    await eventually(`${this.#name}'s storage has settled`, async () => {
      const now = await this.page.evaluate<string>(storageSnapshot);
      same = now === before ? same + 1 : 0;
      before = now;
      return same >= 4;
    });
  }
}

/** Run in the page. */
const labels = (elements: readonly { getAttribute(name: string): string | null }[]): string[] =>
  elements.map((element) => element.getAttribute('aria-label') ?? '');

/** Run in the page: VS Code has put back the views and editors that were open. */
const hasRestored = `performance.getEntriesByName('code/didStartWorkbench').length > 0`;

/** Run in the page: keeps every accessible name of the rows that begin with this one. */
const watchRows = (name: string): string => `(() => {
  const seen = (globalThis.watchedRows = new Set());
  const look = () => {
    for (const row of document.querySelectorAll('[role=treeitem]')) {
      const label = row.getAttribute('aria-label') ?? '';
      if (label.startsWith(${JSON.stringify(name)})) seen.add(label);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributeFilter: ['aria-label'] });
  look();
})()`;

/** Run in the page: every key and value of VS Code's databases, as one text. */
const storageSnapshot = `(async () => {
  const result = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const parts = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith('vscode-web-state-db')) continue;
    const database = await result(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([result(objects.getAllKeys()), result(objects.getAll())]);
      parts.push(name, JSON.stringify(keys), JSON.stringify(values));
    }
    database.close();
  }
  parts.push(JSON.stringify(localStorage));
  return parts.join('\\n');
})()`;

/** Names in VS Code go on after what a person would call the thing: a shortcut, a badge, "recently used". */
function startingWith(text: Text): RegExp {
  return typeof text === 'string'
    ? new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`)
    : text;
}
