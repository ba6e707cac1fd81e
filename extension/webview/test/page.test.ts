import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import { violations } from './harness/axe.ts';
import { NOW, ofType, THEMES, type PanelPage } from './harness/browser.ts';
import { article, box, jump, log, many, scroll } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { busy, contact, draft, fullState, MINUTE, message, mine, notice } from './harness/samples.ts';

const inPage = chatPages();

const problem = ({ page }: PanelPage): Locator => page.getByRole('alert');
describe('the conversation', () => {
  inPage('tells sender, text, time and state of each message as text', {}, async (panel) => {
    const at = new Date(NOW).setHours(10, 42);
    await panel.tell(
      fullState({
        messages: [
          message(1, at, 'hi Sam'),
          mine(2, at, 'hello', { state: 'delivered' }),
          mine(3, at, 'waits', { state: 'held' }),
          mine(4, at, 'flies', { state: 'sending' }),
          mine(5, at, 'never', { state: 'refused', refused: 'unavailable' }),
          message(6, at, null, { kind: 'poll' }),
        ],
      }),
    );
    const texts = await log(panel).getByRole('article').allInnerTexts();
    assert.deepEqual(
      texts.map((text) =>
        text
          .split('\n')
          .map((part) => part.trim())
          .filter((part) => part.length > 1),
      ),
      [
        ['Carol', 'hi Sam', '10:42 AM'],
        ['Sam', 'hello', '10:42 AM', 'delivered'],
        ['Sam', 'waits', '10:42 AM', 'held'],
        ['Sam', 'flies', '10:42 AM', 'sending'],
        ['Sam', 'never', '10:42 AM', 'refused: Carol does not take this message'],
        ['Carol', 'This message needs a newer version of P2P Chat.', '10:42 AM'],
      ],
    );
    // What a screen reader says when arrow keys come to it.
    for (const name of [
      'Carol hi Sam 10:42 AM',
      'Sam hello delivered 10:42 AM',
      'Sam never refused: Carol does not take this message 10:42 AM',
    ]) {
      await panel.page.getByRole('article', { name, exact: true }).waitFor();
    }
  });

  inPage('offers the reason of each message that is not delivered, by keyboard too', {}, async (panel) => {
    const at = new Date(NOW).setHours(10, 42);
    const states = ['held', 'sending', 'delivered', 'read'] as const;
    await panel.tell(
      fullState({ messages: states.map((state, index) => mine(index + 1, at, 'hello', { state })) }),
    );
    const why = log(panel).getByRole('button', { name: /why is it not delivered\?$/ });
    assert.deepEqual(await why.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label'))), [
      'held: why is it not delivered?',
      'sending: why is it not delivered?',
    ]);
    await why.first().press('Enter');
    await why.last().click();
    assert.equal(ofType(panel, 'why').length, 2);
  });

  inPage('tells what happened at its place', {}, async (panel) => {
    await panel.tell(busy(NOW));
    const notes = await log(panel).getByRole('note').allInnerTexts();
    assert.match(notes[0] ?? '', /^Carol just connected/);
    assert.match(notes[1] ?? '', /^3 messages from Carol are missing/);
    assert.match(
      notes[2] ?? '',
      /^Carol is offline\. Messages are held and will be sent when Carol is back\s+11:02/,
    );
    const headings = await log(panel).getByRole('heading').allInnerTexts();
    assert.deepEqual(headings, ['Yesterday', 'Today', 'Sent while you were away']);
    await article(panel, 'Morning.').getByText('Yesterday, 10:14 PM').waitFor();
  });

  inPage(
    'tells in its header what the contact says of themselves, as text, until they say nothing',
    {},
    async (panel) => {
      const status = panel.page.locator('chat-header .status');
      await panel.tell(fullState());
      assert.equal(await status.count(), 0);
      await panel.tell({ type: 'contact', contact: contact({ statusText: '<b>In a meeting</b>' }) });
      assert.equal(await status.innerText(), '<b>In a meeting</b>');
      assert.equal(await status.getAttribute('title'), 'What Carol says of themselves: <b>In a meeting</b>');
      await panel.tell({ type: 'contact', contact: contact() });
      assert.equal(await status.count(), 0);
    },
  );

  inPage('never reads text as HTML', {}, async (panel) => {
    const evil = '<img src=x onerror="document.title=1"><b>bold</b> & ${x}';
    await panel.tell(fullState({ messages: [message(1, NOW, evil)] }));
    assert.equal(await article(panel, 'bold').locator('.text').innerText(), evil);
    assert.equal(await log(panel).locator('img, b').count(), 0);
  });

  inPage('welcomes where nothing was said yet', {}, async (panel) => {
    await panel.tell(fullState());
    await log(panel).getByText('This is the beginning of your conversation with Carol.').waitFor();
  });

  inPage('draws the line before what is new', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 4), readUpTo: 2 }));
    const line = log(panel).getByRole('separator', { name: 'New messages' });
    const next = await line.evaluate((element) => element.nextElementSibling?.textContent ?? '');
    assert.match(next, /text 3\./);
  });

  inPage('announces what comes, not the history', {}, async (panel) => {
    const news = panel.page.locator('chat-news [aria-live=polite]');
    await panel.tell(fullState({ messages: many(1, 3) }));
    await panel.tell({ type: 'messages', messages: [message(4, NOW, '*hi* `Sam`'), mine(5, NOW, 'hello')] });
    assert.deepEqual(await news.locator('p').allTextContents(), ['Carol: hi Sam']);
    await panel.tell({ type: 'messages', messages: many(6, 25) });
    assert.deepEqual(await news.locator('p').allTextContents(), ['Carol: hi Sam', '20 new messages']);
    await panel.tell({ type: 'messages', messages: [message(40, NOW, null, { deleted: true })] });
    assert.equal(await news.locator('p').last().textContent(), 'Carol: This message was deleted.');
    assert.equal(await log(panel).getAttribute('aria-live'), 'off');
  });

  inPage('drops what does not match the schema', {}, async (panel) => {
    await panel.tell(fullState());
    await panel.page.evaluate(() => window.postMessage({ type: 'messages', messages: 'all' }, '*'));
    await panel.frames();
    assert.match(panel.troubles.splice(0).join(), /dropped a host message/);
  });
});

