import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { NOW, ofType, type PanelPage } from './harness/browser.ts';
import { article, inView, jump, log, scroll, stillness } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { loadLong } from './harness/long-conversation.ts';
import { fullState, message, MINUTE, mine } from './harness/samples.ts';

const inPage = chatPages();

/** Messages in the page at most, however many the conversation has. */
const MOST_NODES = 200;

/** Messages of one to six lines, so that no guess of their height is right. */
const many = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => {
    const order = first + index;
    const lines = Array.from({ length: 1 + ((order * 7) % 6) }, (_, line) =>
      line === 0 ? `text ${order}.` : 'more',
    );
    return message(order, NOW - (1_000_000 - order) * MINUTE, lines.join('\n'));
  });

async function nodes(panel: PanelPage): Promise<number> {
  return log(panel).getByRole('article').count();
}

/** How much of the view has no line in it, at its top and its bottom together. */
async function blank(panel: PanelPage): Promise<number> {
  return log(panel).evaluate((view) => {
    const { top, bottom } = view.getBoundingClientRect();
    const rects = [...view.querySelectorAll('.list > :not(.space)')].map((line) =>
      line.getBoundingClientRect(),
    );
    return (
      Math.max(0, (rects.at(0)?.top ?? bottom) - top) + Math.max(0, bottom - (rects.at(-1)?.bottom ?? top))
    );
  });
}

const SPACE_AROUND_PX = 40;

