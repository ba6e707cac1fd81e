import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { emojiNamed, findEmoji } from '../src/emoji/emoji.ts';
import { emojiQuery } from '../src/model/emoji-query.ts';
import { violations } from './harness/axe.ts';
import { ofType, THEMES, type PanelPage } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { fullState } from './harness/samples.ts';

const inPage = chatPages();

const box = ({ page }: PanelPage): Locator => page.getByRole('textbox', { name: 'Message Carol' });
const list = ({ page }: PanelPage): Locator => page.getByRole('listbox', { name: 'Emoji' });
const chosen = ({ page }: PanelPage): Locator => page.getByRole('option', { selected: true });

async function type(panel: PanelPage, text: string): Promise<void> {
  await panel.tell(fullState());
  await box(panel).pressSequentially(text);
}

describe('the name of an emoji', () => {
  const queried = (text: string): string | null => emojiQuery(text, text.length)?.name ?? null;

  it('begins with a colon and two letters', () => {
    assert.equal(queried('well done :ta'), 'ta');
    assert.equal(queried(':+1'), '+1');
    assert.equal(queried('(:smile'), 'smile');
    for (const text of ['', ':', ':t', 'done :ta da', 'done']) assert.equal(queried(text), null);
  });

  it('is no time, address, type or name of a module', () => {
    for (const text of ['at 10:30', 'http://host:8080', 'std::vector', 'node:fs', 'a:string', 'x::ab']) {
      assert.equal(queried(text), null, text);
    }
  });

  it('is no code', () => {
    for (const text of ['`a :foo', '```py\nx = d[1 :foo', 'see\n```\n:foo'])
      assert.equal(queried(text), null);
    assert.equal(queried('`a` :foo'), 'foo');
    assert.equal(queried('```\na\n```\n:foo'), 'foo');
  });

  it('ends with another colon', () => {
    assert.deepEqual(emojiQuery('yes :tada:', 10), { from: 4, name: 'tada', typed: ':tada:', ended: true });
    assert.deepEqual(emojiQuery('yes :tada: and on', 10), {
      from: 4,
      name: 'tada',
      typed: ':tada:',
      ended: true,
    });
  });
});

describe('emoji', () => {
  it('are found by the beginning of their name first, then by what they have to do with', () => {
    assert.equal(findEmoji('tad', 8)[0]?.character, '🎉');
    assert.equal(findEmoji('smile', 8)[0]?.name, 'smile');
    assert.ok(findEmoji('party', 20).some(({ character }) => character === '🎉'));
    assert.deepEqual(findEmoji('nothinglikethis', 8), []);
  });

  it('are proposed in the order of how common they are, then of how long their names are', () => {
    const first = (query: string): string | undefined => findEmoji(query, 8)[0]?.name;
    for (const [query, name] of [
      ['ta', 'tada'],
      ['he', 'heart'],
      ['ro', 'rocket'],
      ['fi', 'fire'],
      ['ok', 'ok_hand'],
      ['ci', 'cinema'],
    ] as const)
      assert.equal(first(query), name);
  });

  it('are proposed once each, and not too many', () => {
    const found = findEmoji('he', 8);
    assert.equal(found.length, 8);
    assert.equal(new Set(found.map(({ character }) => character)).size, 8);
  });

  it('are all there without a name, beginning with the faces', () => {
    const [first] = findEmoji('', 64);
    assert.deepEqual(first, { character: '😀', name: 'grinning' });
    assert.equal(findEmoji('', 64).length, 64);
  });

  it('have exact names', () => {
    assert.equal(emojiNamed('+1'), '👍');
    assert.equal(emojiNamed('constructor'), null);
  });
});

describe('an emoji in the message box', () => {
  inPage('is proposed while its name is typed, and taken with Enter', {}, async (panel) => {
    await type(panel, 'Done :tad');
    await chosen(panel).getByText(':tada:').waitFor();
    await box(panel).press('Enter');
    assert.equal(await box(panel).inputValue(), 'Done 🎉');
    assert.equal(await list(panel).count(), 0);
    assert.deepEqual(ofType(panel, 'send'), []);
    await box(panel).press('Enter');
    assert.deepEqual(
      ofType(panel, 'send').map(({ text }) => text),
      ['Done 🎉'],
    );
  });

  inPage('is chosen by the arrows, which the box tells a screen reader', {}, async (panel) => {
    await type(panel, ':he');
    await list(panel).waitFor();
    const names = await panel.page.getByRole('option').allInnerTexts();
    await box(panel).press('ArrowDown');
    assert.equal(await chosen(panel).innerText(), names[1]);
    assert.equal(
      await box(panel).getAttribute('aria-activedescendant'),
      await chosen(panel).getAttribute('id'),
    );
    await box(panel).press('ArrowUp');
    await box(panel).press('ArrowUp');
    assert.equal(await chosen(panel).innerText(), names.at(-1));
  });

  inPage('is taken with the mouse', {}, async (panel) => {
    await type(panel, 'a :tad');
    await panel.page.getByRole('option', { name: ':tada:' }).click();
    assert.equal(await box(panel).inputValue(), 'a 🎉');
    await box(panel).pressSequentially('!');
    assert.equal(await box(panel).inputValue(), 'a 🎉!');
  });

  inPage('is there with the last colon of its name, and no other name is touched', {}, async (panel) => {
    await type(panel, ':tada: :nosuchthing: ');
    await panel.page.waitForFunction(
      () =>
        document
          .querySelector('p2p-chat')
          ?.shadowRoot?.querySelector('chat-composer')
          ?.shadowRoot?.querySelector('textarea')
          ?.value.startsWith('🎉') === true,
    );
    assert.equal(await box(panel).inputValue(), '🎉 :nosuchthing: ');
  });

  inPage('is not insisted on: Escape closes the list, and Enter sends', {}, async (panel) => {
    await type(panel, ':tad');
    await list(panel).waitFor();
    await box(panel).press('Escape');
    assert.equal(await list(panel).count(), 0);
    await box(panel).press('Enter');
    assert.deepEqual(
      ofType(panel, 'send').map(({ text }) => text),
      [':tad'],
    );
  });

  for (const theme of THEMES) {
    inPage(`has no accessibility violations in ${theme}`, { theme, width: 320 }, async (panel) => {
      await type(panel, ':he');
      await list(panel).waitFor();
      assert.deepEqual(await violations(panel.page), []);
    });
  }
});
