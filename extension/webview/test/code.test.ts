import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { MAX_COLOURED_LENGTH, MAX_COLOURED_LINE } from '../src/code/colouring.ts';
import { highlight, LANGUAGES } from '../src/code/highlight.ts';
import { violations } from './harness/axe.ts';
import { NOW, ofType, THEMES, type PanelPage } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { fullState, message } from './harness/samples.ts';

const inPage = chatPages();

const TYPESCRIPT = 'const answer: number = 42; // the one\nexport function ask() {\n  return `${answer}`;\n}';

/** Milliseconds of a processor that a page may spend on the colours of one message. */
const MOMENT_MS = 300;

async function say(panel: PanelPage, ...texts: readonly string[]): Promise<void> {
  await panel.tell(fullState({ messages: texts.map((each, index) => message(index + 1, NOW, each)) }));
}

function fenced(code: string, language = ''): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

/** Waits for colours, and returns what has which. */
async function colours(panel: PanelPage): Promise<Record<string, string[]>> {
  const tokens = panel.page.locator('chat-code code span');
  await tokens.first().waitFor();
  const found: unknown = await tokens.evaluateAll((all) =>
    all.map((each) => [each.getAttribute('class'), each.textContent]),
  );
  const byToken: Record<string, string[]> = {};
  for (const [token, text] of z.array(z.tuple([z.string(), z.string()])).parse(found)) {
    (byToken[token] ??= []).push(text);
  }
  return byToken;
}

describe('code in a message', () => {
  inPage('that names its language has colours by what its words are', {}, async (panel) => {
    await say(panel, fenced(TYPESCRIPT, 'ts'));
    const found = await colours(panel);
    assert.ok(found['keyword']?.includes('const'));
    assert.deepEqual(found['number'], ['42']);
    assert.deepEqual(found['comment'], ['// the one']);
    assert.deepEqual(found['function'], ['ask']);
    assert.equal(await panel.page.locator('chat-code code').textContent(), `${TYPESCRIPT}\n`);
  });

  inPage('loads what knows of languages once, and only for code that names one', {}, async (panel) => {
    const loaded = (): string[] => panel.requests.filter((address) => address.endsWith('/highlight.js'));
    await say(panel, fenced('no language'));
    assert.deepEqual(loaded(), []);
    await say(panel, fenced('a = 1', 'py'), fenced('b = 2', 'py'));
    await colours(panel);
    assert.equal(loaded().length, 1);
  });

  inPage('of a language that nobody knows, or too long, stays as it is', {}, async (panel) => {
    const long = 'let a = 1;\n'.repeat(500);
    const wide = 'let a = 1;'.repeat(101);
    await say(
      panel,
      ...[fenced('let a', 'klingon'), fenced(long, 'js'), fenced(wide, 'js'), fenced('let b', 'js')],
    );
    assert.deepEqual(await colours(panel), { keyword: ['let'] });
    assert.deepEqual(await panel.page.locator('chat-code .language').allTextContents(), [
      'klingon',
      'js',
      'js',
      'js',
    ]);
  });

  inPage('is copied as it was written', {}, async (panel) => {
    await say(panel, fenced(TYPESCRIPT, 'ts'));
    await colours(panel);
    await panel.page.getByRole('button', { name: 'Copy Code' }).click();
    await panel.page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
    assert.deepEqual(ofType(panel, 'copy'), [{ type: 'copy', text: TYPESCRIPT }]);
  });

  inPage('opens in an editor, by keyboard too', {}, async (panel) => {
    await say(panel, fenced(TYPESCRIPT, 'ts'), fenced('plain'));
    const [first, second] = await panel.page.getByRole('button', { name: 'Open Code in Editor' }).all();
    await first?.click();
    await second?.focus();
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(ofType(panel, 'open-code'), [
      { type: 'open-code', text: TYPESCRIPT, language: 'ts' },
      { type: 'open-code', text: 'plain', language: '' },
    ]);
  });

  inPage('within a sentence has no bar', {}, async (panel) => {
    await say(panel, 'call `ask()` first');
    assert.equal(await panel.page.locator('.text code').count(), 1);
    assert.equal(await panel.page.locator('chat-code').count(), 0);
  });

  inPage('is named by its language, whatever else a message puts there', {}, async (panel) => {
    await say(panel, fenced('a', '"><img src=x>'), fenced('b', 'x'.repeat(40)), fenced('c', 'c++ extra'));
    assert.deepEqual(await panel.page.locator('chat-code .language').allTextContents(), ['c++']);
  });

  for (const theme of THEMES) {
    inPage(`has no accessibility violations in ${theme}`, { theme }, async (panel) => {
      await say(
        panel,
        fenced(TYPESCRIPT, 'ts'),
        fenced('class A(B):\n    """doc"""\n    x = self.y[0]', 'py'),
        fenced('- old\n+ new', 'diff'),
        fenced('<a href="b">c</a>', 'html'),
      );
      await colours(panel);
      assert.deepEqual(await violations(panel.page), []);
    });
  }
});

describe('the colours of code', () => {
  it('leave every character where it is', () => {
    for (const code of [TYPESCRIPT, '\r\n\t<b>&amp;</b>\u0000', 'a'.repeat(500)]) {
      const pieces = highlight(code, 'ts') ?? [];
      assert.equal(pieces.map(({ text }) => text).join(''), code);
    }
  });

  it('take no more than a moment, whatever the code is', () => {
    const shapes = [
      '<',
      '"',
      "'",
      '`',
      '/*',
      '(',
      '{',
      '\\',
      '$',
      '#',
      'a',
      '=> ',
      ' ',
      '<a ',
      '${',
      '"a',
      '0x',
      '-',
    ];
    const filled = (piece: string, length: number): string => piece.repeat(length / piece.length);
    const codes = shapes.flatMap((shape) => [
      filled(`${filled(shape, MAX_COLOURED_LINE - 1)}\n`, MAX_COLOURED_LENGTH),
      filled(`${shape}\n`, MAX_COLOURED_LENGTH),
    ]);
    const slow: string[] = [];
    for (const language of LANGUAGES) {
      for (const code of codes) {
        const from = process.cpuUsage();
        highlight(code, language);
        const { user, system } = process.cpuUsage(from);
        const took = (user + system) / 1_000;
        if (took > MOMENT_MS) slow.push(`${language} ${code.slice(0, 5)}: ${took.toFixed()} ms`);
      }
    }
    assert.deepEqual(slow, []);
  });
});
