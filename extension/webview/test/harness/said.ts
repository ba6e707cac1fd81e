import type { Locator } from 'playwright-core';
import { NOW, type PanelPage } from './browser.ts';
import { fullState, message } from './samples.ts';

/** What the messages in the page say. */
export const text = ({ page }: PanelPage): Locator => page.locator('.text');

/** Carol says these. */
export async function say(panel: PanelPage, ...texts: readonly string[]): Promise<void> {
  await panel.tell(fullState({ messages: texts.map((each, index) => message(index + 1, NOW, each)) }));
}

/** What a message looks like as a person reads it, with the addresses of its links. */
export async function read(
  panel: PanelPage,
  said: string,
): Promise<{ text: string; links: (string | null)[] }> {
  await say(panel, said);
  const links = text(panel).locator('a');
  return {
    text: await text(panel).innerText(),
    links: await links.evaluateAll((all) => all.map((link) => link.getAttribute('href'))),
  };
}
