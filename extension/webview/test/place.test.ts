import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { eventually } from '../../../scripts/lib/wait.ts';
import { NOW, ofType, type PanelPage } from './harness/browser.ts';
import { article, box, inView, jump, log, many, scroll } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { draft, fullState, message, mine } from './harness/samples.ts';

const inPage = chatPages();

/** How far the log is scrolled, and how far it can be. */
async function place(panel: PanelPage): Promise<{ top: number; left: number }> {
  return log(panel).evaluate((view) => ({
    top: view.scrollTop,
    left: view.scrollHeight - view.clientHeight - view.scrollTop,
  }));
}

describe('the place in the conversation', () => {
  inPage('is the end when it opens, and stays the end', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60) }));
    assert.equal((await place(panel)).left, 0);
    await panel.tell({ type: 'messages', messages: many(61, 63) });
    assert.equal((await place(panel)).left, 0);
    await box(panel).fill('a\nb\nc\nd\ne\nf');
    await panel.frames();
    assert.equal((await place(panel)).left, 0);
    await panel.page.setViewportSize({ width: 300, height: 300 });
    await panel.frames();
    assert.equal((await place(panel)).left, 0);
    assert.equal(await jump(panel).count(), 0);
  });

  inPage(
    'is the end still when a view of another size was moved before anybody could see it',
    {},
    async (panel) => {
      await panel.tell(fullState({ messages: many(1, 60) }));
      await log(panel).evaluate((view) => {
        view.style.maxWidth = '200px';
        view.scrollTop -= 100;
        view.dispatchEvent(new Event('scroll'));
      });
      await panel.frames();
      assert.equal((await place(panel)).left, 0);
    },
  );

  inPage('is the first message that was not read, when the page opens', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60), readUpTo: 20 }));
    const line = log(panel).getByRole('separator', { name: 'New messages' });
    const top = await log(panel).evaluate((view) => view.getBoundingClientRect().top);
    const shown = await line.evaluate((element) => element.getBoundingClientRect().top);
    assert.ok(Math.abs(shown - top) <= 1, `the line is ${shown - top} px below the top`);
    assert.deepEqual(ofType(panel, 'read'), []);
    await panel.page.getByRole('button', { name: '40 new messages' }).click();
    await panel.frames();
    assert.equal((await place(panel)).left, 0);
    assert.deepEqual(ofType(panel, 'read'), [{ type: 'read', upTo: 60 }]);
  });

  inPage('is the end when all that is new fits below the line', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60), readUpTo: 58 }));
    assert.equal((await place(panel)).left, 0);
    assert.deepEqual(ofType(panel, 'read'), [{ type: 'read', upTo: 60 }]);
  });

  inPage('tells how many messages came below it', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60), readUpTo: 60 }));
    await scroll(panel, { to: 700 });
    await jump(panel).waitFor();
    await panel.tell({ type: 'messages', messages: [message(61, NOW, 'one')] });
    await panel.page.getByRole('button', { name: 'Jump to latest: 1 new message', exact: true }).waitFor();
  });

  inPage('is kept for someone who reads further up', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60) }));
    await scroll(panel, { to: 700 });
    const seen = await inView(panel);
    await panel.tell({ type: 'messages', messages: many(61, 62) });
    assert.deepEqual(await inView(panel), seen);
    await jump(panel).click();
    await panel.frames();
    assert.equal((await place(panel)).left, 0);
    assert.equal(await jump(panel).count(), 0);
  });

  inPage('is the end again after an own message', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60) }));
    await scroll(panel, { to: 700 });
    await panel.tell({ type: 'messages', messages: [mine(61, NOW, 'mine', { state: 'sending' })] });
    assert.equal((await place(panel)).left, 0);
  });

  inPage('does not move when older messages come above it', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(101, 160), hasOlder: true }));
    assert.deepEqual(ofType(panel, 'load-older'), []);
    await scroll(panel, { to: 0 });
    assert.deepEqual(ofType(panel, 'load-older'), [{ type: 'load-older', before: 101 }]);
    const top = (): Promise<number> =>
      article(panel, 'text 101.').evaluate((element) => Math.round(element.getBoundingClientRect().top));
    const beforehand = await top();
    await panel.tell({ type: 'older', messages: many(51, 100), hasOlder: true });
    // What follows is one group with what came above: only its name line may go.
    assert(Math.abs((await top()) - beforehand) <= 30, `${beforehand} → ${await top()}`);
    assert((await place(panel)).top > 400);
    assert.equal(ofType(panel, 'load-older').length, 1);
  });

  inPage('asks for older messages where the first ones do not fill the view', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(8, 9), hasOlder: true }));
    await panel.frames();
    await panel.tell({ type: 'older', messages: many(6, 7), hasOlder: false });
    await panel.frames();
    assert.deepEqual(ofType(panel, 'load-older'), [{ type: 'load-older', before: 8 }]);
  });
});

describe('the place that was left', () => {
  const places = (panel: PanelPage): (number | null)[] => ofType(panel, 'place').map(({ order }) => order);

  inPage('is told to the host: the message there, and nothing at the end', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60) }));
    await scroll(panel, { to: 900 });
    await eventually('the host knows the place', () => places(panel).length === 1);
    const [order] = places(panel);
    const line = (await inView(panel)).find(({ text }) => text === `text ${order}.`);
    assert.ok(line !== undefined && line.top > 0, `message ${order}`);
    await log(panel).press('End');
    await eventually('the host knows of the end', () => places(panel).at(-1) === null);
  });

  inPage(
    'is in view again with the next page, whose box has the focus, and does not wander',
    {},
    async (panel) => {
      await Promise.all([
        panel.tell(fullState({ messages: many(1, 60), draft: draft('half') })),
        panel.tell({ type: 'place', order: 20 }),
      ]);
      await panel.frames();
      const at = async (): Promise<number | undefined> =>
        (await inView(panel)).find(({ text }) => text === 'text 20.')?.top;
      const top = await at();
      assert.ok(top !== undefined && top > 50, `${top}`);
      assert.ok(await box(panel).evaluate((element) => element.matches(':focus')));
      await eventually('the host knows the place', () => places(panel).length > 0);
      assert.deepEqual(places(panel), [20]);
      assert.equal(await at(), top);
    },
  );

  inPage('is not missed where it is no more', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60) }));
    await panel.tell({ type: 'place', order: 99 });
    assert.equal((await place(panel)).left, 0);
    assert.equal(await panel.page.getByRole('status').count(), 0);
  });
});
