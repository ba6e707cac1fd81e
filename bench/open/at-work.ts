/** What the main thread of a real VS Code does while a person scrolls and types in a chat. */
import type { Frame, Page } from 'playwright-core';
import * as z from 'zod';
import { mainThreadOf, quantile } from '../../extension/webview/test/harness/main-thread.ts';
import {
  newestOfLong,
  olderOfLong,
  scrollLog,
  WATCH_KEYS,
} from '../../extension/webview/test/harness/speed-scripts.ts';

const MESSAGES = 100_000;
/** With each frame: a screen in a sixth of a second, as quick as a wheel is spun; and in a twelfth, as in `bench:page`. */
export const speeds = { spun: 60, twice: 120 } as const;
const FRAMES = 90;
/** The quickest round counts: the caches of a processor are shared with whatever else the machine does. */
const ROUNDS = 3;

const SETTLED = `(async () => {
  for (let frames = 0; frames < 4; frames++) await new Promise(requestAnimationFrame);
})()`;

/** Milliseconds of the main thread for a frame. */
export interface Scrolling {
  readonly half: number;
  readonly most: number;
  readonly longest: number;
  /** How many lines were in the page at most. */
  readonly lines: number;
}

/** Scrolls the chat that is open, which gets a conversation of MESSAGES for it, with the pointer over it. */
export async function measureScrolling(page: Page): Promise<Record<keyof typeof speeds, Scrolling>> {
  const frame = await chatIn(page);
  await frame.evaluate(`window.postMessage(${JSON.stringify(newestOfLong(MESSAGES, Date.now()))}, '*')`);
  await frame.evaluate(SETTLED);
  await frame.evaluate(scrollLog(-500, 1));
  await frame.evaluate(olderOfLong(MESSAGES, Date.now()));
  await frame.getByRole('log').hover();
  // As often as not the first time is that of the compiler.
  await frame.evaluate(scrollLog(-speeds.twice, FRAMES));
  return {
    spun: await bestOf(page, frame, speeds.spun),
    twice: await bestOf(page, frame, speeds.twice),
  };
}

async function bestOf(page: Page, frame: Frame, pixels: number): Promise<Scrolling> {
  const rounds: Scrolling[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let lines = 0;
    const { frames } = await mainThreadOf(page, async () => {
      for (const by of [-pixels, pixels, -pixels]) {
        lines = Math.max(lines, z.int().parse(await frame.evaluate(scrollLog(by, FRAMES))));
      }
    });
    const [half, most] = [quantile(frames, 0.5), quantile(frames, 0.95)];
    rounds.push({ half, most, longest: Math.max(...frames), lines });
  }
  return rounds.reduce((best, round) => (round.most < best.most ? round : best));
}

/** Types into the chat that is open; returns by how many milliseconds a key was late at most. */
export async function measureTyping(page: Page): Promise<number> {
  const frame = await chatIn(page);
  await frame.evaluate(WATCH_KEYS);
  const box = frame.getByRole('textbox', { name: /^Message / });
  await box.click();
  await page.keyboard.type('what is typed meanwhile ', { delay: 80 });
  await frame.evaluate(SETTLED);
  return Math.max(0, ...z.array(z.number()).parse(await frame.evaluate('late')));
}

/** The frame of the one chat that is open. */
async function chatIn(page: Page): Promise<Frame> {
  for (const frame of page.frames()) {
    if ((await frame.locator('p2p-chat').count()) > 0) return frame;
  }
  throw new Error('no chat is open');
}
