import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import { violations } from './harness/axe.ts';
import { NOW, ofType, THEMES, type PanelPage } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { contact, fullState, message, MINUTE, mine, notice } from './harness/samples.ts';

const inPage = chatPages();

const OTHER = 'ab'.repeat(32);
const UNNAMED = '#ad79fb3d1a2b3c4d';
const box = ({ page }: PanelPage, name = 'Carol'): Locator =>
  page.getByRole('textbox', { name: `Message ${name}` });
const button = ({ page }: PanelPage, name: string): Locator =>
  page.getByRole('button', { name, exact: true });
const warning = ({ page }: PanelPage): Locator =>
  page.getByRole('alert').filter({ hasText: /identity|Warning/ });
const decisions = (panel: PanelPage): string[] => ofType(panel, 'decide').map(({ decision }) => decision);

describe('how sure it is who this is', () => {
  inPage('stands in the head of the page, in words, with what it means', {}, async (panel) => {
    await panel.tell(fullState());
    const told = async (name: string): Promise<string | null> => button(panel, name).getAttribute('title');
    assert.match((await told('Not verified. Verify Carol')) ?? '', /nobody has checked it yet/);
    await panel.tell({ type: 'contact', contact: contact({ trust: 'invited' }) });
    assert.match((await told('From an invite. Verify Carol')) ?? '', /as sure as the way the invite came/);
    await panel.tell({ type: 'contact', contact: contact({ trust: 'verified' }) });
    assert.match(
      (await told('Verified. Show the numbers shared with Carol')) ?? '',
      /You have compared numbers with Carol/,
    );
  });

  inPage('is changed by comparing, with the keyboard too', {}, async (panel) => {
    await panel.tell(fullState());
    await panel.page.keyboard.press('Tab');
    await button(panel, 'Not verified. Verify Carol').focus();
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(decisions(panel), ['verify']);
  });
});

describe('somebody whom no directory names', () => {
  inPage('is called unknown, never by anything that reads as a name', {}, async (panel) => {
    const stranger = contact({ name: UNNAMED, standing: 'request' });
    await panel.tell(fullState({ contact: stranger, messages: [message(1, NOW, 'hi')] }));
    assert.equal(
      await panel.page.getByRole('heading', { level: 1 }).innerText(),
      `Unknown person ${UNNAMED}`,
    );
    await panel.page
      .getByRole('region', { name: 'Unknown person #ad79fb3d wants to write to you' })
      .waitFor();
    await panel.page.getByRole('article', { name: `Unknown person ${UNNAMED}` }).waitFor();
    const families = await panel.page
      .locator('.unnamed')
      .evaluateAll((all) => all.map((element) => getComputedStyle(element).fontFamily));
    assert.equal(families.length, 2);
    for (const family of families) assert.match(family, /Mono/);
  });
});

describe('a request', () => {
  inPage('is answered before anything can be written', {}, async (panel) => {
    await panel.tell(
      fullState({ contact: contact({ standing: 'request' }), messages: [message(1, NOW, 'hi')] }),
    );
    await panel.page.getByRole('region', { name: 'Carol wants to write to you' }).waitFor();
    assert.equal(await box(panel).count(), 0);
    for (const name of ['Accept', 'Ignore', 'Block']) await button(panel, name).click();
    assert.deepEqual(decisions(panel), ['accept-request', 'ignore-request', 'block']);
  });

  inPage(
    'of somebody whose name another bears too shows which of them it is, until that is over',
    {},
    async (panel) => {
      const mark = 'ad79 fb3d 0a11 22c4';
      await panel.tell(fullState({ contact: contact({ standing: 'request' }), mark }));
      await panel.page.getByRole('region', { name: `Carol (${mark}) wants to write to you` }).waitFor();
      await panel.page.getByRole('heading', { level: 1, name: `Carol ${mark}` }).waitFor();
      assert.deepEqual(await violations(panel.page), []);
      await panel.tell({ type: 'mark', mark: null });
      await panel.page.getByRole('region', { name: 'Carol wants to write to you' }).waitFor();
      await panel.page.getByRole('heading', { level: 1, name: 'Carol', exact: true }).waitFor();
    },
  );

  inPage('once accepted gives the box, with the focus', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ standing: 'request' }) }));
    await button(panel, 'Accept').press('Enter');
    await panel.tell({ type: 'contact', contact: contact() });
    await panel.page.keyboard.type('hello');
    assert.equal(await box(panel).inputValue(), 'hello');
    assert.equal(await button(panel, 'Accept').count(), 0);
  });

  inPage('that was ignored can still be accepted', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ standing: 'ignored' }) }));
    await panel.page.getByRole('region', { name: 'You ignored Carol’s request' }).waitFor();
    assert.equal(await box(panel).count(), 0);
    await button(panel, 'Accept').click();
    assert.deepEqual(decisions(panel), ['accept-request']);
  });
});