describe('the message box', () => {
  inPage('has the focus and the draft when the page opens', {}, async (panel) => {
    await panel.tell(fullState({ draft: draft('half a thou') }));
    assert.equal(await box(panel).inputValue(), 'half a thou');
    await panel.page.keyboard.type('ght');
    assert.equal(await box(panel).inputValue(), 'half a thought');
  });

  inPage('sends with Enter, breaks lines with Shift+Enter, and sends once', {}, async (panel) => {
    await panel.tell(fullState());
    await box(panel).pressSequentially('one');
    await box(panel).press('Shift+Enter');
    await box(panel).pressSequentially('two');
    await box(panel).press('Enter');
    await box(panel).press('Enter');
    const [attempt, ...more] = ofType(panel, 'send');
    assert.equal(attempt?.text, 'one\ntwo');
    assert.deepEqual(more, []);
    assert.equal(await box(panel).inputValue(), '');
    await panel.tell({ type: 'not-sent', token: attempt.token, reason: 'The disk is full.' });
    assert.equal(await box(panel).inputValue(), 'one\ntwo');
  });

  inPage('sends with its button, and nothing blank', {}, async (panel) => {
    await panel.tell(fullState());
    const send = panel.page.getByRole('button', { name: 'Send' });
    await box(panel).fill('  \n ');
    await box(panel).press('Enter');
    // It says that it is disabled, and Playwright would wait for it.
    await send.click({ force: true });
    assert.deepEqual(ofType(panel, 'send'), []);
    await box(panel).fill('hello');
    await send.click();
    assert.equal(ofType(panel, 'send')[0]?.text, 'hello');
  });

  inPage('leaves Enter to an input method that composes', {}, async (panel) => {
    await panel.tell(fullState());
    const input = await panel.page.context().newCDPSession(panel.page);
    await input.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    await box(panel).press('Enter');
    assert.deepEqual(ofType(panel, 'send'), []);
  });

  inPage('keeps a text that could not be taken, and says why', {}, async (panel) => {
    await panel.tell(fullState());
    await box(panel).fill('hello');
    await box(panel).press('Enter');
    const token = ofType(panel, 'send')[0]?.token ?? 0;
    await panel.tell({ type: 'not-sent', token, reason: 'The disk is full.' });
    assert.equal(await problem(panel).innerText(), 'The disk is full.');
    assert.equal(await box(panel).inputValue(), 'hello');
    assert.equal(await box(panel).getAttribute('aria-invalid'), 'true');
    assert.equal(await box(panel).getAttribute('aria-describedby'), await problem(panel).getAttribute('id'));
  });

  inPage('refuses a text that is too long, with its size', {}, async (panel) => {
    await panel.tell(fullState());
    const text = 'x'.repeat(41_062);
    await box(panel).fill(text);
    await box(panel).press('Enter');
    assert.deepEqual(ofType(panel, 'send'), []);
    assert.equal(await problem(panel).innerText(), 'This text has 40.1 KiB; at most 32 KiB can be sent.');
    assert.equal(await box(panel).inputValue(), text);
    await box(panel).fill('short');
    assert.equal(await problem(panel).innerText(), '');
  });

  inPage('grows to ten lines and no further', { height: 900 }, async (panel) => {
    await panel.tell(fullState());
    const height = async (lines: number): Promise<number> => {
      await box(panel).fill(Array.from({ length: lines }, String).join('\n'));
      return box(panel).evaluate((element) => element.clientHeight);
    };
    const [one, ten, twenty] = [await height(1), await height(10), await height(20)];
    assert(ten > one * 5);
    assert.equal(twenty, ten);
  });

  inPage('tells what is typed before the next key, which may take the page away', {}, async (panel) => {
    const { page } = panel;
    await panel.tell(fullState());
    await box(panel).focus();
    // As VS Code hears of keys: each is posted when it is pressed.
    await page.evaluate(`addEventListener('keydown', ({ key }) => hostGot({ type: 'copy', text: key }))`);
    await page.keyboard.type('so');
    await page.keyboard.press('PageUp');
    const told = panel.posted.filter(({ type }) => type === 'draft' || type === 'copy');
    assert.deepEqual(
      told.map((posted) => (posted.type === 'draft' ? posted.draft.text : posted.type)),
      ['copy', 's', 'copy', 'so', 'copy'],
    );
  });
});

