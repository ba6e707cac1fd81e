import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { NOW, type PanelPage } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { busy, contact, draft, fullState, message, messageId, mine } from './harness/samples.ts';

/** Other ways to read than the usual one: from right to left, enlarged, without movement. */

const inPage = chatPages();

const HEBREW = 'האם הבנייה ירוקה?';

/** In which direction an element is laid out, and whether what is around it can turn it around. */
async function reading(element: Locator): Promise<{ direction: string; isolates: boolean }> {
  return element.evaluate((node) => {
    const { direction, unicodeBidi } = getComputedStyle(node);
    return { direction, isolates: ['isolate', 'plaintext', 'isolate-override'].includes(unicodeBidi) };
  });
}

const text = ({ page }: PanelPage, said: string): Locator =>
  page.getByRole('article').filter({ hasText: said }).locator('.text');

/** Where each letter of a text begins on the screen, from the left. */
async function edges(element: Locator): Promise<number[]> {
  return element.evaluate((node) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    const found: number[] = [];
    for (let at = walker.nextNode(); at !== null; at = walker.nextNode()) {
      for (let index = 0; index < (at.textContent ?? '').length; index++) {
        const range = document.createRange();
        range.setStart(at, index);
        range.setEnd(at, index + 1);
        found.push(range.getBoundingClientRect().left);
      }
    }
    return found;
  });
}

/** The names of what moves in the page, in all its shadow roots. */
async function moving(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const names: string[] = [];
    const look = (root: Document | ShadowRoot): void => {
      for (const animation of root.getAnimations()) {
        const { duration } = animation.effect?.getComputedTiming() ?? {};
        if (animation instanceof CSSAnimation && duration !== 0) names.push(animation.animationName);
      }
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot !== null) look(element.shadowRoot);
      }
    };
    look(document);
    return names;
  });
}

describe('from right to left', () => {
  inPage(
    'each message, and each paragraph of it, is read in the direction of its script',
    {},
    async (panel) => {
      const mixed = `${HEBREW}\n\nIs the build green?`;
      await panel.tell(
        fullState({
          messages: [message(1, NOW, HEBREW), mine(2, NOW, 'As a meadow.'), message(3, NOW, mixed)],
        }),
      );
      assert.deepEqual(await reading(text(panel, HEBREW).first()), { direction: 'rtl', isolates: true });
      assert.equal((await reading(text(panel, 'As a meadow.'))).direction, 'ltr');
      const [first = [], second = []] = await Promise.all(
        [0, 1].map((index) => edges(text(panel, 'Is the build').locator('p').nth(index))),
      );
      assert.ok((first[0] ?? 0) > (first.at(-1) ?? 0), 'the Hebrew begins at the right');
      assert.ok((second[0] ?? 0) < (second.at(-1) ?? 0), 'the English begins at the left');
    },
  );

  inPage('names and what is beside them keep their places', {}, async (panel) => {
    const statusText = 'בפגישה עד 3.';
    await panel.tell(
      fullState({
        contact: contact({ name: '.Carol-', statusText }),
        messages: [message(1, NOW, HEBREW)],
      }),
    );
    const heading = panel.page.getByRole('heading', { level: 1 });
    assert.equal((await reading(heading.locator('bdi'))).isolates, true);
    assert.equal((await reading(panel.page.getByRole('article').locator('.sender bdi'))).isolates, true);
    const status = panel.page.locator('chat-header .status');
    assert.deepEqual(await reading(status), { direction: 'rtl', isolates: true });
    const letters = await edges(heading.locator('bdi'));
    assert.deepEqual(
      letters,
      letters.toSorted((a, b) => a - b),
    );
    const [box, button] = [await status.boundingBox(), await panel.page.locator('.trust').boundingBox()];
    assert.ok(box !== null && button !== null && box.x + box.width <= button.x);
  });

  inPage('what is being written is as well', {}, async (panel) => {
    await panel.tell(fullState());
    const box = panel.page.getByRole('textbox', { name: 'Message Carol' });
    await box.fill(HEBREW);
    assert.equal((await reading(box)).direction, 'rtl');
    await box.fill('As a meadow.');
    assert.equal((await reading(box)).direction, 'ltr');
  });
});

