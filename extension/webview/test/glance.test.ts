import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import { glanceOf } from '../../src/vscode/glance.ts';
import { NOW, type PanelPage } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { fullState, message, mine } from './harness/samples.ts';

const inPage = chatPages();

const state = fullState({
  messages: [
    ...Array.from({ length: 40 }, (_, index) => message(index + 1, NOW, `text ${index + 1}.`)),
    mine(41, NOW, 'An answer.', { state: 'read' }),
    message(42, NOW, 'The last of all.'),
    message(43, NOW, '🎉 👍'),
  ],
  readUpTo: 43,
});
const inGlance = ({ page }: PanelPage): Locator => page.locator('.glance');

/** Where a text is in the window. */
async function placeOf(line: Locator): Promise<{ x: number; y: number }> {
  const { x, y } = (await line.boundingBox()) ?? assert.fail('it is not to be seen');
  return { x, y };
}

describe('the first glance', () => {
  inPage(
    'is there until the page is told everything, and gone then',
    { glance: glanceOf(state) },
    async (panel) => {
      const last = inGlance(panel).getByText('The last of all.');
      await last.waitFor();
      const before = await placeOf(last);
      await panel.tell(state);
      const line = panel.page.getByRole('article').getByText('The last of all.');
      const after = await placeOf(line);
      assert.equal(await inGlance(panel).count(), 0);
      // What was read at first glance stays where it was.
      assert.ok(Math.abs(before.x - after.x) <= 2, `${before.x} and ${after.x}`);
      assert.ok(Math.abs(before.y - after.y) <= 4, `${before.y} and ${after.y}`);
    },
  );
});
