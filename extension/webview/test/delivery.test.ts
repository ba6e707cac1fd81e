import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Card } from '../../src/card-api.ts';
import type { DeliveryReport } from '../../src/delivery-api.ts';
import { violations } from './harness/axe.ts';
import { NOW, THEMES, type CardPage } from './harness/browser.ts';
import { cardPages } from './harness/in-page.ts';

const onCard = cardPages();

const STEPS = ['tcp', 'tls', 'identity', 'websocket'] as const;
const passed = (count: number) =>
  STEPS.slice(0, count).map((step, index) => ({ step, ms: 12 * (index + 1) }));
const at = (last: number) => ({ address: `192.168.1.${last}`, port: 49_152 });

const away: DeliveryReport = {
  waiting: 2,
  obstacle: null,
  linked: false,
  path: null,
  presence: 'offline',
  lastSeen: NOW - 5 * 60_000,
  trying: false,
  nextAt: NOW + 12_000,
  triedAt: NOW - 3_000,
  addresses: [{ endpoint: at(20), passed: [], failed: null }],
  detours: [],
};
const unreachable: DeliveryReport = {
  ...away,
  presence: 'online',
  addresses: [
    { endpoint: at(20), passed: [], failed: { step: 'tcp', ms: 2, fault: 'refused' } },
    { endpoint: at(21), passed: [], failed: { step: 'tcp', ms: 10_000, fault: 'silent' } },
    { endpoint: at(22), passed: passed(1), failed: { step: 'tls', ms: 4, fault: 'closed' } },
    { endpoint: at(23), passed: passed(2), failed: { step: 'identity', ms: 1, fault: 'somebody-else' } },
    { endpoint: at(24), passed: passed(4), failed: { step: 'hello', ms: 2_000, fault: 'silent' } },
  ],
};
/** What the page shows of this, by its clock, which may differ from the host's. */
const card = (report: Partial<DeliveryReport>, now = NOW): Card => ({
  type: 'delivery',
  name: 'Carol',
  report: { ...away, ...report },
  now,
});

const said = ({ page }: CardPage): Promise<string> => page.getByRole('status').innerText();
const tryNow = ({ page }: CardPage): Locator => page.getByRole('button', { name: 'Try Now', exact: true });
const items = ({ page }: CardPage): Promise<string[]> =>
  page
    .locator('.addresses > li')
    .evaluateAll((all) => all.map((each) => each.textContent.replaceAll(/\s+/g, ' ').trim()));