describe('what was read', () => {
  inPage('is told when the end is seen', {}, async (panel) => {
    await panel.tell(fullState({ messages: many(1, 60), readUpTo: 58 }));
    assert.deepEqual(ofType(panel, 'read'), [{ type: 'read', upTo: 60 }]);
    await scroll(panel, { to: 700 });
    await panel.tell({ type: 'messages', messages: many(61, 61) });
    assert.equal(ofType(panel, 'read').length, 1);
    await jump(panel).click();
    await panel.frames();
    assert.deepEqual(ofType(panel, 'read').at(-1), { type: 'read', upTo: 61 });
  });

  inPage('is not told while the page has no focus', {}, async (panel) => {
    await panel.page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await panel.tell(fullState({ messages: many(1, 3), readUpTo: 0 }));
    assert.deepEqual(ofType(panel, 'read'), []);
    await panel.page.evaluate(() => {
      document.hasFocus = () => true;
      window.dispatchEvent(new Event('focus'));
    });
    assert.deepEqual(ofType(panel, 'read'), [{ type: 'read', upTo: 3 }]);
  });
});

describe('a page that comes up while its person is elsewhere', () => {
  inPage(
    'leaves the focus where it is, and has the box ready for them to come back to',
    {},
    async (panel) => {
      const { page } = panel;
      await page.evaluate(() => {
        document.hasFocus = () => false;
      });
      await panel.tell(fullState());
      assert.equal(await page.locator('textarea:focus').count(), 0);
      await page.evaluate(() => {
        document.hasFocus = () => true;
        window.dispatchEvent(new Event('focus'));
      });
      assert.equal(await page.locator('textarea:focus').count(), 1);
    },
  );
});

