import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import { violations } from './harness/axe.ts';
import { THEMES, type CardPage } from './harness/browser.ts';
import { changed, DIGITS, identity, invite, LINK, SERVER, verify } from './harness/cards.ts';
import { cardPages } from './harness/in-page.ts';

const onCard = cardPages();

const button = ({ page }: CardPage, name: string): Locator => page.getByRole('button', { name, exact: true });
const outcome = ({ page }: CardPage): Locator => page.locator('.outcome');
const code = ({ page }: CardPage): Locator => page.getByRole('img');

/** What a screen reader spells of a long number: one entry for each group. */
async function spelled({ page }: CardPage, name: string): Promise<string[]> {
  const list = page.getByRole('list', { name });
  const snapshot = await list.ariaSnapshot();
  return [...snapshot.matchAll(/listitem: (.*)$/gm)].map(([, said]) => (said ?? '').replaceAll('"', ''));
}

describe('a card', () => {
  onCard('asks its host for what it shows', {}, async (card) => {
    await card.frames();
    assert.deepEqual(card.posted, [{ type: 'ready' }]);
  });

  onCard('drops what does not match the schema', {}, async (card) => {
    await card.tell(identity);
    await card.page.evaluate((data) => {
      window.postMessage({ ...data, fingerprint: 'short' }, '*');
      window.postMessage({ type: 'invite', link: 7 }, '*');
    }, identity);
    await card.frames();
    await card.page.getByRole('heading', { name: 'My Identity' }).waitFor();
    assert.equal(
      card.troubles.splice(0).filter((trouble) => trouble.includes('dropped a host message')).length,
      2,
    );
  });

  onCard('asks nothing of any network', {}, async (card) => {
    for (const each of [identity, verify, invite]) await card.tell(each);
    assert.deepEqual(
      card.requests.map((address) => new URL(address).pathname),
      ['/card', '/card.js'],
    );
  });

  onCard(
    'has a QR code that is dark on light with room around it, whatever the theme',
    { theme: 'hc-dark' },
    async (card) => {
      await card.tell(verify);
      const svg = code(card);
      assert.equal(await svg.getAttribute('aria-label'), 'QR code of the numbers shared with Carol');
      const fills = await svg.evaluate((element) =>
        [...element.children].map((child) => [child.localName, getComputedStyle(child).fill]),
      );
      assert.deepEqual(fills, [
        ['rect', 'rgb(255, 255, 255)'],
        ['path', 'rgb(0, 0, 0)'],
      ]);
      const [x, , width] = ((await svg.getAttribute('viewBox')) ?? '').split(' ').map(Number);
      const path = (await svg.locator('path').getAttribute('d')) ?? '';
      const points = [...path.matchAll(/(\d+) (\d+)/g)].flatMap(([, a, b]) => [Number(a), Number(b)]);
      assert.equal(x, -4);
      assert.equal(Math.min(...points), 0);
      assert.equal(Math.max(...points), (width ?? 0) - 8);
    },
  );

  onCard('without room for a QR code says so', {}, async (card) => {
    await card.tell({ ...invite, qr: 'x'.repeat(5_000) });
    await card.page.getByText('This is too long for a QR code. Use Copy instead.').waitFor();
    assert.equal(await code(card).count(), 0);
  });
});

describe('the identity card', () => {
  onCard('shows name, server and fingerprint in groups of four', {}, async (card) => {
    await card.tell(identity);
    assert.deepEqual(await card.page.getByRole('definition').allInnerTexts(), ['Carol', SERVER]);
    const groups = await spelled(card, 'Fingerprint');
    assert.equal(groups.length, 16);
    assert.deepEqual(groups.slice(0, 4), ['0 1 2 3', '4 5 6 7', '8 9 a b', 'c d e f']);
    assert.equal(
      await card.page
        .getByRole('list')
        .innerText()
        .then((shown) => shown.includes('0123')),
      true,
    );
  });

  onCard('is there before the first name and server too', {}, async (card) => {
    await card.tell({ ...identity, name: null, server: null });
    assert.deepEqual(await card.page.getByRole('definition').allInnerTexts(), [
      'none yet: go online to choose one',
      'none yet',
    ]);
  });

  onCard('is copied, and says so', {}, async (card) => {
    await card.tell(identity);
    await button(card, 'Copy').press('Enter');
    assert.deepEqual(card.posted.at(-1), { type: 'copy' });
    assert.equal((await card.page.getByRole('status').innerText()).trim(), 'Copied');
  });
});

