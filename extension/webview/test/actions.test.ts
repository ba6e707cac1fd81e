import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import { violations } from './harness/axe.ts';
import { NOW, ofType, THEMES, type PanelPage } from './harness/browser.ts';
import { many } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { contact, draft, fullState, message, messageId, mine } from './harness/samples.ts';

const inPage = chatPages();

const box = ({ page }: PanelPage): Locator => page.getByRole('textbox', { name: 'Message Carol' });
const article = ({ page }: PanelPage, text: string): Locator =>
  page.getByRole('article').filter({ hasText: text });
const bar = ({ page }: PanelPage): Locator => page.getByRole('toolbar', { name: 'Actions for this message' });

const reply = { id: messageId(1), mine: false, order: 1, text: 'shall we ship?' };
const talk = [
  message(1, NOW, 'shall we ship?', { reactions: [{ emoji: '👍', mine: true, theirs: false }] }),
  mine(2, NOW, 'yes', { replyTo: reply, edited: true }),
  message(3, NOW, null, { deleted: true }),
  mine(4, NOW, 'docs first'),
];
const talking = fullState({ messages: talk, people: ['Carol', 'Caroline', 'Dave'] });

describe('what became of a message', () => {
  inPage(
    'is told as text: what it replies to, that it was edited or deleted, and reactions',
    {},
    async (panel) => {
      await panel.tell(talking);
      await article(panel, 'yes').getByText('edited').waitFor();
      await article(panel, 'yes')
        .getByRole('button', { name: 'In reply to Carol: shall we ship?' })
        .waitFor();
      await article(panel, 'This message was deleted.').waitFor();
      await article(panel, 'ship?')
        .getByRole('button', { name: '👍 by you. Press to take it away.' })
        .waitFor();
    },
  );

  inPage('is quoted in one line, without the signs of its formatting', {}, async (panel) => {
    const text = 'see **this**:\n```ts\nexport const a = 1;\n```';
    await panel.tell(
      fullState({
        messages: [message(1, NOW, text), mine(2, NOW, 'yes', { replyTo: { ...reply, text } })],
        draft: draft('so', { message: messageId(1), by: 'recipient' }),
      }),
    );
    const quote = 'see this: export const a = 1;';
    await article(panel, 'yes')
      .getByRole('button', { name: `In reply to Carol: ${quote}`, exact: true })
      .waitFor();
    await panel.page.getByText(quote, { exact: true }).waitFor();
  });

  for (const theme of THEMES) {
    inPage(`has no violations of accessibility rules in ${theme}`, { theme, width: 420 }, async (panel) => {
      await panel.tell({ ...talking, draft: draft('so', { message: messageId(1), by: 'recipient' }) });
      for (const text of ['ship?', 'yes', 'docs first']) {
        await article(panel, text).first().hover();
        await bar(panel).waitFor();
        assert.deepEqual(await violations(panel.page), [], text);
      }
      await bar(panel).getByRole('button', { name: 'More Reactions…' }).click();
      await panel.page.getByRole('option', { name: 'grinning', exact: true }).waitFor();
      assert.deepEqual(await violations(panel.page), []);
    });
  }
});

