import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import * as z from 'zod';
import { violations } from './harness/axe.ts';
import { NOW, ofType, THEMES, type PanelPage } from './harness/browser.ts';
import { article, box, inView, jump, log, many, scroll } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { contact, draft, fullState, message, messageId, mine } from './harness/samples.ts';

const inPage = chatPages();

const isFocused = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element.matches(':focus'));

const talk = [
  message(1, NOW, 'shall **we** ship?'),
  mine(2, NOW, 'yes'),
  message(3, NOW, null, { deleted: true }),
  mine(4, NOW, 'no', { state: 'refused', refused: 'too-large' }),
];

/** What VS Code is told when the menu of this is opened. */
async function menuOf({ page }: PanelPage, of: Locator): Promise<unknown> {
  await of.dispatchEvent('contextmenu');
  return JSON.parse((await page.locator('p2p-chat').getAttribute('data-vscode-context')) ?? 'null');
}

/** What a press of the keys for copying puts into the clipboard; null where the page leaves it to the browser. */
async function copied({ page }: PanelPage): Promise<string | null> {
  const key = 'copiedText';
  await page.evaluate((name) => {
    Reflect.set(globalThis, name, null);
    const take = (event: ClipboardEvent): void => {
      if (event.defaultPrevented) Reflect.set(globalThis, name, event.clipboardData?.getData('text/plain'));
    };
    window.addEventListener('copy', take, { once: true });
  }, key);
  await page.keyboard.press('Control+c');
  const text: unknown = await page.evaluate((name): unknown => Reflect.get(globalThis, name), key);
  return typeof text === 'string' ? text : null;
}

describe('writing', () => {
  inPage('goes into the box wherever the focus is, and so does what is pasted', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: talk }));
    await article(panel, 'yes').click();
    await page.keyboard.type('so it is');
    assert.equal(await box(panel).inputValue(), 'so it is');
    await log(panel).focus();
    await page.keyboard.press('Control+v');
    assert.ok(await isFocused(box(panel)));
  });

  inPage('leaves the other keys, and those of a box of its own, where they are', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: talk }));
    await log(panel).focus();
    for (const key of ['PageUp', 'Home', 'Space', 'Control+c', 'Alt+s', 'F5']) {
      await page.keyboard.press(key);
      assert.ok(await isFocused(log(panel)), key);
    }
    await article(panel, 'yes').hover();
    await page.getByRole('button', { name: 'More Reactions…' }).click();
    await page.getByRole('combobox', { name: 'Filter emoji by name' }).pressSequentially('tada');
    assert.equal(await box(panel).inputValue(), '');
  });

  inPage('can be undone through a proposal that was taken', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ people: ['Carol'] }));
    await box(panel).pressSequentially('done :tad');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await box(panel).pressSequentially(', @ca');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    assert.match(await box(panel).inputValue(), /^done 🎉, @Carol ?$/);
    // As many as it takes: what one press takes back is the browser's to say.
    for (let presses = 0; presses < 20; presses += 1) await page.keyboard.press('Control+z');
    assert.equal(await box(panel).inputValue(), '');
    await panel.frames();
    assert.deepEqual(ofType(panel, 'draft').at(-1)?.draft ?? draft(''), draft(''));
  });
});

describe('undoing', () => {
  inPage('brings back what was written, and mixes nothing of it with another message', {}, async (panel) => {
    const { page } = panel;
    const undo = async (key = 'Control+z'): Promise<string> => {
      await page.keyboard.press(key);
      return box(panel).inputValue();
    };
    await panel.tell(fullState({ messages: talk }));
    await box(panel).focus();
    await page.keyboard.insertText('first');
    await page.keyboard.press('Enter');
    assert.equal(await box(panel).inputValue(), '');
    assert.equal(await undo(), 'first');
    assert.equal(await undo('Control+Shift+z'), '');
    await page.keyboard.press('ArrowUp');
    assert.equal(await box(panel).inputValue(), 'yes');
    await page.keyboard.insertText('!');
    assert.equal(await undo(), 'yes');
    assert.equal(await undo(), '');
    assert.equal(await undo(), 'first');
    assert.equal(await undo(), '');
    assert.equal(ofType(panel, 'send').length, 1);
  });
});

