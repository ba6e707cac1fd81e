import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import { NOW, type PanelPage } from './harness/browser.ts';
import { article, many, scroll, stillness } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { fullState, message, mine } from './harness/samples.ts';

const inPage = chatPages();

const bar = ({ page }: PanelPage): Locator => page.getByRole('toolbar', { name: 'Actions for this message' });

describe('the bar', () => {
  inPage(
    'is in view for a message that begins above it, and again when one has scrolled',
    { height: 400 },
    async (panel) => {
      const { page } = panel;
      const long = Array.from({ length: 80 }, (_, line) => `line ${line}`).join('\n');
      await panel.tell(fullState({ messages: [message(1, NOW, 'short'), mine(2, NOW, long)] }));
      const isInView = async (): Promise<boolean> => {
        const [view, box] = await Promise.all([
          page.getByRole('log').boundingBox(),
          bar(panel).boundingBox(),
        ]);
        assert.ok(view !== null && box !== null);
        return box.y >= view.y && box.y + box.height <= view.y + view.height;
      };
      await page.mouse.move(300, 200);
      await bar(panel).waitFor();
      assert.ok(await isInView());
      await scroll(panel, { to: 200 });
      while (!(await isInView())) await panel.frames();
      await scroll(panel, { to: 0 });
      await article(panel, 'short').hover();
      assert.ok(await isInView());
    },
  );
});

describe('the message that the bar is about', () => {
  inPage('is told from those beside it, also from the bar, which lies over them', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(
      fullState({ messages: [message(1, NOW, 'one'), message(2, NOW, 'two'), message(3, NOW, 'three')] }),
    );
    const shades = (): Promise<string[]> =>
      page
        .getByRole('article')
        .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).backgroundColor));
    const [plain] = await shades();
    assert.deepEqual(await shades(), [plain, plain, plain]);
    await article(panel, 'two').hover();
    await bar(panel).waitFor();
    const [before, shade, after] = await shades();
    assert.notEqual(shade, plain);
    assert.deepEqual([before, after], [plain, plain]);
    // Its upper half is over the line before.
    await page.getByRole('button', { name: 'Reply' }).hover({ position: { x: 4, y: 2 } });
    assert.deepEqual(await shades(), [plain, shade, plain]);
    await page.getByRole('textbox').hover();
    await bar(panel).waitFor({ state: 'hidden' });
    assert.deepEqual(await shades(), [plain, plain, plain]);
  });
});

describe('the bar while one scrolls', () => {
  inPage('stays at its message, and comes to the one under the pointer at the end', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: many(1, 200) }));
    await page.mouse.move(300, 300);
    await bar(panel).waitFor();
    await stillness(panel);
    const place = (): Promise<string> =>
      page.locator('message-actions').evaluate((element: HTMLElement) => element.style.insetBlockStart);
    const places = await page.locator('message-actions').evaluate(async (element: HTMLElement) => {
      const found = new Set<string>();
      for (let frame = 0; frame < 30; frame++) {
        element.parentElement?.scrollBy({ top: -20, behavior: 'instant' });
        await new Promise(requestAnimationFrame);
        found.add(element.style.insetBlockStart);
      }
      return [...found];
    });
    assert.equal(places.length, 1, places.join(', '));
    while ((await place()) === places[0]) await panel.frames();
    // It stands at the upper edge of the line that the pointer is on.
    const { y = 0, height = 0 } = (await bar(panel).boundingBox()) ?? {};
    assert.ok(y < 300 && y + height > 260, `${y}, ${height}`);
  });
});

describe('the bar of a message that moves', () => {
  inPage('stays at it when others come below', {}, async (panel) => {
    await panel.tell(fullState({ messages: [mine(1, NOW, 'first'), mine(2, NOW, 'second')] }));
    await article(panel, 'second').focus();
    await bar(panel).waitFor();
    const gap = async (): Promise<number> => {
      const [line, box] = await Promise.all([
        article(panel, 'second').boundingBox(),
        bar(panel).boundingBox(),
      ]);
      assert.ok(line !== null && box !== null);
      return Math.round(line.y - box.y);
    };
    const before = await gap();
    const { y = 0 } = (await article(panel, 'second').boundingBox()) ?? {};
    await panel.tell({ type: 'messages', messages: [message(3, NOW, 'below\n\nb\n\nc')] });
    await article(panel, 'below').waitFor();
    await panel.frames();
    assert.ok(((await article(panel, 'second').boundingBox())?.y ?? y) < y, 'it has moved');
    assert.equal(await gap(), before);
  });
});
