import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { pseudo, pseudoTranslations, untranslated } from '../../test/support/pseudo.ts';
import { translator } from '../src/l10n.ts';
import { NOW } from './harness/browser.ts';
import { identity, invite, verify } from './harness/cards.ts';
import { cardPages, chatPages } from './harness/in-page.ts';
import { busy, contact, fullState } from './harness/samples.ts';

const inPage = chatPages();
const onCard = cardPages();

/** Everything that the page says: its texts, and those that are read out or shown under the mouse. */
async function said(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const look = (root: Document | ShadowRoot | Element): void => {
      for (const node of root.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent?.trim() ?? '');
        if (!(node instanceof Element) || /^(style|script)$/i.test(node.tagName)) continue;
        for (const name of ['title', 'aria-label', 'placeholder', 'alt']) {
          found.push(node.getAttribute(name) ?? '');
        }
        if (node.shadowRoot !== null) look(node.shadowRoot);
        look(node);
      }
    };
    look(document.body);
    return found.filter((text) => text !== '');
  });
}

/** Each piece of text of the page that stands in no brackets, but for names, single letters, times and fingerprints. */
async function untranslatedIn(page: Page): Promise<string[]> {
  return (await said(page))
    .map(untranslated)
    .filter((text) => !/^$|^(Carol|Sam|cdef|\p{L}( \p{L})*)$|\d/u.test(text));
}

describe('translations', () => {
  test('what has none is said in English, with what is put into it as it is', () => {
    const t = translator({ 'Message {0}': 'An {0}', constructor: 'x' });
    assert.equal(t('Message {0}', '{0} {1}'), 'An {0} {1}');
    assert.equal(t('Verify {0}', 'Carol'), 'Verify Carol');
    assert.equal(t('toString'), 'toString');
  });

  inPage('reach everything that the chat says', { translations: pseudoTranslations }, async (panel) => {
    await panel.tell(busy(NOW));
    const written = busy(NOW)
      .messages.map(({ text }) => untranslated(text ?? ''))
      .join('\n');
    const said = await untranslatedIn(panel.page);
    assert.deepEqual(
      said.filter((text) => !written.includes(text)),
      [],
    );
    await panel.page.getByRole('textbox', { name: pseudo('Message Carol') }).waitFor();
    await panel.tell(fullState({ contact: contact({ standing: 'request' }), mark: '1234', online: false }));
    assert.deepEqual(await untranslatedIn(panel.page), []);
    await panel.page.getByRole('button', { name: pseudo('Accept') }).waitFor();
  });

  for (const card of [identity, verify, invite]) {
    onCard(
      `reach everything that a card says: ${card.type}`,
      { translations: pseudoTranslations },
      async (page) => {
        await page.tell(card);
        await page.page.getByRole('heading', { level: 1 }).filter({ hasText: '⟦' }).waitFor();
        assert.deepEqual(await untranslatedIn(page.page), []);
      },
    );
  }
});
