import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import MarkdownIt from 'markdown-it';
import { plainText } from '../../src/vscode/plain-text.ts';

/** As the page formats, but for what only a browser does; see webview/src/text/markdown.ts. */
const formatter = new MarkdownIt({ html: false, linkify: true, breaks: true });
formatter.validateLink = (href) => /^https?:\/\/./i.test(href);

/** What of it is text in the page. */
function shownBy(markdown: string): string {
  const tags = /<(?:"[^"]*"|[^>"])*>/g;
  const html = formatter.render(markdown).replaceAll(/<img[^>]*alt="([^"]*)"[^>]*>/g, '$1');
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  const text = html.replaceAll(/<br>/g, ' ').replaceAll(tags, '');
  return text
    .replaceAll(/&(lt|gt|quot|amp);/g, (_whole, name: string) => named[name] ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const SAID = [
  'plain words, nothing else',
  '**bold**, *leaning*, __bold__, _leaning_, ***both***, ~~gone~~',
  '**bold *and leaning* in it** and *leaning **and bold***',
  'snake_case_name and __init__ and 2 * 3 * 4 and a*b*c',
  '**kwargs and *args, `**kwargs` and `*args`',
  '5 ~ 6, ~~~ and a~~b~~c and ~one~ and ~~~three~~~',
  '(https://example.com/a_b). **https://example.com/b**, *see https://example.com/c!*',
  'a `code span` and ``one with ` in it`` and ` alone',
  '```ts\nexport const a = "**b**"; // `c`\n```\nafter',
  'before\n~~~\n# no heading\n- no point\n~~~',
  '```\nnever ended **b**',
  '````\n```\nin it\n```\n````',
  '# Heading\ntext\n## Another ##\n#no heading',
  'Heading\n===\ntext\n\nAnother\n---\ntext',
  'above\n\n***\n\nbelow',
  '- one\n- two **bold**\n  more of two\n* other\n+ third',
  '1. name the limit\n2. close the `database` in stop()\n10) ten',
  'It was in\n2024. That is long ago\n1. but this is a point',
  'minus -1 and - dash, and\n-no point',
  '> quoted **text**\n> more\n\nanswer',
  '> ```\n> code in it\n> ```\nafter',
  '> - a point in it\n> > deeper',
  '- > quoted in a point\n- ```\n  code\n  ```',
  '    indented **code**\n\nnot code',
  'text\n    goes on **here**',
  '| a | **b** |\n|---|:-:|\n| one | `two` |\n\nafter | it',
  'a | b is no table',
  'a [link](https://example.com/a_b_c) and [**bold**](https://example.com "title")',
  'a [link](javascript:alert) that is none, [x] and [y](z) [',
  '![picture](https://example.com/p.png) and <https://example.com/*a*>',
  'https://example.com/a_b_c/d*e*f and https://example.com/?a=1&b=2',
  '[a (b)](https://example.com/x_(y)) done',
  'escaped \\*stars\\*, \\`ticks\\`, \\[brackets\\] and a\\b',
  'entities &amp; &lt;b&gt; &copy-not; &#42; &#x2a; & < > "',
  '<b>no HTML</b> <script>alert(1)</script>',
  'größe **ÄÖÜ** 日本**語** **😀** *עברית*',
  'two\nlines\n\nand a paragraph\n\n\nmore',
  '** not bold ** and * not leaning * and _ no _',
  '*a **b* c** and **a *b** c*',
  '****four**** and *****five*****',
  ':+1: done! [1]: no',
];

describe('a message in one line', () => {
  for (const text of SAID) {
    it(`is what the page shows: ${JSON.stringify(text).slice(0, 60)}`, () => {
      assert.equal(plainText(text), shownBy(text));
    });
  }

  it('is as it was written where nothing of it would be seen', () => {
    assert.deepEqual(['***', '', '```\n```', ' \n'].map(plainText), ['***', '', '``` ```', '']);
  });

  it('takes no longer than it is long, whatever it is, and loses no word of it', () => {
    const signs = [
      '*',
      '_',
      '`',
      '[',
      '](',
      ')',
      '~~',
      '\\',
      '&',
      '<',
      '![',
      '\n',
      '> ',
      '- ',
      '|',
      ' ',
      '#',
    ];
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 300; round += 1) {
      const parts = Array.from({ length: 40 }, (_, at) =>
        at % 4 === 0 ? `w${at}` : (signs[Math.floor(random() * signs.length)] ?? ''),
      );
      const said = plainText(parts.join(''));
      for (const word of parts.filter((part) => part.startsWith('w'))) assert.match(said, new RegExp(word));
    }
    for (const sign of [...signs, '`a``b', '*a_b', '[a](', '> - ', '||\n|-', '**a ']) {
      const from = performance.now();
      plainText(sign.repeat(Math.ceil((32 * 1024) / sign.length)));
      assert.ok(performance.now() - from < 1_000, sign);
    }
  });
});