describe('a decision made with the keyboard', () => {
  inPage('about an identity leads on to the box, whichever identity counts then', {}, async (panel) => {
    const after = { 'Keep the Old One': contact(), 'Accept the New Identity': contact({ id: OTHER }) };
    for (const [name, decided] of Object.entries(after)) {
      await panel.tell(fullState({ contact: contact({ changedTo: OTHER }) }));
      await box(panel).fill('');
      await button(panel, name).press('Enter');
      await panel.tell(fullState({ contact: decided }));
      await panel.page.keyboard.type('hello');
      assert.equal(await box(panel).inputValue(), 'hello', name);
    }
  });

  inPage('about somebody who may not be written to leads on to what can be done', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ standing: 'request' }) }));
    await button(panel, 'Block').press('Enter');
    await panel.tell({ type: 'contact', contact: contact({ standing: 'blocked' }) });
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(decisions(panel), ['block', 'unblock']);
  });

  inPage('to go online leads on to the box', {}, async (panel) => {
    await panel.tell(fullState({ online: false }));
    await button(panel, 'Go Online').press('Enter');
    await panel.tell({ type: 'online', online: true, me: 'Sam' });
    await panel.page.keyboard.type('hello');
    assert.equal(await box(panel).inputValue(), 'hello');
  });

  inPage('takes no focus from a box in which the person writes', {}, async (panel) => {
    await panel.tell(fullState());
    await box(panel).focus();
    await panel.tell({ type: 'contact', contact: contact({ standing: 'blocked' }) });
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(decisions(panel), []);
  });
});

describe('somebody blocked', () => {
  inPage('can be unblocked, and not written to', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ standing: 'blocked' }) }));
    await panel.page.getByRole('region', { name: 'You blocked Carol' }).waitFor();
    assert.equal(await box(panel).count(), 0);
    await button(panel, 'Unblock').click();
    assert.deepEqual(decisions(panel), ['unblock']);
  });
});

describe('another identity under the contact’s name', () => {
  inPage('has the focus again where a dialog was opened, while that is there', {}, async (panel) => {
    const { page } = panel;
    const accept = button(panel, 'Accept the New Identity');
    // As VS Code takes the focus from the page while it asks, and gives it back to the page alone.
    const ask = async (): Promise<void> => {
      await accept.press('Enter');
      await accept.evaluate((element) => element.blur());
    };
    const comeBack = (): Promise<void> => page.evaluate(() => void window.dispatchEvent(new Event('focus')));
    const isFocused = (locator: Locator): Promise<boolean> =>
      locator.evaluate((element) => element.matches(':focus'));
    await panel.tell(fullState({ contact: contact({ changedTo: OTHER }) }));
    await ask();
    await comeBack();
    assert.ok(await isFocused(accept));
    await ask();
    await panel.tell({ type: 'contact', contact: contact() });
    await comeBack();
    assert.ok(await isFocused(box(panel)));
  });

  inPage('is an alert that says what it means, and stays until the person has decided', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ changedTo: OTHER }) }));
    const said = await warning(panel).innerText();
    assert.match(said, /The server now names another identity for Carol/);
    assert.match(said, /Your messages wait here and are sent to nobody until you decide/);
    for (const name of ['Compare First', 'Keep the Old One', 'Accept the New Identity']) {
      await warning(panel).getByRole('button', { name, exact: true }).click();
    }
    assert.deepEqual(decisions(panel), ['verify', 'reject-identity', 'accept-identity']);
    await panel.tell({ type: 'contact', contact: contact() });
    assert.equal(await warning(panel).count(), 0);
  });

  inPage('is a graver warning for somebody verified', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ changedTo: OTHER }) }));
    const ground = (): Promise<string> =>
      warning(panel).evaluate((element) => getComputedStyle(element).backgroundColor);
    const before = await ground();
    await panel.tell({ type: 'contact', contact: contact({ changedTo: OTHER, trust: 'verified' }) });
    assert.match(await warning(panel).innerText(), /Warning: this may not be Carol\s+You had verified Carol/);
    assert.notEqual(await ground(), before);
    // What was verified is not whom the name is given to.
    await panel.page.getByRole('button', { name: 'Identity changed. Verify Carol', exact: true }).waitFor();
  });

  inPage('lets the person write, and says that it waits', {}, async (panel) => {
    const held = mine(1, NOW, 'hi', { state: 'held' });
    await panel.tell(fullState({ contact: contact({ changedTo: OTHER }), messages: [held] }));
    const waits = 'What you send waits until you have decided about Carol’s identity.';
    await panel.page.getByText(waits).waitFor();
    assert.equal(
      await box(panel).evaluate((element) => {
        const root = element.getRootNode();
        const id = element.getAttribute('aria-describedby') ?? '';
        return root instanceof ShadowRoot ? root.getElementById(id)?.textContent.trim() : '';
      }),
      waits,
    );
    assert.equal(
      await panel.page.locator('.state.held').getAttribute('title'),
      'Stored here. It waits until you have decided about Carol’s identity.',
    );
    await box(panel).fill('one more');
    await box(panel).press('Enter');
    assert.equal(ofType(panel, 'send').length, 1);
    await panel.tell({ type: 'contact', contact: contact() });
    assert.equal(await panel.page.getByText(waits).count(), 0);
  });

  inPage(
    'leaves room for its buttons and for the box in a small panel',
    { width: 260, height: 420 },
    async (panel) => {
      await panel.tell(fullState({ contact: contact({ changedTo: OTHER, trust: 'verified' }) }));
      const accept = button(panel, 'Accept the New Identity');
      await accept.focus();
      const place = await accept.boundingBox();
      assert(place !== null && place.y >= 0 && place.y + place.height <= 420, JSON.stringify(place));
      const bottom = await box(panel).boundingBox();
      assert(bottom !== null && bottom.y + bottom.height <= 420, JSON.stringify(bottom));
    },
  );
});