describe('the head of the page', () => {
  inPage('says who it is, and whether they are there', {}, async (panel) => {
    await panel.tell(fullState({ contact: contact({ presence: 'offline', lastSeen: NOW - 28 * MINUTE }) }));
    await panel.page.getByRole('heading', { level: 1, name: 'Carol' }).waitFor();
    await panel.page.getByText('last seen 28 min ago').waitFor();
    await panel.tell({ type: 'contact', contact: contact({ presence: 'online' }) });
    await panel.page.getByText('online', { exact: true }).waitFor();
    for (const [path, says] of [
      ['direct', 'Carol is online, and connected with you directly.'],
      ['relayed', 'Carol is online, and connected with you through the discovery server,'],
    ] as const) {
      await panel.tell({ type: 'contact', contact: contact({ presence: 'online', path }) });
      await panel.page.locator(`chat-header .presence[title^="${says}"]`).waitFor();
    }
    await panel.tell({ type: 'contact', contact: contact({ presence: 'unknown' }) });
    await panel.page.getByText('unknown', { exact: true }).waitFor();
  });

  inPage('offers to go online, in line with what is around it', { width: 1100 }, async (panel) => {
    await panel.tell(fullState({ online: false }));
    const banner = panel.page.getByRole('status');
    const right = ({ x = 0, width = 0 }) => x + width;
    const [head, icon, form, button] = await Promise.all(
      [
        panel.page.getByRole('heading', { level: 1 }),
        banner.locator('svg').first(),
        panel.page.locator('chat-composer form'),
        banner.getByRole('button', { name: 'Go Online' }),
      ].map((each) => each.boundingBox()),
    );
    assert.equal(icon?.x, head?.x);
    assert.equal(right(button ?? {}), right(form ?? {}));
    assert.match(await banner.innerText(), /You are offline\. Messages are held until you go online\./);
    await banner.getByRole('button', { name: 'Go Online' }).click();
    assert.equal(ofType(panel, 'go-online').length, 1);
    await panel.tell({ type: 'online', online: true, me: 'Sam' });
    assert.equal(await banner.count(), 0);
  });
});

describe('accessibility', () => {
  for (const theme of THEMES) {
    inPage(`has no violations in ${theme}`, { theme, height: 1200 }, async (panel) => {
      await panel.tell({ ...busy(NOW), online: false, readUpTo: 7, draft: draft('x'.repeat(40_000)) });
      await box(panel).press('Enter');
      await panel.frames();
      assert.deepEqual(await violations(panel.page), []);
    });
  }

  inPage('has no violations where nothing was said yet', { width: 220 }, async (panel) => {
    await panel.tell(fullState({ notices: [notice('away', 0, NOW)] }));
    assert.deepEqual(await violations(panel.page), []);
  });

  inPage('has room for everything in 200 px', { width: 200 }, async (panel) => {
    const long = 'a'.repeat(300);
    await panel.tell({ ...busy(NOW), online: false, draft: draft(long) });
    await panel.tell({ type: 'messages', messages: [message(99, NOW, long), mine(100, NOW, long)] });
    await panel.tell({ type: 'contact', contact: contact({ name: 'C'.repeat(32) }) });
    const wide = await panel.page.evaluate(() => {
      const tooWide: string[] = [];
      const visit = (root: ParentNode): void => {
        for (const element of root.querySelectorAll('*')) {
          // What is around a name cuts it.
          if (element.localName !== 'bdi' && element.getBoundingClientRect().right > innerWidth + 1)
            tooWide.push(`${element.localName}.${element.getAttribute('class') ?? ''}`);
          if (element.shadowRoot !== null) visit(element.shadowRoot);
        }
      };
      visit(document);
      return tooWide;
    });
    assert.deepEqual(wide, []);
  });
});