describe('a conversation that is longer than the page', () => {
  inPage('has few of its messages in the page, and those that are seen always', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 2_000) }));
    assert.equal((await inView(panel)).at(-1)?.text, 'text 2000.');
    for (const by of [-300, -2_000, -30_000, 10_000, -500, -1_000_000, 700, 1_000_000, -90]) {
      await scroll(panel, { by });
      assert.ok((await nodes(panel)) <= MOST_NODES, `${await nodes(panel)} messages in the page`);
      assert.ok((await blank(panel)) <= SPACE_AROUND_PX, `${await blank(panel)} px are blank after ${by}`);
      const numbers = (await inView(panel)).map(({ text }) => Number(/\d+/.exec(text)?.[0]));
      assert.deepEqual(
        numbers,
        Array.from(numbers, (_, index) => (numbers[0] ?? 0) + index),
      );
    }
  });

  inPage('moves by what was scrolled, whatever comes into the page around it', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 2_000) }));
    for (let step = 0; step < 60; step++) {
      const before = await inView(panel);
      await log(panel).evaluate(async (view) => {
        view.scrollBy({ top: -120, behavior: 'instant' });
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
      });
      const after = await inView(panel);
      const [first] = before;
      const now = after.find(({ text }) => text === first?.text);
      assert.ok(first !== undefined && now !== undefined);
      assert.ok(Math.abs(now.top - first.top - 120) <= 1, `${first.text} moved by ${now.top - first.top} px`);
    }
  });

  inPage(
    'is one column with the box below it, wherever it is scrolled to',
    { width: 1100 },
    async (panel) => {
      await panel.tell(fullState({ messages: many(1, 600), readUpTo: 600 }));
      const { x = 0, width = 0 } = (await panel.page.locator('chat-composer form').boundingBox()) ?? {};
      for (let step = 0; step < 12; step++) {
        const lines = await log(panel).evaluate((view) =>
          [...view.querySelectorAll('[role=article]')].map((line) => {
            const { left, right } = line.getBoundingClientRect();
            return `${left}, ${right}`;
          }),
        );
        assert.deepEqual([...new Set(lines)], [`${x}, ${x + width}`], `after ${step * 400} px`);
        await scroll(panel, { by: -400 });
      }
    },
  );

  inPage('stays where it is when more lines come above than the page has at once', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(9_951, 10_000), hasOlder: true }));
    await scroll(panel, { by: -500 });
    await stillness(panel);
    const [before] = await inView(panel);
    await panel.tell({ type: 'older', messages: many(4_951, 9_950), hasOlder: false });
    const [after] = await inView(panel);
    assert.ok(before !== undefined && after !== undefined);
    assert.equal(after.text, before.text);
    assert.ok(Math.abs(after.top - before.top) <= 1, `moved by ${after.top - before.top} px`);
  });

  inPage('paints its lines once: none moves by a fraction when others come or go', {}, async (panel) => {
    await loadLong(panel, 100_000);
    await stillness(panel);
    const found = await log(panel).evaluate(async (view) => {
      // Of what is far from the top a browser tells places by quarters of a pixel: in these numbers they are not lost.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('.message { transform: none !important }');
      const root = view.getRootNode();
      if (root instanceof ShadowRoot) root.adoptedStyleSheets.push(sheet);
      const placeOf = (line: Element): number =>
        line.getBoundingClientRect().top - view.getBoundingClientRect().top + view.scrollTop;
      let [came, moved, place] = [0, 0, view.scrollTop];
      let before = new Map<Element, number>();
      for (let frame = 0; frame < 120; frame++) {
        const by = frame < 80 ? -120 : 120;
        view.scrollBy({ top: by, behavior: 'instant' });
        place += by;
        for (let wait = 0; wait < 2; wait++) await new Promise(requestAnimationFrame);
        const lines = [...view.querySelectorAll('[role=article]')];
        const now = new Map(lines.map((line) => [line, placeOf(line)]));
        if (before.size > 0) came += lines.filter((line) => !before.has(line)).length;
        moved += lines.filter((line) => (before.get(line) ?? now.get(line)) !== now.get(line)).length;
        before = now;
      }
      return { came, moved, left: view.scrollTop - place };
    });
    assert.ok(found.came > 100, `${found.came} lines came`);
    assert.deepEqual({ moved: found.moved, left: found.left }, { moved: 0, left: 0 });
  });

  inPage('is read from its very beginning to its very end, each line once', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 600) }));
    await scroll(panel, { by: -1_000_000 });
    const seen: string[] = [];
    for (let at = -1; at !== (await scrollTop(panel));) {
      at = await scrollTop(panel);
      for (const { text } of await inView(panel)) if (!seen.includes(text)) seen.push(text);
      await scroll(panel, { by: 500 });
    }
    assert.deepEqual(
      seen,
      many(1, 600).map(({ order }) => `text ${order}.`),
    );
    assert.equal(await jump(panel).count(), 0);
  });

  inPage('keeps its place while older ones come, and others change above', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1_001, 2_000), hasOlder: true }));
    await scroll(panel, { by: -20_000 });
    const [first] = await inView(panel);
    await panel.tell({ type: 'older', messages: many(501, 1_000), hasOlder: true });
    const [still] = await inView(panel);
    assert.equal(still?.text, first?.text);
    assert.ok(Math.abs((still?.top ?? 0) - (first?.top ?? 0)) <= 1);
    const number = Number(/\d+/.exec(first?.text ?? '')?.[0]);
    const taller = many(number - 3, number - 3).map((each) => ({ ...each, text: 'a\nb\nc\nd\ne\nf\ng\nh' }));
    await panel.tell({ type: 'messages', messages: taller });
    await panel.tell({ type: 'messages', messages: many(2_001, 2_010) });
    const [now] = await inView(panel);
    assert.equal(now?.text, first?.text);
    assert.ok(Math.abs((now?.top ?? 0) - (first?.top ?? 0)) <= 1);
    await panel.page.setViewportSize({ width: 420, height: 500 });
    await panel.frames();
    assert.equal((await inView(panel))[0]?.text, first?.text);
  });

  inPage('keeps its place at the very top when older ones come', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1_001, 1_300), hasOlder: true }));
    await scroll(panel, { by: -1_000_000 });
    assert.deepEqual(ofType(panel, 'load-older'), [{ type: 'load-older', before: 1_001 }]);
    const before = (await inView(panel)).find(({ text }) => text === 'text 1002.');
    await panel.tell({ type: 'older', messages: many(901, 1_000), hasOlder: true });
    const after = (await inView(panel)).find(({ text }) => text === 'text 1002.');
    // What follows is one group with what came above: only its name line and its day may go.
    assert.ok(Math.abs((after?.top ?? 0) - (before?.top ?? 0)) <= 80, `${before?.top} → ${after?.top}`);
    assert.equal(ofType(panel, 'load-older').length, 1);
  });

  inPage('opens at the first that was not read, however many are below', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 2_000), readUpTo: 700 }));
    const line = log(panel).getByRole('separator', { name: 'New messages' });
    const top = await log(panel).evaluate((view) => view.getBoundingClientRect().top);
    const shown = await line.evaluate((element) => element.getBoundingClientRect().top);
    assert.ok(Math.abs(shown - top) <= 1, `the line is ${shown - top} px below the top`);
    assert.deepEqual(ofType(panel, 'read'), []);
    await panel.page.getByRole('button', { name: 'Jump to latest: 1300 new messages' }).click();
    await panel.frames();
    assert.equal((await inView(panel)).at(-1)?.text, 'text 2000.');
    assert.equal(await jump(panel).count(), 0);
    assert.deepEqual(ofType(panel, 'read'), [{ type: 'read', upTo: 2_000 }]);
  });

  inPage('is at its end again after an own message, from however far above', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 2_000) }));
    await scroll(panel, { by: -60_000 });
    await panel.tell({ type: 'messages', messages: [mine(2_001, NOW, 'text 2001.', { state: 'sending' })] });
    await panel.frames();
    assert.equal((await inView(panel)).at(-1)?.text, 'text 2001.');
    assert.ok((await blank(panel)) <= SPACE_AROUND_PX);
  });

  inPage(
    'shows what was looked for, far above and far below, and marks it when it comes again',
    {},
    async (panel) => {
      await panel.tell(fullState({ messages: many(1, 2_000) }));
      for (const order of [40, 1_800, 41]) {
        await panel.tell({ type: 'find', order, text: `text ${order}` });
        await panel.page.locator('[role=article]:focus').getByText(`text ${order}.`).waitFor();
        const found = (await inView(panel)).find(({ text }) => text === `text ${order}.`);
        assert.ok(found !== undefined && found.top > 50 && found.top < 400, `${found?.top}`);
        assert.ok((await blank(panel)) <= SPACE_AROUND_PX);
      }
      const marks = (): Promise<number> =>
        panel.page.evaluate(
          () =>
            [...(CSS.highlights.get('found') ?? [])].filter(
              (range) => range instanceof Range && range.toString() !== '',
            ).length,
        );
      assert.equal(await marks(), 1);
      await scroll(panel, { by: 20_000 });
      await scroll(panel, { by: -20_000 });
      await article(panel, 'text 41.').waitFor();
      assert.equal(await marks(), 1);
    },
  );

  inPage(
    'is gone through with the keys of a page, also from a line that went out of it',
    {},
    async (panel) => {
      await panel.tell(fullState({ messages: many(1, 2_000) }));
      await panel.tell({ type: 'find', order: 1_500, text: 'text' });
      await panel.page.locator('[role=article]:focus').waitFor();
      await panel.page.keyboard.press('Home');
      await panel.frames();
      assert.equal((await inView(panel))[0]?.text, 'text 1.');
      await log(panel).and(panel.page.locator(':focus')).waitFor();
      const before = await scrollTop(panel);
      await panel.page.keyboard.press('PageDown');
      await panel.page.waitForFunction(([view, top]) => view instanceof Element && view.scrollTop > top, [
        await log(panel).elementHandle(),
        before,
      ] as const);
      // Chromium loses one key's scrolling where another's is not over, or the key is up again at once.
      await stillness(panel);
      await panel.page.keyboard.press('End');
      await stillness(panel);
      assert.equal((await inView(panel)).at(-1)?.text, 'text 2000.');
      await panel.page.keyboard.press('PageUp', { delay: 100 });
      await jump(panel).waitFor();
    },
  );

  inPage(
    'has no place set anew while lines come in that are lower than they were taken to be: it would end a scrolling',
    // More lines around it than come in within the frames until the first look.
    { height: 1_600 },
    async (panel) => {
      await panel.page.evaluate(() => {
        const own = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop');
        Object.defineProperty(Element.prototype, 'scrollTop', {
          get(this: Element) {
            return Number(own?.get?.call(this));
          },
          set(this: Element, top: number) {
            this.setAttribute('data-set', String(Number(this.getAttribute('data-set') ?? 0) + 1));
            own?.set?.call(this, top);
          },
        });
      });
      const low = Array.from({ length: 300 }, (_, index) => message(index + 1, NOW - MINUTE, 'low'));
      const high = Array.from({ length: 4 }, (_, index) => message(index + 301, NOW, 'high\n'.repeat(6)));
      // In the page: between two looks from outside all of them may have come.
      const found = await panel.page.locator('p2p-chat').evaluate(
        async (chat, state) => {
          const conversation = (): ParentNode | null | undefined =>
            chat.shadowRoot?.querySelector('chat-conversation')?.shadowRoot;
          const frames = async (count: number): Promise<void> => {
            for (let frame = 0; frame < count; frame++) await new Promise(requestAnimationFrame);
          };
          const look = () => ({
            lines: conversation()?.querySelectorAll('[role=article]').length ?? 0,
            set: conversation()?.querySelector('[role=log]')?.getAttribute('data-set'),
          });
          window.postMessage(state, '*');
          while (look().lines === 0) await frames(1);
          await frames(2);
          const before = look();
          await frames(60);
          return { before, after: look() };
        },
        fullState({ messages: [...low, ...high] }),
      );
      assert.ok(found.after.lines > found.before.lines, 'lines came in');
      assert.equal(found.after.set, found.before.set);
    },
  );

  inPage('keeps what is selected over some screens', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 2_000) }));
    await scroll(panel, { by: -30_000 });
    const first = (await inView(panel)).at(-1)?.text ?? '';
    await panel.frames();
    await article(panel, first)
      .locator('.text')
      .evaluate((element) => {
        getSelection()?.selectAllChildren(element);
      });
    for (let step = 0; step < 8; step++) await scroll(panel, { by: -250 });
    assert.equal(await article(panel, first).count(), 1);
  });

  inPage('does not grow while it is followed', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 100) }));
    for (let from = 101; from < 800; from += 100) {
      await panel.tell({ type: 'messages', messages: many(from, from + 99) });
      assert.equal((await inView(panel)).at(-1)?.text, `text ${from + 99}.`);
      assert.ok((await nodes(panel)) <= MOST_NODES);
    }
    assert.equal(await jump(panel).count(), 0);
  });
});

async function scrollTop(panel: PanelPage): Promise<number> {
  return log(panel).evaluate((view) => view.scrollTop);
}
