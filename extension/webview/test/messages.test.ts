import assert from 'node:assert/strict';
import path from 'node:path';
import { describe } from 'node:test';
import { build } from 'esbuild';
import fc from 'fast-check';
import * as z from 'zod';
import type { Message } from '../src/model/api-types.ts';
import { violations } from './harness/axe.ts';
import { NOW, THEMES, type PanelPage } from './harness/browser.ts';
import { attacks, hostileHtml, manyLines, noLinks, pathological } from './harness/hostile-texts.ts';
import { chatPages } from './harness/in-page.ts';
import { say, text } from './harness/said.ts';
import { fullState, message } from './harness/samples.ts';

const inPage = chatPages();

/** Elements that a message may have, with their attributes. `title` is the page's own: where a link leads. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    'p br em strong s pre blockquote ul li h3 h4 h5 h6 hr table thead tbody tr'
      .split(' ')
      .map((name) => [name, []]),
  ),
  a: ['href', 'title'],
  'chat-code': [],
  code: ['class'],
  // The page's own, around what has a colour.
  span: ['class'],
  ol: ['start'],
  th: ['align'],
  td: ['align'],
};

const elements = z.array(z.object({ name: z.string(), attributes: z.record(z.string(), z.string()) }));

/** Every element that messages are made of. */
async function elementsOf(panel: PanelPage): Promise<z.infer<typeof elements>> {
  const found: unknown = await text(panel).evaluateAll((messages) =>
    messages.flatMap((each) =>
      [...each.querySelectorAll('*')].map((element) => ({
        name: element.localName,
        attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
      })),
    ),
  );
  return elements.parse(found);
}

/** No element and no attribute but those allowed; links to the web only, each with its address in its tooltip. */
function assertAllowed(found: z.infer<typeof elements>, names = Object.keys(ALLOWED)): void {
  for (const { name, attributes } of found) {
    assert(names.includes(name), `<${name}> in a message`);
    for (const attribute of Object.keys(attributes)) {
      assert(ALLOWED[name]?.includes(attribute), `<${name} ${attribute}> in a message`);
    }
    if (name === 'code') assert.match(attributes['class'] ?? 'language-', /^language-\S*$/);
    if (name !== 'a') continue;
    assert.match(attributes['href'] ?? '', /^https?:\/\/[^/\\]/i);
    assert.match(new URL(attributes['href'] ?? '').protocol, /^https?:$/);
    assert.equal(attributes['title'], new URL(attributes['href'] ?? '').href);
  }
}

/** Nothing in the messages but what is allowed; nothing was asked of any network. */
async function assertHarmless(panel: PanelPage): Promise<void> {
  assertAllowed(await elementsOf(panel));
  assert.deepEqual(
    panel.requests.map((address) => new URL(address).pathname).filter((path) => path !== '/highlight.js'),
    ['/chat', '/chat.js'],
  );
}

/** A view in which some dozens of messages are seen at once. */
const HIGH = { height: 6_000 };

/** Says them, as many at a time as are in view; none does any harm. */
async function sayAll(panel: PanelPage, texts: readonly string[]): Promise<void> {
  const AT_ONCE = 40;
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    const some = texts.slice(from, from + AT_ONCE);
    await say(panel, ...some);
    assert.equal(await text(panel).count(), some.length);
    await assertHarmless(panel);
  }
}

/** The sanitiser on its own, as a script that sets `wall`. */
async function sanitiser(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, '../src/text/sanitize.ts')],
    bundle: true,
    format: 'iife',
    globalName: 'wall',
    footer: { js: 'globalThis.wall = wall;' },
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