describe('what VS Code adds to the box', () => {
  inPage('stands behind what was begun, is undone alone, and moves nothing else', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: many(1, 60), readUpTo: 60 }));
    await box(panel).focus();
    await page.keyboard.insertText('Look:');
    await page.keyboard.press('Home');
    await scroll(panel, { to: 700 });
    await log(panel).focus();
    const before = await inView(panel);
    await panel.tell({ type: 'add', text: 'a();\n' });
    assert.ok(await isFocused(box(panel)));
    assert.equal(await box(panel).inputValue(), 'Look:\n\na();\n');
    assert.equal(ofType(panel, 'draft').at(-1)?.draft.text, 'Look:\n\na();\n');
    assert.equal((await inView(panel))[0]?.text, before[0]?.text);
    await page.keyboard.press('Control+z');
    assert.equal(await box(panel).inputValue(), 'Look:');
    await page.keyboard.press('Control+z');
    assert.equal(await box(panel).inputValue(), '');
  });

  inPage('is in the box of a page that it came to before everything else once', {}, async (panel) => {
    await panel.tell({ type: 'add', text: 'a();' });
    await panel.tell(fullState({ draft: draft('a();') }));
    assert.equal(await box(panel).inputValue(), 'a();');
  });
});

describe('the button that leads to the newest message', () => {
  inPage('leaves the focus in the conversation, not nowhere', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: many(1, 60), readUpTo: 60 }));
    await scroll(panel, { to: 700 });
    await jump(panel).focus();
    await page.keyboard.press('Enter');
    await jump(panel).waitFor({ state: 'detached' });
    assert.ok(await isFocused(log(panel)));
  });
});

describe('the menu of a message', () => {
  inPage('is about that message, and offers what can be done with it', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk }));
    const about = { webviewSection: 'message', preventDefaultContextMenuItems: true, p2pChatAnswers: true };
    assert.deepEqual(await menuOf(panel, article(panel, 'ship?').getByText('we')), {
      ...about,
      order: 1,
      p2pChatEdits: false,
    });
    assert.deepEqual(await menuOf(panel, article(panel, 'yes')), { ...about, order: 2, p2pChatEdits: true });
    assert.deepEqual(await menuOf(panel, article(panel, 'no')), { ...about, order: 4, p2pChatEdits: false });
  });

  inPage('has the address of the link that it was opened at', {}, async (panel) => {
    await panel.tell(
      fullState({ messages: [message(1, NOW, 'see [the docs](https://docs.example/a?b=c%26d) of it')] }),
    );
    const { p2pChatLink } = z
      .object({ p2pChatLink: z.string() })
      .parse(await menuOf(panel, panel.page.getByRole('link')));
    assert.equal(p2pChatLink, 'https://docs.example/a?b=c%26d');
    assert.doesNotMatch(JSON.stringify(await menuOf(panel, article(panel, 'see'))), /docs/);
  });

  inPage('is of nothing where nothing is left of it, and elsewhere', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk }));
    await menuOf(panel, article(panel, 'yes'));
    assert.deepEqual(await menuOf(panel, article(panel, 'deleted')), {});
    assert.deepEqual(await menuOf(panel, box(panel)), {});
  });

  inPage('gives the focus back to the message that it was opened at', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: talk }));
    const comeBack = (): Promise<void> => page.evaluate(() => void window.dispatchEvent(new Event('focus')));
    await article(panel, 'yes').focus();
    await menuOf(panel, article(panel, 'yes'));
    // As VS Code takes the focus from the page.
    await article(panel, 'yes').evaluate((line) => line.blur());
    await comeBack();
    assert.ok(await isFocused(article(panel, 'yes')));
    await article(panel, 'yes').evaluate((line) => line.blur());
    await comeBack();
    assert.ok(await isFocused(box(panel)));
  });

  inPage('answers nobody who is not accepted', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ standing: 'request' }), messages: talk }));
    const about = { webviewSection: 'message', p2pChatAnswers: false, p2pChatEdits: false };
    assert.deepEqual(await menuOf(panel, article(panel, 'yes')), {
      ...about,
      order: 2,
      preventDefaultContextMenuItems: true,
    });
  });

  inPage('has Copy of what is selected, and neither Cut nor Paste where nothing is', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk }));
    const line = article(panel, 'ship?');
    await line.locator('.text').evaluate((text) => {
      getSelection()?.selectAllChildren(text);
    });
    const menu = z.object({ preventDefaultContextMenuItems: z.boolean() });
    assert.equal(menu.parse(await menuOf(panel, line)).preventDefaultContextMenuItems, false);
    await panel.page.evaluate(() => getSelection()?.empty());
    assert.equal(menu.parse(await menuOf(panel, line)).preventDefaultContextMenuItems, true);
  });

  inPage('copies what was written, and does what the bar does', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk }));
    await panel.tell({ type: 'act', does: 'copy', order: 1 });
    assert.deepEqual(ofType(panel, 'copy'), [{ type: 'copy', text: 'shall **we** ship?' }]);
    await panel.tell({ type: 'act', does: 'copy', order: 3 });
    assert.equal(ofType(panel, 'copy').length, 1);
    await panel.tell({ type: 'act', does: 'reply', order: 1 });
    await panel.page.getByText('Replying to Carol').waitFor();
    assert.ok(await isFocused(box(panel)));
    await panel.tell({ type: 'act', does: 'edit', order: 2 });
    assert.equal(await box(panel).inputValue(), 'yes');
    await panel.tell({ type: 'act', does: 'delete', order: 2 });
    assert.deepEqual(ofType(panel, 'change'), [
      { type: 'change', change: { kind: 'delete', message: messageId(2) } },
    ]);
  });
});

