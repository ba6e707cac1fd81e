import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import * as z from 'zod';
import { NOW, ofType, type PanelPage } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { fullState, message, MINUTE } from './harness/samples.ts';

const inPage = chatPages();

const focused = ({ page }: PanelPage): Locator => page.locator('[role=article]:focus');

const many = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) =>
    message(first + index, NOW - (last - first - index) * MINUTE, `text ${first + index}.`),
  );

/** What is marked in the page, in order. */
async function marked({ page }: PanelPage): Promise<string[]> {
  const found: unknown = await page.evaluate(() =>
    [...(CSS.highlights.get('found') ?? [])].map((range) => range instanceof Range && range.toString()),
  );
  return z.array(z.string()).parse(found);
}

describe('a message that was looked for', () => {
  inPage('is shown with what was said before it, marked, and has the focus', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60) }));
    await panel.tell({ type: 'find', order: 12, text: 'EXT 12' });
    await focused(panel).getByText('text 12.').waitFor();
    assert.deepEqual(await marked(panel), ['ext 12']);
    const [view, line] = await Promise.all([
      panel.page.getByRole('log').boundingBox(),
      focused(panel).boundingBox(),
    ]);
    assert.ok(view !== null && line !== null);
    assert.ok(line.y > view.y + 50 && line.y + line.height < view.y + view.height);
    await panel.frames();
    assert.equal(await panel.page.getByRole('button', { name: 'Jump to latest' }).count(), 1);
  });

  inPage('has the focus, not the box, in a panel that it has opened', {}, async (panel) => {
    await Promise.all([
      panel.tell(fullState({ messages: many(1, 60) })),
      panel.tell({ type: 'find', order: 12, text: 'text' }),
    ]);
    await panel.frames();
    assert.match(await focused(panel).innerText(), /text 12\./);
  });

  inPage('is marked across the colours of code, wherever it stands', {}, async (panel) => {
    const code = '```ts\nconst answer = 42;\n```\nand const answer';
    await panel.tell(fullState({ messages: [message(1, NOW, code)] }));
    await panel.page.locator('chat-code .keyword').waitFor();
    await panel.tell({ type: 'find', order: 1, text: 'const answer' });
    await focused(panel).waitFor();
    assert.deepEqual(await marked(panel), ['const answer', 'const answer']);
  });

  inPage('is found above what is loaded', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(201, 260), hasOlder: true }));
    await panel.tell({ type: 'find', order: 42, text: 'text' });
    assert.deepEqual(ofType(panel, 'load-older'), [{ type: 'load-older', before: 201 }]);
    await panel.tell({ type: 'older', messages: many(101, 200), hasOlder: true });
    assert.deepEqual(ofType(panel, 'load-older').at(-1), { type: 'load-older', before: 101 });
    await panel.tell({ type: 'older', messages: many(1, 100), hasOlder: false });
    await focused(panel).getByText('text 42.').waitFor();
  });

  inPage('and is not there is said to be so', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 3) }));
    await panel.tell({ type: 'find', order: 99, text: 'text' });
    await panel.page.getByRole('status').getByText('That message cannot be shown').waitFor();
    await panel.tell({ type: 'find', order: 2, text: 'text' });
    await focused(panel).waitFor();
    assert.equal(await panel.page.getByText('That message cannot be shown').count(), 0);
  });

  inPage('is not spoken of any longer once the person has gone on', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 3) }));
    await panel.tell({ type: 'find', order: 99, text: 'text' });
    const missed = panel.page.getByText('That message cannot be shown');
    await missed.waitFor();
    await panel.page.getByRole('textbox').fill('never mind');
    await panel.page.keyboard.press('Enter');
    await missed.waitFor({ state: 'detached' });
  });
});