describe('with the pointer', () => {
  inPage('a reply is begun, shown at the box, and sent as one', {}, async (panel) => {
    await panel.tell(talking);
    await article(panel, 'shall we').first().hover();
    await bar(panel).getByRole('button', { name: 'Reply' }).click();
    await panel.page.getByText('Replying to Carol').waitFor();
    await panel.page.keyboard.type('yes!');
    await panel.page.keyboard.press('Enter');
    const about = { kind: 'reply', message: messageId(1), by: 'recipient' };
    assert.partialDeepStrictEqual(ofType(panel, 'send').at(-1), { text: 'yes!', about });
    await panel.page.getByText('Replying to Carol').waitFor({ state: 'detached' });
  });

  inPage('a reply leads to what it replies to', {}, async (panel) => {
    await panel.tell(talking);
    await panel.page.getByRole('button', { name: 'In reply to Carol' }).click();
    await panel.page.locator('[role=article]:focus').getByText('shall we ship?').waitFor();
  });

  inPage('one reacts, and takes the same away', {}, async (panel) => {
    await panel.tell(talking);
    await article(panel, 'shall we').first().hover();
    await bar(panel).getByRole('button', { name: 'React with 👀' }).click();
    await panel.page.getByRole('button', { name: '👍 by you' }).click();
    const on = { kind: 'reaction', message: messageId(1), by: 'recipient' };
    assert.deepEqual(
      ofType(panel, 'change').map(({ change }) => change),
      [
        { ...on, emoji: '👀', on: true },
        { ...on, emoji: '👍', on: false },
      ],
    );
  });

  inPage('one takes a reaction back by the same button, without moving the pointer', {}, async (panel) => {
    await panel.tell(talking);
    await article(panel, 'docs first').hover();
    const eyes = bar(panel).getByRole('button', { name: 'React with 👀' });
    await eyes.click();
    const reactions = [{ emoji: '👀', mine: true, theirs: false }];
    await panel.tell({ type: 'messages', messages: [mine(4, NOW, 'docs first', { reactions })] });
    await eyes.and(panel.page.locator('[aria-pressed=true]')).waitFor();
    await eyes.click();
    assert.deepEqual(
      ofType(panel, 'change').map(({ change }) => change.kind === 'reaction' && change.on),
      [true, false],
    );
  });

  inPage('nothing can be done with a message that was deleted under the pointer', {}, async (panel) => {
    await panel.tell(talking);
    await article(panel, 'shall we').first().hover();
    await bar(panel).getByRole('button', { name: 'More Reactions…' }).click();
    await panel.page.getByRole('option', { name: 'grinning', exact: true }).waitFor();
    await panel.tell({ type: 'messages', messages: [message(1, NOW, null, { deleted: true })] });
    await bar(panel).waitFor({ state: 'hidden' });
    await article(panel, 'docs first').hover();
    await bar(panel).waitFor();
  });

  inPage('nobody is accepted by a reaction: there is none before', {}, async (panel) => {
    await panel.tell({ ...talking, contact: contact({ standing: 'request' }) });
    await article(panel, 'docs first').hover();
    await article(panel, 'ship?').getByRole('button', { name: '👍 by you' }).click();
    await bar(panel).waitFor({ state: 'hidden' });
    assert.deepEqual(ofType(panel, 'change'), []);
    await panel.tell({ type: 'contact', contact: contact() });
    await article(panel, 'docs first').hover();
    await bar(panel).waitFor();
  });

  inPage('one reacts with any other emoji, found by its name', {}, async (panel) => {
    await panel.tell(talking);
    await article(panel, 'shall we').first().hover();
    const more = bar(panel).getByRole('button', { name: 'More Reactions…' });
    await more.click();
    const filter = panel.page.getByRole('combobox', { name: 'Filter emoji by name' });
    await panel.page.getByRole('option', { name: 'grinning', exact: true }).waitFor();
    // The pointer may leave the message on its way there.
    await article(panel, 'docs first').hover();
    await filter.pressSequentially('rocket');
    await panel.page.getByRole('option', { name: 'rocket', exact: true }).click();
    assert.deepEqual(
      ofType(panel, 'change').map(({ change }) => change),
      [{ kind: 'reaction', message: messageId(1), by: 'recipient', emoji: '🚀', on: true }],
    );
    await filter.waitFor({ state: 'detached' });
    await panel.page.locator('[role=article]:focus').getByText('shall we ship?').waitFor();
  });

  inPage(
    'what others wrote is neither edited nor deleted, and what was deleted has no actions',
    {},
    async (panel) => {
      await panel.tell(talking);
      await article(panel, 'shall we').first().hover();
      assert.equal(await bar(panel).getByRole('button', { name: 'Delete' }).count(), 0);
      await article(panel, 'This message was deleted.').hover();
      await bar(panel).waitFor({ state: 'hidden' });
    },
  );
});

describe('an edit that leaves nothing', () => {
  inPage('asks to delete the message, and is over once it is deleted', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState({ messages: talk, draft: draft('half a thought') }));
    await article(panel, 'docs first').hover();
    await bar(panel).getByRole('button', { name: 'Edit' }).click();
    // What Enter means is said as well, and how to have the message as it was.
    await page.getByText('Enter to save, Escape to cancel').waitFor();
    await box(panel).fill(' ');
    await page.getByRole('button', { name: 'Send', disabled: false }).click();
    const change = { kind: 'delete', message: messageId(4) };
    assert.deepEqual(ofType(panel, 'change'), [{ type: 'change', change }]);
    // Whoever says no goes on with the edit.
    await page.getByText('Editing', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    assert.equal(ofType(panel, 'change').length, 2);
    await panel.tell({ type: 'messages', messages: [message(4, NOW, null, { mine: true, deleted: true })] });
    await page.getByText('Editing', { exact: true }).waitFor({ state: 'detached' });
    await page.getByText('Enter to send, Shift+Enter for a new line').waitFor();
    assert.equal(await box(panel).inputValue(), 'half a thought');
    assert.deepEqual(ofType(panel, 'draft').at(-1)?.draft, draft('half a thought'));
    assert.deepEqual(ofType(panel, 'send'), []);
  });
});