describe('enlarged', () => {
  // A window that is zoomed to 200 % has half as many pixels of CSS each way.
  inPage(
    'zoomed to 200 %, nothing is cut off, and head, messages and box are all in view',
    { width: 380, height: 320 },
    async (panel) => {
      const { page } = panel;
      const state = busy(NOW);
      await panel.tell({
        ...state,
        contact: { ...state.contact, statusText: 'In a meeting until 3 '.repeat(3).trim() },
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      const log = await page.getByRole('log').boundingBox();
      const box = await page.getByRole('textbox').boundingBox();
      const head = await page.getByRole('heading', { level: 1 }).boundingBox();
      assert.ok(log !== null && box !== null && head !== null);
      assert.ok(head.y >= 0 && head.y + head.height <= log.y + 1, 'the head is above the messages');
      assert.ok(log.height >= 60, `${log.height} pixels for messages`);
      assert.ok(box.y + box.height <= 320, 'the box is in view');
      const newest = page.getByRole('article').last();
      await newest.scrollIntoViewIfNeeded();
      assert.equal(await newest.isVisible(), true);
    },
  );

  // The same in a panel of 320 pixels, which has room for twelve such letters.
  const small = { width: 160, height: 320 };

  inPage('in a narrow panel, lines and what is at the box keep within it', small, async (panel) => {
    const { page } = panel;
    const text = 'shall we ship?';
    const replyTo = { id: messageId(1), mine: false, order: 1, text };
    const yes = (order: number) => mine(order, NOW, 'yes', { edited: true, replyTo, state: 'held' });
    await panel.tell(
      fullState({
        messages: [message(1, NOW, text), yes(2), yes(3)],
        draft: draft('', { message: messageId(1), by: 'recipient' }),
      }),
    );
    const cancel = page.getByRole('button', { name: 'Cancel: Replying to Carol (Escape)' });
    const shown = [
      page.getByRole('article').last().getByText('edited'),
      page.getByRole('article').nth(1).getByText('Sam'),
      page.getByRole('article').nth(1).getByText('edited'),
      page.locator('chat-composer').getByText(text),
      cancel,
    ];
    for (const [index, locator] of shown.entries()) {
      const box = await locator.boundingBox();
      assert.ok(box !== null && box.width >= 15 && box.x >= 0 && box.x + box.width <= 160, `${index}`);
    }
    await page.getByRole('textbox').pressSequentially(':grin');
    const proposals = await page.getByRole('listbox').boundingBox();
    assert.ok(proposals !== null && proposals.x >= 0 && proposals.x + proposals.width <= 160);
  });

  inPage('in a narrow panel, everything that can be done with a message is reached', small, async (panel) => {
    await panel.tell(fullState({ messages: [message(1, NOW, 'shall we ship?'), mine(2, NOW, 'yes')] }));
    await panel.page.getByRole('article').last().hover();
    const buttons = await panel.page.getByRole('toolbar').getByRole('button').all();
    assert.equal(buttons.length, 10);
    for (const button of buttons) await button.click({ trial: true });
  });

  inPage(
    'in a narrow panel, a warning leaves a way to all that it says and to the box',
    small,
    async (panel) => {
      const { page } = panel;
      const changed = contact({ changedTo: 'ab'.repeat(32), trust: 'verified' });
      await panel.tell(fullState({ messages: [message(1, NOW, 'shall we ship?')], contact: changed }));
      for (const text of ['Warning: this may not be Carol', 'What you send waits']) {
        const said = page.getByText(text);
        await said.scrollIntoViewIfNeeded();
        const seen = await said.evaluate((element) => {
          const { left, bottom } = element.getBoundingClientRect();
          return bottom <= innerHeight + 1 && left >= 0;
        });
        assert.ok(seen, text);
      }
      for (const button of await page.locator('.identity').getByRole('button').all())
        await button.click({ trial: true });
    },
  );
});

describe('without movement', () => {
  inPage(
    'nothing moves where the system or VS Code asks for it, and something does otherwise',
    {},
    async (panel) => {
      const { page } = panel;
      await panel.frames();
      assert.deepEqual(await moving(page), [], 'while it opens');
      await panel.tell(busy(NOW));
      assert.deepEqual(await moving(page), []);
      await page.emulateMedia({ reducedMotion: 'no-preference' });
      try {
        await panel.frames();
        assert.deepEqual(await moving(page), ['turn']);
        await page.evaluate(() => document.body.classList.add('vscode-reduce-motion'));
        await panel.frames();
        assert.deepEqual(await moving(page), []);
      } finally {
        await page.emulateMedia({ reducedMotion: 'reduce' });
      }
    },
  );
});