describe('the verify card', () => {
  onCard('shows twelve groups of five digits, four in a row, read one by one', {}, async (card) => {
    await card.tell(verify);
    const groups = await spelled(card, 'Numbers shared with Carol');
    assert.equal(groups.length, 12);
    assert.deepEqual(groups.slice(0, 2), ['1 2 3 4 5', '6 7 8 9 0']);
    const tops = await card.page
      .getByRole('listitem')
      .evaluateAll((items) => items.map((item) => Math.round(item.getBoundingClientRect().top)));
    assert.equal(new Set(tops).size, 3);
    await card.page.getByText('Compare these numbers with Carol by phone or in person').waitFor();
  });

  onCard('takes the answer that they are the same, and takes it back', {}, async (card) => {
    await card.tell(verify);
    assert.match(await outcome(card).innerText(), /You have not compared numbers with Carol yet/);
    await button(card, 'They Are the Same').press('Enter');
    assert.deepEqual(card.posted.at(-1), { type: 'compared', outcome: 'same', digits: DIGITS });
    await card.tell({ ...verify, trust: 'verified' });
    assert.match(await outcome(card).innerText(), /Verified: you have compared these numbers with Carol/);
    assert.equal(await outcome(card).getAttribute('role'), 'status');
    assert.equal(await outcome(card).evaluate((element) => element.matches(':focus')), true);
    await button(card, 'Take Back').click();
    assert.deepEqual(card.posted.at(-1), { type: 'compared', outcome: 'undo', digits: DIGITS });
    await card.tell(verify);
    assert.match(await outcome(card).innerText(), /You have not compared/);
  });

  onCard('says what to do when they are different', {}, async (card) => {
    await card.tell({ ...verify, trust: 'verified' });
    await button(card, 'They Are Different').click();
    assert.deepEqual(card.posted.at(-1), { type: 'compared', outcome: 'different', digits: DIGITS });
    await card.tell(verify);
    const said = await outcome(card).innerText();
    assert.match(said, /The numbers are different: this may be somebody else/);
    assert.match(said, /Do not send anything/);
    assert.match(said, /block this contact and tell whoever runs your discovery server/);
    await card.tell({ ...verify, digits: '0'.repeat(60) });
    assert.match(await outcome(card).innerText(), /You have not compared/);
  });

  onCard('answers with the number that was shown, whatever came after', {}, async (card) => {
    await card.tell(verify);
    const others = '0'.repeat(60);
    await card.tell({ ...verify, digits: others });
    await button(card, 'They Are the Same').click();
    assert.deepEqual(card.posted.at(-1), { type: 'compared', outcome: 'same', digits: others });
  });

  onCard(
    'is about whoever now has the name while another identity has it, and says what an answer does',
    {},
    async (card) => {
      await card.tell(changed);
      assert.equal((await spelled(card, 'Numbers shared with whoever now uses the name Carol')).length, 12);
      await card.page
        .getByRole('img', { name: 'QR code of the numbers shared with whoever now uses the name Carol' })
        .waitFor();
      await card.page.getByRole('heading', { level: 2, name: /whoever now uses the name Carol/ }).waitFor();
      const said = await outcome(card).innerText();
      assert.match(said, /Nobody but the server has said yet that this is Carol/);
      assert.match(said, /takes the place of the old one, is verified, and gets what waits here/);
      assert.doesNotMatch(said, /Verified:/);
      assert.equal(await button(card, 'Take Back').count(), 0);
      await button(card, 'They Are the Same: Accept It').click();
      assert.deepEqual(card.posted.at(-1), { type: 'compared', outcome: 'same', digits: DIGITS });
      await card.tell({ ...verify, trust: 'verified' });
      assert.match(await outcome(card).innerText(), /Verified: you have compared these numbers with Carol/);
    },
  );

  onCard('of whoever now has the name, found different, says to keep the old one', {}, async (card) => {
    await card.tell(changed);
    await button(card, 'They Are Different').click();
    assert.deepEqual(card.posted.at(-1), { type: 'compared', outcome: 'different', digits: DIGITS });
    await card.tell(changed);
    const said = await outcome(card).innerText();
    assert.match(said, /Do not accept this identity/);
    assert.match(said, /keep the old identity and tell whoever runs your discovery server/);
    assert.doesNotMatch(said, /block this contact/);
    await card.tell({ ...verify, digits: '0'.repeat(60) });
    assert.match(await outcome(card).innerText(), /You have not compared/);
  });

  onCard('tells an invite from nothing', {}, async (card) => {
    await card.tell({ ...verify, trust: 'invited' });
    assert.match(await outcome(card).innerText(), /Carol came by an invite/);
  });

  onCard('does not take what stands for a name as one', {}, async (card) => {
    await card.tell({ ...verify, name: '#ad79fb3d1a2b3c4d' });
    await card.page.getByRole('heading', { name: 'Verify Unknown person #ad79fb3d' }).waitFor();
  });
});

