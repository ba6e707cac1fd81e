import type { Locator } from 'playwright-core';
import { NOW, type PanelPage } from './browser.ts';
import { MINUTE, message } from './samples.ts';

/** What a person finds in the page, by its role and name. */
export const log = ({ page }: PanelPage): Locator =>
  page.getByRole('log', { name: 'Conversation with Carol' });
export const box = ({ page }: PanelPage): Locator => page.getByRole('textbox', { name: 'Message Carol' });
export const jump = ({ page }: PanelPage): Locator => page.getByRole('button', { name: 'Jump to latest' });
export const article = (panel: PanelPage, text: string): Locator =>
  log(panel).getByRole('article').filter({ hasText: text });

/**
 * Scrolls as a person does, to this place or by so much, and waits until the page has heard of it: a browser that has much
 * else to do says so some frames later.
 */
export async function scroll(
  panel: PanelPage,
  how: { readonly to: number } | { readonly by: number },
): Promise<void> {
  await log(panel).evaluate(async (view, wanted) => {
    const before = view.scrollTop;
    const heard = new Promise((resolve) => {
      view.addEventListener('scroll', resolve, { once: true });
    });
    const top = 'to' in wanted ? wanted.to : before + wanted.by;
    view.scrollTo({ top, behavior: 'instant' });
    if (view.scrollTop !== before) await heard;
  }, how);
  await panel.frames();
}

/** Carol's messages of these orders, one a minute. */
export const many = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) =>
    message(first + index, NOW - (last - first - index) * MINUTE, `text ${first + index}.`),
  );

/** The messages in view, from the top: their number in the text, and how far below the top of the view each is. */
export async function inView(panel: PanelPage): Promise<{ readonly text: string; readonly top: number }[]> {
  return log(panel).evaluate((view) => {
    const { top, bottom } = view.getBoundingClientRect();
    return [...view.querySelectorAll('[role=article]')]
      .map((line) => ({ line, rect: line.getBoundingClientRect() }))
      .filter(({ rect }) => rect.bottom > top && rect.top < bottom)
      .map(({ line, rect }) => ({
        text: /text \d+\./.exec(line.querySelector('.text')?.textContent ?? '')?.[0] ?? '',
        top: rect.top - top,
      }));
  });
}

/** Nothing has scrolled, and no line has come in, for ten frames. */
export async function stillness(panel: PanelPage): Promise<void> {
  await log(panel).evaluate(async (view) => {
    let [last, still] = ['', 0];
    while (still < 10) {
      await new Promise(requestAnimationFrame);
      const now = `${view.scrollTop} ${view.querySelectorAll('[role=article]').length}`;
      still = now === last ? still + 1 : 0;
      last = now;
    }
  });
}
