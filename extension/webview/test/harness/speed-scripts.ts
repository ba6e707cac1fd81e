/**
 * What runs in a page whose speed is measured. It is text, as scripts that have no types of browsers take it too: those
 * which measure the page in a real VS Code.
 */
import type { HostMessage } from '../../../src/panel-api.ts';
import { fullState, message, MINUTE } from './samples.ts';

const TEXTS = [
  'Did the nightly build pass after the TLS change?',
  'Yes, all green. The flaky one was the clock test, it now takes a **fake clock**.',
  'ok',
  'Two small things, the rest is good to go:\n\n1. name the limit\n2. close the database in `stop()`',
  '```ts\nconst answer: number = 42;\nif (answer > 0) console.log(answer);\n```\nThat should do it.',
  'See https://git.example.com/p2p-chat/pull/128 for the whole of it, and the discussion under it.',
  'I think SQLite drops the lock with the process, but the file stays. '.repeat(4),
  'Merged to main.',
];

/** Of a long conversation, what a page begins with. */
const NEWEST = 50;

/** What a page begins with that gets a conversation of so many messages, one a minute until `now`. */
export function newestOfLong(count: number, now: number): HostMessage {
  const messages = Array.from({ length: NEWEST }, (_, index) =>
    message(count - NEWEST + 1 + index, now, 'new'),
  );
  return fullState({ messages, hasOlder: true });
}

/** The script that gives a page which has `newestOfLong` all the others. */
export function olderOfLong(count: number, now: number): string {
  const sample = message(1, now - (count + 1) * MINUTE, '');
  return `(async () => {
  const texts = ${JSON.stringify(TEXTS)};
  const sample = ${JSON.stringify(sample)};
  const piece = 5_000;
  for (let to = ${count - NEWEST}; to > 0; to -= piece) {
    const from = Math.max(1, to - piece + 1);
    const messages = Array.from({ length: to - from + 1 }, (_, index) => {
      const order = from + index;
      const at = sample.storedAt + order * ${MINUTE};
      const id = sample.id.slice(0, -12) + order.toString(16).padStart(12, '0');
      const mine = order % 5 < 2;
      const state = mine ? 'delivered' : 'received';
      const text = texts[(order * 31) % texts.length];
      return { ...sample, id, order, mine, state, text, writtenAt: at, storedAt: at };
    });
    window.postMessage({ type: 'older', messages, hasOlder: from > 1 }, '*');
    await new Promise(requestAnimationFrame);
  }
})()`;
}

/** The script that scrolls the conversation by so much with each frame, and gives how many lines the page had at most. */
export function scrollLog(pixels: number, frames: number): string {
  return `(async () => {
  const find = (root) => {
    const found = root.querySelector('[role=log]');
    if (found !== null) return found;
    for (const { shadowRoot } of root.querySelectorAll('*')) {
      const inside = shadowRoot && find(shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const view = find(document);
  let most = 0;
  for (let frame = 0; frame < ${frames}; frame++) {
    await new Promise(requestAnimationFrame);
    view.scrollBy({ top: ${pixels}, behavior: 'instant' });
    most = Math.max(most, view.querySelector('.list').childElementCount);
  }
  return most;
})()`;
}

/** The script after which `late` has by how much each key that was late came late, in milliseconds. */
export const WATCH_KEYS = `globalThis.late = [];
new PerformanceObserver((list) => {
  for (const { name, processingStart, startTime } of list.getEntries()) {
    if (name === 'keydown') late.push(processingStart - startTime);
  }
}).observe({ type: 'event', durationThreshold: 16 });`;