describe('the invite card', () => {
  onCard('shows the link in a field that nobody can edit, selected on focus', {}, async (card) => {
    await card.tell(invite);
    const field = card.page.getByRole('textbox', { name: 'Invite link' });
    assert.equal(await field.inputValue(), LINK);
    assert.equal(await field.getAttribute('readonly'), '');
    await field.focus();
    const selected = await field.evaluate((element) =>
      element instanceof HTMLInputElement ? (element.selectionEnd ?? 0) - (element.selectionStart ?? 0) : 0,
    );
    assert.equal(selected, LINK.length);
    await button(card, 'Copy').click();
    assert.deepEqual(card.posted.at(-1), { type: 'copy' });
  });

  onCard('warns of the join code in it, and takes it out', {}, async (card) => {
    await card.tell(invite);
    const box = card.page.getByRole('checkbox', { name: 'Put the join code into the invite' });
    assert.equal(await box.isChecked(), true);
    assert.match(
      await outcome(card).innerText(),
      /whoever has it can make an account on https:\/\/chat\.example\.com/,
    );
    await box.press('Space');
    assert.deepEqual(card.posted.at(-1), { type: 'join-code', included: false });
    await card.tell({ ...invite, joinCode: 'left-out' });
    assert.equal(await box.isChecked(), false);
    assert.match(await outcome(card).innerText(), /your colleague will be asked for it/);
  });

  onCard(
    'offers to put one in where none is known yet, and shows it only once it is in',
    {},
    async (card) => {
      const none = { ...invite, joinCode: 'none' } as const;
      await card.tell(none);
      const box = card.page.getByRole('checkbox', { name: 'Put the join code into the invite' });
      assert.match(await outcome(card).innerText(), /The link holds no secret/);
      await box.press('Space');
      assert.deepEqual(card.posted.at(-1), { type: 'join-code', included: true });
      await card.tell(none);
      assert.equal(await box.isChecked(), false);
    },
  );
});

describe('accessibility of cards', () => {
  for (const theme of THEMES) {
    onCard(`has no violations in ${theme}`, { theme, height: 900 }, async (card) => {
      for (const each of [identity, invite, changed, verify, { ...verify, trust: 'verified' } as const]) {
        await card.tell(each);
        assert.deepEqual(await violations(card.page), []);
      }
      await button(card, 'They Are Different').click();
      await card.frames();
      await button(card, 'Copy').click();
      assert.deepEqual(await violations(card.page), []);
      await card.tell({ ...changed, digits: '0'.repeat(60) });
      await button(card, 'They Are Different').click();
      assert.deepEqual(await violations(card.page), []);
    });
  }

  onCard('is reached with the keyboard alone, in the order in which it is read', {}, async (card) => {
    await card.tell(invite);
    const reached: string[] = [];
    for (let step = 0; step < 3; step++) {
      await card.page.keyboard.press('Tab');
      reached.push(
        await card.page.evaluate(() => {
          const focused = document.activeElement?.shadowRoot?.activeElement;
          return `${focused?.localName} ${focused?.getAttribute('type')}`;
        }),
      );
    }
    assert.deepEqual(reached, ['input text', 'button button', 'input checkbox']);
  });

  onCard('has room for everything in 240 px', { width: 240 }, async (card) => {
    for (const each of [identity, verify, changed, { ...invite, name: 'C'.repeat(32) }]) {
      await card.tell(each);
      const wide = await card.page.evaluate(() => {
        const root = document.querySelector('p2p-chat-card')?.shadowRoot;
        return [...(root?.querySelectorAll('*') ?? [])]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
          .map(({ localName }) => localName);
      });
      assert.deepEqual(wide, []);
    }
  });
});