describe('a page that is made anew', () => {
  inPage('has the edit that was under way, and what it interrupted after it', {}, async (panel) => {
    await panel.tell(fullState({ messages: talk, draft: draft('half a thought') }));
    await box(panel).fill('');
    await panel.page.keyboard.press('ArrowUp');
    await box(panel).fill('docs last');
    await panel.frames();
    const kept = ofType(panel, 'draft').at(-1)?.draft;
    assert.deepEqual(kept?.edit, { message: messageId(4), text: 'docs last' });
    await panel.page.reload();
    await panel.tell(fullState({ messages: talk, draft: { ...kept, text: 'half a thought' } }));
    await panel.page.getByText('Editing', { exact: true }).waitFor();
    assert.equal(await box(panel).inputValue(), 'docs last');
    await box(panel).press('Enter');
    assert.partialDeepStrictEqual(ofType(panel, 'send').at(-1), {
      text: 'docs last',
      about: { kind: 'edit', message: messageId(4) },
    });
    await panel.page.getByText('Editing', { exact: true }).waitFor({ state: 'detached' });
    assert.equal(await box(panel).inputValue(), 'half a thought');
  });

  inPage('has the reply that was begun', {}, async (panel) => {
    await panel.tell(talking);
    await article(panel, 'shall we').first().hover();
    await bar(panel).getByRole('button', { name: 'Reply' }).click();
    const kept = ofType(panel, 'draft').at(-1)?.draft;
    assert.ok(kept);
    await panel.page.reload();
    await panel.tell({ ...talking, draft: kept });
    await panel.page.getByText('Replying to Carol').waitFor();
  });
});