describe('what a hostile message can do', () => {
  inPage(
    'is to be shown as text: nothing that it brings runs, loads or leads out of the web',
    HIGH,
    async (panel) => {
      await sayAll(panel, attacks);
      assert.equal(await panel.page.title(), 'Carol');
    },
  );

  inPage('is the same for whatever such things are put together at random', HIGH, async (panel) => {
    const pieces = attacks.flatMap((attack) => attack.split(/(?<=[\s()[\]<>`|:"'])|(?=[()[\]<>`|:"'])/));
    const texts = fc.sample(
      fc.array(fc.constantFrom(...pieces, '\n', '\n\n', '](', '<', 'https://a.example/'), {
        minLength: 1,
        maxLength: 40,
      }),
      { numRuns: 400, seed: 20_260_514 },
    );
    await sayAll(
      panel,
      texts.map((each) => each.join('')),
    );
  });

  inPage(
    'is stopped by the sanitiser alone, if HTML should ever come out of the formatting',
    {},
    async (panel) => {
      await panel.page.goto('about:blank');
      await panel.page.evaluate(await sanitiser());
      await panel.page.evaluate((all) => {
        const wall: unknown = Reflect.get(globalThis, 'wall');
        const sanitize: unknown =
          typeof wall === 'object' && wall !== null ? Reflect.get(wall, 'sanitize') : null;
        if (typeof sanitize !== 'function') throw new Error('there is no sanitiser');
        for (const html of all) {
          const shown = document.createElement('div');
          shown.className = 'text';
          const fragment: unknown = Reflect.apply(sanitize, undefined, [html]);
          if (fragment instanceof Node) shown.append(fragment);
          document.body.append(shown);
        }
      }, hostileHtml);
      assert.equal(await text(panel).count(), hostileHtml.length);
      assertAllowed(await elementsOf(panel), [...Object.keys(ALLOWED), 'h1', 'h2']);
      assert.equal(await panel.page.title(), '');
      assert.deepEqual(panel.requests.slice(2), []);
    },
  );

  inPage('is not to make a link of anything but a whole web address', HIGH, async (panel) => {
    const forms = noLinks.flatMap((address) => [
      `[a](${address})`,
      `[a](<${address}>)`,
      `<${address}>`,
      `[a]\n\n[a]: ${address}`,
      `![a](${address})`,
      address,
    ]);
    await say(panel, ...forms);
    // Lines that are not in view come into the page with the frames after.
    await text(panel)
      .nth(forms.length - 1)
      .waitFor();
    assert.equal(await text(panel).locator('a').count(), 0);
    const shown = await text(panel).allInnerTexts();
    for (const [index, form] of forms.entries()) assert.match(shown[index] ?? '', /\S/, `${form} is shown`);
  });

  inPage('is not to keep the page busy, beyond what as many lines take', {}, async (panel) => {
    await say(panel, 'hello');
    const ordinary = await busyWith(panel, message(order++, NOW, manyLines));
    for (const [name, hostile] of Object.entries(pathological)) {
      const busy = await busyWith(panel, message(order++, NOW, hostile));
      const seen = await text(panel)
        .last()
        .evaluate((element) => /\S/.test(element.textContent) || element.querySelector('hr') !== null);
      assert(seen, `something is shown of ${name}`);
      assert(busy < 3 * ordinary, `${Math.round(busy)} ms for ${name}, not ${Math.round(ordinary)}`);
      await say(panel, 'hello');
    }
  });
});

let order = 1_000;

/**
 * The work that the page has with one more message until it is painted, in milliseconds of its thread. What else this
 * machine does makes that longer too, but everything alike.
 */
async function busyWith(panel: PanelPage, said: Message): Promise<number> {
  const protocol = await panel.page.context().newCDPSession(panel.page);
  await protocol.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async (): Promise<number> => {
    const { metrics } = await protocol.send('Performance.getMetrics');
    const seconds = metrics.find(({ name }) => name === 'TaskDuration')?.value;
    assert(seconds !== undefined);
    return seconds * 1000;
  };
  const before = await worked();
  await panel.tell({ type: 'messages', messages: [said] });
  const busy = (await worked()) - before;
  await protocol.detach();
  return busy;
}

describe('a text', () => {
  inPage('of one plain line is one line, with its spaces', {}, async (panel) => {
    await say(panel, 'a   b', 'x\ny');
    const [one, two] = await text(panel).evaluateAll((all) =>
      all.map((each) => each.getBoundingClientRect().height),
    );
    assert.equal(await text(panel).first().innerText(), 'a   b');
    assert.equal(await text(panel).nth(1).innerText(), 'x\ny');
    assert(one !== undefined && two !== undefined && Math.abs(two - 2 * one) < 2, `${one} ${two}`);
  });

  inPage('keeps how far each line is indented, as in code that nobody has fenced', {}, async (panel) => {
    const lines = 'def f(x):\n    if x:\n      return 1';
    const inner = '  const a = {\n    b: 1,\n  };';
    await say(panel, lines, inner, `**Look:**\n${inner}`, '- a\n  b', ' x ');
    const [told, innerTold, bold, list, one] = await text(panel).allInnerTexts();
    assert.equal(told, lines);
    assert.equal(innerTold, inner);
    assert.equal(bold, `Look:\n${inner}`);
    assert.equal(list, 'a\nb');
    assert.equal(one, 'x');
    await say(panel, 'if x:\n\treturn', '```\n\tx\n```');
    const sizes = await panel.page
      .locator('.text :is(p, pre)')
      .evaluateAll((all) => all.map((each) => getComputedStyle(each).tabSize));
    assert.deepEqual(sizes, ['4', '4']);
  });

  inPage('has the characters that stand under the names of HTML, and no others', {}, async (panel) => {
    const meanings: readonly (readonly [string, string])[] = [
      ['&amp;', '&'],
      ['&AMP;', '&'],
      ['&lt;b&gt;', '<b>'],
      ['&quot;&apos;', '"\''],
      ['&Auml;&auml;', 'Ää'],
      ['&semi;', ';'],
      ['a&Tab;b', 'a\tb'],
      ['&NotEqualTilde;', '\u2242\u0338'],
      ['&CounterClockwiseContourIntegral;', '\u2233'],
      ['&#65;&#x1F600;', 'A😀'],
      ['&amp', '&amp'],
      ['&ampx;', '&ampx;'],
      ['&notit;', '&notit;'],
      ['&constructor;', '&constructor;'],
      ['&Amp;', '&Amp;'],
      ['\\&amp;', '&amp;'],
      ['&amp;lt;', '&lt;'],
    ];
    await say(panel, ...meanings.map(([written]) => written));
    const shown = await text(panel).allTextContents();
    assert.deepEqual(
      shown.map((each) => each.trim()),
      meanings.map(([, meant]) => meant),
    );
    await say(panel, '[x](https://a.example/?a=1&amp;b=2 "&copy;")');
    assert.equal(await text(panel).locator('a').getAttribute('href'), 'https://a.example/?a=1&b=2');
  });

  inPage('is formatted', {}, async (panel) => {
    await say(
      panel,
      '# T\n#### U\n**b** *i* ~~s~~ `c`\n\n3. x\n4. y\n\n> q\n\n---\n\n| a | b |\n|---|--:|\n| c | d |\n\n```text\nlet a;\n```',
    );
    const names = (await elementsOf(panel)).map(({ name, attributes }) =>
      [name, ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`)].join(' '),
    );
    assert.deepEqual(names, [
      ...['h3', 'h4', 'p', 'strong', 'em', 's', 'code', 'ol start=3', 'li', 'li', 'blockquote', 'p', 'hr'],
      ...[
        'table',
        'thead',
        'tr',
        'th',
        'th align=right',
        'tbody',
        'tr',
        'td',
        'td align=right',
        'chat-code',
        'pre',
        'code class=language-text',
      ],
    ]);
  });

  inPage('that formatting would hide is shown as it was written', {}, async (panel) => {
    const deep = `${'> '.repeat(60)}secret`;
    await say(panel, '[a]: https://a.example', deep, '# ', '\u200b');
    assert.deepEqual(await text(panel).allInnerTexts(), ['[a]: https://a.example', deep, '# ', '\u200b']);
  });

  inPage('too long to be formatted is shown as it was written', {}, async (panel) => {
    const long = '**a** '.repeat(6_000);
    await say(panel, long, '**a** '.repeat(600));
    assert.equal(
      await text(panel)
        .first()
        .evaluate((element) => element.textContent),
      long,
    );
    assert.equal(await text(panel).first().locator('strong').count(), 0);
    assert.equal(await text(panel).nth(1).locator('strong').count(), 600);
  });

  inPage('is formatted once, however often the conversation renders', {}, async (panel) => {
    await say(panel, '**bold**');
    await panel.page.evaluate(() => {
      const find = (root: ParentNode): Element | null =>
        root.querySelector('.text strong') ??
        [...root.querySelectorAll('*')]
          .map(({ shadowRoot }) => shadowRoot && find(shadowRoot))
          .find((each) => each) ??
        null;
      find(document)?.setAttribute('data-mark', '');
    });
    await panel.tell({ type: 'messages', messages: [message(2, NOW, 'next')] });
    await panel.tell({ type: 'online', online: true, me: 'Somebody' });
    assert.equal(await text(panel).locator('strong[data-mark]').count(), 1);
  });

  inPage('of nothing but a few emoji is large, with its time beside it', {}, async (panel) => {
    await panel.tell(
      fullState({
        messages: [message(1, NOW, 'look: 🎉'), message(2, NOW, '🎉 👍'), message(3, NOW, 'yes')],
      }),
    );
    const lines = panel.page.getByRole('article');
    const sizes = await lines
      .locator('.text')
      .evaluateAll((texts) => texts.map((element) => Number.parseFloat(getComputedStyle(element).fontSize)));
    const [small = 0] = sizes;
    assert.deepEqual(sizes, [small, 2 * small, small]);
    const [line, time] = await Promise.all([
      lines.nth(1).boundingBox(),
      lines.nth(1).locator('time').boundingBox(),
    ]);
    assert.ok(line !== null && time !== null);
    assert.ok(time.y >= line.y && time.y + time.height <= line.y + line.height);
  });

  inPage('with long code and wide tables scrolls on its own', { width: 300 }, async (panel) => {
    const row = `|${' cell that is not short |'.repeat(12)}`;
    await say(panel, `\`\`\`\n${'x'.repeat(300)}\n\`\`\`\n\n${row}\n|${'---|'.repeat(12)}\n${row}`);
    for (const name of ['pre', 'table']) {
      const { inner, outer, right } = await text(panel)
        .locator(name)
        .evaluate((element) => ({
          inner: element.scrollWidth,
          outer: element.clientWidth,
          right: element.getBoundingClientRect().right,
        }));
      assert(inner > outer && right <= 300, `${name}: ${inner} in ${outer}, up to ${right}`);
    }
    // The browser lets a keyboard into what scrolls; axe does not know that.
    const scrolled = text(panel)
      .locator('table')
      .evaluate(
        (table) => new Promise((resolve) => table.addEventListener('scroll', resolve, { once: true })),
      );
    await panel.page.getByRole('button', { name: 'Open Code in Editor' }).focus();
    for (const key of ['Tab', 'Tab', 'ArrowRight']) await panel.page.keyboard.press(key);
    await scrolled;
    assert.deepEqual(await violations(panel.page, ['scrollable-region-focusable']), []);
  });

  for (const theme of THEMES) {
    inPage(`has no accessibility violations in ${theme}`, { theme, height: 1400 }, async (panel) => {
      const formatted =
        '# Title\n\n###### Deep\n\n**b** `code` [link](https://a.example) ~~s~~\n\n> quote `code` https://a.example\n\n1. a\n   - b\n\n| a | b |\n|---|---|\n| c | `d` |\n\n```\ncode\n```\n\n---';
      await panel.tell(
        fullState({
          messages: [message(1, NOW, formatted), message(2, NOW, formatted, { mine: true, state: 'held' })],
        }),
      );
      assert.deepEqual(await violations(panel.page), []);
    });
  }
});