describe('the card that tells why something is not delivered', () => {
  onCard('says who is away, since when, what waits, and when the next attempt comes', {}, async (page) => {
    await page.tell(card({}));
    assert.equal(
      (await said(page)).trim(),
      'Carol is offline. 2 messages wait here and are sent by themselves when Carol can be reached.',
    );
    assert.deepEqual(
      (await page.page.getByRole('definition').allInnerTexts()).map((text) => text.trim()),
      ['2 messages', 'offline, last seen 5 min ago', '11:29:57 AM', 'in 12 s'],
    );
    assert.deepEqual(await items(page), ['192.168.1.20 port 49152 no answer']);
    await page.tell(card({ waiting: 1, lastSeen: null, triedAt: null, nextAt: NOW + 61_000 }));
    assert.deepEqual(
      (await page.page.getByRole('definition').allInnerTexts()).map((text) => text.trim()),
      ['1 message', 'offline', 'none yet', 'in 1 min 1 s'],
    );
    assert.deepEqual(await items(page), ['192.168.1.20 port 49152 not tried yet']);
  });

  onCard('says of each way through the server that led nowhere what was asked for', {}, async (page) => {
    await page.tell(card({ ...unreachable, detours: ['dial-back', 'relay'] }));
    const ways = page.page
      .getByRole('region', { name: 'Through the Discovery Server' })
      .getByRole('listitem');
    assert.match(
      (await ways.allInnerTexts()).join(' '),
      /Carol’s editor was asked to connect.*Carol’s editor did not come/s,
    );
    await page.tell(card({ ...unreachable, linked: true, detours: ['dial-back', 'relay'] }));
    assert.equal(await ways.count(), 0);
  });

  onCard('says of an address whom it is from, where not from the discovery server', {}, async (page) => {
    const addresses: DeliveryReport['addresses'] = [
      { endpoint: at(20), passed: [], failed: null, from: 'typed' },
      { endpoint: at(21), passed: [], failed: null, from: 'nearby' },
    ];
    await page.tell(card({ addresses }));
    assert.deepEqual(await items(page), [
      '192.168.1.20 port 49152 typed by you no answer',
      '192.168.1.21 port 49152 found in your local network no answer',
    ]);
  });

  onCard('counts down by the clock of the host, wherever the page runs', {}, async (page) => {
    await page.tell(card({ nextAt: NOW + 3_600_000 + 7_000 }, NOW + 3_600_000));
    assert.equal(await page.page.getByRole('timer').innerText(), 'in 7 s');
    await page.tell(card({ nextAt: NOW - 1 }));
    assert.equal(await page.page.getByRole('timer').innerText(), 'in a moment');
  });

  onCard('tells each step at each address of somebody who is online, in plain words', {}, async (page) => {
    await page.tell(card(unreachable));
    assert.match(await said(page), /^\s*Carol is online, but cannot be reached from here\./);
    const [refused, silent, tls, identity, hello] = await items(page);
    assert.match(refused ?? '', /TCP\s?failed after 2 ms.*TLS\s?not reached.*Acknowledgement\s?not reached/);
    assert.match(refused ?? '', /nothing listens on this port/);
    assert.match(silent ?? '', /failed after 10\.0 s.*off or asleep, or a firewall/);
    assert.match(
      tls ?? '',
      /TCP\s?done in 12 ms.*TLS\s?failed after 4 ms.*another program may have the port/,
    );
    assert.match(identity ?? '', /Somebody else answers there, not Carol\. Nothing was sent to them\./);
    assert.match(
      hello ?? '',
      /Identity\s?done in 36 ms.*Acknowledgement\s?failed after 2\.0 s.*did not answer in time/,
    );
  });

  onCard(
    'tries at once when asked to, and shows so for a moment however soon that failed',
    {},
    async (page) => {
      await page.tell(card({}));
      await tryNow(page).press('Enter');
      assert.deepEqual(page.posted.at(-1), { type: 'try-now' });
      await page.tell(card({}));
      assert.equal(await page.page.getByRole('timer').innerText(), 'under way');
      assert.equal(await tryNow(page).getAttribute('aria-disabled'), 'true');
      assert.equal(await tryNow(page).evaluate((element) => element.matches(':focus')), true);
      await tryNow(page).press('Enter');
      assert.equal(page.posted.filter(({ type }) => type === 'try-now').length, 1);
      await page.page.getByRole('timer').getByText('in 12 s').waitFor();
    },
  );

  onCard(
    'says what stands in the way on this side, and offers nothing that cannot help',
    {},
    async (page) => {
      const nobody = { nextAt: null, triedAt: null, addresses: [] };
      await page.tell(card({ ...nobody, obstacle: 'offline' }));
      assert.match(await said(page), /You are offline\. 2 messages wait/);
      assert.equal(await tryNow(page).count(), 0);
      await page.page.getByRole('button', { name: 'Go Online' }).click();
      assert.deepEqual(page.posted.at(-1), { type: 'go-online' });
      await page.tell(card({ ...nobody, obstacle: 'undecided' }));
      assert.match(
        await said(page),
        /another identity for Carol\. Until you have decided .* nothing is sent: 2 messages/,
      );
      await page.tell(card({ ...nobody, obstacle: 'not-accepted' }));
      assert.match(await said(page), /Accept or unblock Carol first/);
      await page.tell(card({ ...nobody, waiting: 0, linked: true, presence: 'online' }));
      assert.match(await said(page), /Nothing waits for Carol/);
      await page.tell(card({ ...nobody, linked: true, path: 'direct', presence: 'online' }));
      await page.page.getByText('online, and connected with you directly', { exact: true }).waitFor();
      await page.tell(card({ ...nobody, linked: true, path: 'relayed', presence: 'online' }));
      await page.page
        .getByText('online, and connected with you through the discovery server', { exact: true })
        .waitFor();
      assert.match(
        await said(page),
        /connected with Carol\. On the way, and not confirmed yet by Carol’s editor: 2 messages/,
      );
      await page.tell(card({ presence: 'unknown' }));
      assert.match(await said(page), /The discovery server cannot be asked now whether Carol is online/);
      assert.equal(await tryNow(page).count(), 1);
    },
  );

  for (const theme of THEMES) {
    onCard(`has no violations in ${theme}`, { theme, height: 900 }, async (page) => {
      for (const each of [card({}), card(unreachable), card({ obstacle: 'offline', nextAt: null })]) {
        await page.tell(each);
        assert.deepEqual(await violations(page.page), []);
      }
    });
  }

  onCard('has room for everything in 240 px', { width: 240 }, async (page) => {
    for (const report of [away, unreachable]) {
      const addresses = report.addresses.map((each) => ({
        ...each,
        endpoint: { address: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', port: 49_152 },
      }));
      await page.tell(card({ ...report, addresses }));
      const wide = await page.page.evaluate(() => {
        const root = document.querySelector('p2p-chat-card')?.shadowRoot;
        return [...(root?.querySelectorAll('*') ?? [])]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
          .map(({ localName }) => localName);
      });
      assert.deepEqual(wide, []);
    }
  });
});
