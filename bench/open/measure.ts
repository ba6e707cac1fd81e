/** How long a chat takes to be there, as a multiple of an empty panel, and what it takes to scroll and to type there. */
import { setTimeout as pause } from 'node:timers/promises';
import { within } from '../../scripts/lib/wait.ts';
import { TestDiscovery } from '../../test/harness/discovery.ts';
import type { Workbench } from '../../test/harness/workbench.ts';
import { median } from '../lib/figures.ts';
import { measureScrolling, measureTyping } from './at-work.ts';
import { watchFor } from './shown.ts';
import { type Carol, keys, LAST, startSam, talk } from './stage.ts';

/** Milliseconds from the key that opens a panel. */
interface Opening {
  /** To the first frame that shows what there is to see. */
  readonly shown: number;
  /** To the first in which one can write. */
  readonly usable: number;
}

export interface Figures {
  readonly chat: Opening;
  readonly empty: Opening;
  readonly scrolling: Awaited<ReturnType<typeof measureScrolling>>;
  /** Milliseconds by which a key was late at most while a hundred messages came each second. */
  readonly typing: number;
}

/** What each panel says. */
const texts = { chat: LAST, empty: 'An empty panel.' } as const;
type Panel = keyof typeof texts;

const RUNS = 11;
/** What a panel leaves behind is done by then. */
const REST_MS = 300;
/** Between two of many messages. */
const PAUSE_MS = 10;

/** Medians of openings in turns, after one of each that does not count. @param each told of every one that counts */
export async function measureOpening(
  folder: string,
  each: (panel: Panel, opening: Opening) => void,
): Promise<Figures> {
  const discovery = await TestDiscovery.start();
  const sam = await startSam(folder, discovery);
  let carol: Carol | undefined;
  try {
    const window = await sam.openWindow();
    await window.statusItem(/Sam/).waitFor();
    carol = await talk(window, folder, discovery);
    await close(window);
    // The key opens the chat with whoever is chosen in the list.
    await (await window.openChat('Carol')).message(LAST).waitFor();
    await close(window);
    const openings: Record<Panel, Opening[]> = { chat: [], empty: [] };
    for (let run = 0; run <= RUNS; run += 1) {
      for (const panel of ['empty', 'chat'] as const) {
        const opening = await open(window, panel);
        await close(window);
        if (run === 0) continue;
        openings[panel].push(opening);
        each(panel, opening);
      }
    }
    await open(window, 'chat');
    const typing = await whileManyCome(carol, () => measureTyping(window.page));
    const scrolling = await measureScrolling(window.page);
    return { chat: medians(openings.chat), empty: medians(openings.empty), scrolling, typing };
  } finally {
    await carol?.stop();
    await sam.dispose();
    await discovery.dispose();
  }
}

async function open({ page }: Workbench, panel: Panel): Promise<Opening> {
  await page.evaluate(watchFor(texts[panel]));
  await page.keyboard.press(keys[panel]);
  return within(`the panel "${panel}" opens`, 20_000, page.evaluate<Opening>('globalThis.opened'));
}

async function close({ page }: Workbench): Promise<void> {
  await pause(REST_MS);
  await page.keyboard.press(keys.close);
  await page.locator('iframe.webview').first().waitFor({ state: 'detached' });
  await pause(REST_MS);
}

async function whileManyCome<T>({ write }: Carol, body: () => Promise<T>): Promise<T> {
  const written: Promise<void>[] = [];
  const timer = setInterval(() => {
    written.push(write('One of **many**, see `main.ts`.'));
  }, PAUSE_MS);
  try {
    return await body();
  } finally {
    clearInterval(timer);
    await Promise.all(written);
  }
}

function medians(openings: readonly Opening[]): Opening {
  return {
    shown: median(openings.map(({ shown }) => shown)),
    usable: median(openings.map(({ usable }) => usable)),
  };
}
