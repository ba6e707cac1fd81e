import { NOW, type PanelPage } from './browser.ts';
import { scroll } from './conversation.ts';
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

/** A page with a conversation of so many messages, all of them loaded, some way above its end. */
export async function loadLong(panel: PanelPage, count: number): Promise<void> {
  const newest = Array.from({ length: 50 }, (_, index) => message(count - 49 + index, NOW, 'new'));
  await panel.tell(fullState({ messages: newest, hasOlder: true }));
  await scroll(panel, { by: -500 });
  const sample = message(1, NOW - (count + 1) * MINUTE, '');
  await panel.page.evaluate(
    async ({ texts, sample, last, minute }) => {
      const piece = 5_000;
      for (let to = last; to > 0; to -= piece) {
        const from = Math.max(1, to - piece + 1);
        const messages = Array.from({ length: to - from + 1 }, (_, index) => {
          const order = from + index;
          const at = sample.storedAt + order * minute;
          const id = sample.id.slice(0, -12) + order.toString(16).padStart(12, '0');
          const isMine = order % 5 < 2;
          const state = isMine ? 'delivered' : 'received';
          const text = texts[(order * 31) % texts.length];
          return { ...sample, id, order, mine: isMine, state, text, writtenAt: at, storedAt: at };
        });
        window.postMessage({ type: 'older', messages, hasOlder: from > 1 }, '*');
        await new Promise(requestAnimationFrame);
      }
    },
    { texts: TEXTS, sample, last: count - 50, minute: MINUTE },
  );
  await panel.frames();
}