const LINES = [
  notice('renamed', 1, NOW - 5 * MINUTE, { detail: 'Caro' }),
  notice('identity-replaced', 1, NOW - 4 * MINUTE),
  notice('identity-changed', 2, NOW - 3 * MINUTE),
  notice('identity-kept', 2, NOW - 2 * MINUTE),
  notice('identity-changed', 2, NOW - 2 * MINUTE),
  notice('identity-accepted', 2, NOW - 2 * MINUTE),
  notice('identity-replaced', 2, NOW - MINUTE),
];

describe('what happened to the contact’s identity', () => {
  inPage('stands in the conversation, each time on its own, with an icon', {}, async (panel) => {
    const messages = [message(1, NOW - 6 * MINUTE, 'a'), message(2, NOW - 3 * MINUTE, 'b')];
    await panel.tell(fullState({ messages, notices: LINES }));
    const notes = panel.page.getByRole('note');
    assert.deepEqual(
      (await notes.locator('span').allInnerTexts()).map((line) => line.trim()),
      [
        'Caro is now called Carol',
        'Carol has a new identity. The old one signed it over, so this is the same person as before',
        'The server named another identity for Carol, without a word from the one that you know',
        'You kept the identity of Carol that you know',
        'The server named another identity for Carol, without a word from the one that you know',
        'You accepted the new identity of Carol',
        'Carol has a new identity. The old one signed it over, so this is the same person as before',
      ],
    );
    assert.equal(await notes.locator('svg').count(), LINES.length);
  });

  inPage(
    'keeps what stands in the box when the conversation goes on under the new one',
    {},
    async (panel) => {
      await panel.tell(fullState());
      await box(panel).fill('half a thought');
      await panel.tell(fullState({ contact: contact({ id: OTHER }), notices: [] }));
      assert.equal(await box(panel).inputValue(), 'half a thought');
    },
  );
});

describe('accessibility', () => {
  for (const theme of THEMES) {
    inPage(
      `of what asks for a decision has no violations in ${theme}`,
      { theme, height: 900 },
      async (panel) => {
        const messages = [message(1, NOW, 'a'), message(2, NOW, 'b'), mine(3, NOW, 'c', { state: 'held' })];
        const state = fullState({ messages, notices: LINES });
        const faces = [
          contact({ changedTo: OTHER }),
          contact({ changedTo: OTHER, trust: 'verified' }),
          contact({ standing: 'request', trust: 'invited', name: UNNAMED }),
          contact({ standing: 'blocked' }),
        ];
        for (const face of faces) {
          await panel.tell({ ...state, contact: face });
          assert.deepEqual(await violations(panel.page), []);
        }
      },
    );
  }
});