describe('with the keyboard alone', () => {
  inPage(
    'one goes past all that messages hold, to the box and back, and nothing moves',
    {},
    async (panel) => {
      const { page } = panel;
      const holds = ['https://a.example', '```\ncode\n```', '```\n' + 'wide '.repeat(100) + '\n```'];
      const last = holds.map((text, index) => message(index + 61, NOW, text));
      await panel.tell(
        fullState({ messages: [...many(1, 60), ...last, message(64, NOW, 'last')], readUpTo: 64 }),
      );
      const place = (): Promise<number> => page.getByRole('log').evaluate(({ scrollTop }) => scrollTop);
      const before = await place();
      await page.getByRole('textbox').focus();
      await page.keyboard.press('Shift+Tab');
      await page.locator('[role=log]:focus').waitFor();
      // No hand is as quick as to press the next key before the first one has done all.
      await panel.frames();
      await page.keyboard.press('ArrowUp');
      await page.locator('[role=article]:focus').getByText('last').waitFor();
      await page.getByRole('log').focus();
      await page.keyboard.press('Tab');
      await page.locator('textarea:focus').waitFor();
      assert.equal(await place(), before);
    },
  );

  inPage(
    'one goes from a message to what it holds, and on from wide code, which has the focus to be scrolled',
    {},
    async (panel) => {
      const { page } = panel;
      const code = `https://a.example\n\`\`\`\n${'wide '.repeat(100)}\n\`\`\``;
      await panel.tell(fullState({ messages: [message(1, NOW, 'before'), message(2, NOW, code)] }));
      await page.getByRole('log').focus();
      await page.keyboard.press('ArrowUp');
      for (const stop of ['a', '[aria-label="Copy Code"]', '[aria-label="Open Code in Editor"]', 'pre']) {
        await page.keyboard.press('Tab');
        await page.locator(`${stop}:focus`).waitFor();
      }
      await page.keyboard.press('ArrowUp');
      await page.locator('[role=article]:focus').getByText('before').waitFor();
    },
  );

  inPage('one goes from message to message, to what can be done with one, and back', {}, async (panel) => {
    await panel.tell(talking);
    const { keyboard } = panel.page;
    await panel.page.getByRole('log').focus();
    await keyboard.press('ArrowUp');
    await panel.page.locator('[role=article]:focus').getByText('docs first').waitFor();
    await keyboard.press('ArrowUp');
    await keyboard.press('ArrowUp');
    await panel.page.locator('[role=article]:focus').getByText('yes').waitFor();
    await keyboard.press('Enter');
    assert.equal(await bar(panel).getByRole('button', { name: 'React with 👍' }).evaluate(isFocused), true);
    await keyboard.press('ArrowLeft');
    assert.equal(await bar(panel).getByRole('button', { name: 'Delete' }).evaluate(isFocused), true);
    await keyboard.press('Enter');
    assert.deepEqual(
      ofType(panel, 'change').map(({ change }) => change),
      [{ kind: 'delete', message: messageId(2) }],
    );
    await panel.page.locator('[role=article]:focus').getByText('yes').waitFor();
  });

  inPage('one chooses another emoji, or none', {}, async (panel) => {
    await panel.tell(talking);
    const { keyboard } = panel.page;
    await panel.page.getByRole('log').focus();
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    const more = bar(panel).getByRole('button', { name: 'More Reactions…' });
    for (let step = 0; step < 6; step++) await keyboard.press('ArrowRight');
    assert.equal(await more.evaluate(isFocused), true);
    await keyboard.press('Enter');
    const chosen = panel.page.getByRole('option', { selected: true });
    await panel.page.getByRole('option', { name: 'grinning', exact: true, selected: true }).waitFor();
    await keyboard.type('no such thing');
    await panel.page.getByRole('status').getByText('No emoji is called so.').waitFor();
    await keyboard.press('Escape');
    await more.and(panel.page.locator(':focus')).waitFor();
    await keyboard.press('Enter');
    await chosen.waitFor();
    await keyboard.type('heart eyes');
    await panel.page.getByRole('option', { name: 'heart_eyes', exact: true, selected: true }).waitFor();
    await keyboard.press('ArrowRight');
    assert.equal(await chosen.getAttribute('aria-label'), 'heart_eyes_cat');
    await keyboard.press('Enter');
    assert.partialDeepStrictEqual(ofType(panel, 'change').at(-1), { change: { emoji: '😻', on: true } });
    await panel.page.locator('[role=article]:focus').getByText('docs first').waitFor();
  });

  inPage(
    'the up key in the empty box edits the last message, and Escape leaves it as it is',
    {},
    async (panel) => {
      await panel.tell(talking);
      await box(panel).focus();
      await panel.page.keyboard.press('ArrowUp');
      await panel.page.getByText('Editing').waitFor();
      assert.equal(await box(panel).inputValue(), 'docs first');
      await panel.page.keyboard.press('Escape');
      assert.equal(await box(panel).inputValue(), '');
      await panel.page.keyboard.press('ArrowUp');
      await box(panel).fill('docs last');
      await panel.page.keyboard.press('Enter');
      const about = { kind: 'edit', message: messageId(4) };
      assert.partialDeepStrictEqual(ofType(panel, 'send').at(-1), { text: 'docs last', about });
    },
  );

  inPage('a name is completed after an @, and Enter sends what is complete', {}, async (panel) => {
    await panel.tell(talking);
    await box(panel).focus();
    await panel.page.keyboard.type('ask @ca');
    await panel.page.getByRole('option', { name: 'Caroline' }).waitFor();
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('Enter');
    assert.equal(await box(panel).inputValue(), 'ask @Caroline ');
    assert.deepEqual(ofType(panel, 'send'), []);
    await box(panel).fill('');
    await panel.page.keyboard.type('@dave');
    await panel.page.getByRole('listbox').waitFor({ state: 'detached' });
    await panel.page.keyboard.press('Enter');
    assert.equal(ofType(panel, 'send').at(-1)?.text, '@dave');
  });
});

describe('somebody who is writing', () => {
  inPage('is named in place of the presence until their message is there', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact() }));
    await panel.tell({ type: 'typing' });
    await panel.page.getByText('Carol is writing…').waitFor();
    await panel.tell({ type: 'messages', messages: [message(1, NOW, 'hello')] });
    await panel.page.getByText('Carol is writing…').waitFor({ state: 'detached' });
  });
});

function isFocused(element: Element): boolean {
  const root = element.getRootNode();
  return root instanceof ShadowRoot && root.activeElement === element;
}