describe('the keys for copying', () => {
  inPage('take the message that has the focus where nothing is selected', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: talk }));
    await log(panel).focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    await article(panel, 'ship?').focus();
    assert.equal(await copied(panel), 'shall **we** ship?');
  });

  inPage('take what is selected where something is', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk }));
    await article(panel, 'ship?').getByText('we', { exact: true }).dblclick();
    await article(panel, 'ship?').focus();
    assert.equal(await copied(panel), null);
  });

  inPage('take nothing of what is in the box', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk, draft: draft('so') }));
    await box(panel).focus();
    assert.equal(await copied(panel), null);
  });
});

describe('a call of somebody', () => {
  const calls = (panel: PanelPage): Promise<string[]> => panel.page.locator('.mention').allInnerTexts();

  inPage('is marked where it stands, of either of the two', {}, async (panel) => {
    const texts = ['@Sam and **@carol**, and @sam.', 'mail a@Sam.de, @Samuel, `@Sam` https://a.example/@Sam'];
    await panel.tell(fullState({ messages: texts.map((text, index) => message(index + 1, NOW, text)) }));
    assert.deepEqual(await calls(panel), ['@Sam', '@carol', '@sam']);
    assert.equal(await article(panel, '@carol').locator('.text').innerText(), '@Sam and @carol, and @sam.');
  });

  inPage('is none of somebody without a name', {}, async (panel) => {
    const unnamed = contact({ name: `#${'c0'.repeat(8)}` });
    await panel.tell(fullState({ contact: unnamed, me: '', messages: [message(1, NOW, 'an @ and @Sam')] }));
    assert.deepEqual(await calls(panel), []);
  });

  for (const theme of THEMES) {
    inPage(`is read on either ground in ${theme}`, { theme }, async (panel) => {
      const messages = [message(1, NOW, 'hello @Sam'), mine(2, NOW, '> hello\n\n@Carol, good morning')];
      await panel.tell(fullState({ messages }));
      assert.deepEqual(await calls(panel), ['@Sam', '@Carol']);
      assert.deepEqual(await violations(panel.page), []);
    });
  }
});
