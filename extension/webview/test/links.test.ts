import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { ofType } from './harness/browser.ts';
import { chatPages } from './harness/in-page.ts';
import { read, say, text } from './harness/said.ts';

const inPage = chatPages();

describe('a link', () => {
  inPage('leads to where it says, and its tooltip says the same', {}, async (panel) => {
    assert.deepEqual(
      await read(panel, 'see https://a.example/x?y=1#z, or [the docs](http://b.example "Bank")'),
      {
        text: 'see https://a.example/x?y=1#z, or the docs',
        links: ['https://a.example/x?y=1#z', 'http://b.example'],
      },
    );
    assert.equal(await text(panel).locator('a').nth(1).getAttribute('title'), 'http://b.example/');
  });

  inPage('shows the real host behind a text that reads as another address', {}, async (panel) => {
    const told = async (said: string): Promise<string> => (await read(panel, said)).text;
    assert.equal(
      await told('[https://bank.example](https://evil.example/x)'),
      'https://bank.example (evil.example)',
    );
    assert.equal(await told('[bank.example](https://evil.example)'), 'bank.example (evil.example)');
    assert.equal(
      await told('[**bank**.example/login](https://evil.example)'),
      'bank.example/login (evil.example)',
    );
    assert.equal(
      await told('[bank\u200b.exam\u00adple](https://evil.example)'),
      'bank\u200b.exam\u00adple (evil.example)',
    );
    assert.equal(await told('[ｂａｎｋ．example](https://evil.example)'), 'ｂａｎｋ．example (evil.example)');
    assert.equal(
      await told('<https://bank.example@evil.example>'),
      'https://bank.example@evil.example (evil.example)',
    );
    assert.equal(await told('https://аpple.example'), 'https://аpple.example (xn--pple-43d.example)');
    assert.equal(await told('[localhost:3000](https://evil.example)'), 'localhost:3000 (evil.example)');
    for (const other of [
      'or bank.example',
      'http://bank.example:80',
      '127.0.0.1',
      'a.example. bank.example',
    ]) {
      assert.equal(await told(`[${other}](https://a.example)`), `${other} (a.example)`);
    }
  });

  inPage('shows its host once where its text names it', {}, async (panel) => {
    const links = [
      '[a.example/x.md](https://a.example/x)',
      '[HTTPS://A.example](https://a.example)',
      'http://a.example:8000/README.md',
      '[v1.2](https://a.example)',
    ];
    assert.equal(
      (await read(panel, links.join(' '))).text,
      'a.example/x.md HTTPS://A.example http://a.example:8000/README.md v1.2',
    );
  });

  inPage('without a text, and an image, show their address', {}, async (panel) => {
    assert.deepEqual(
      await read(panel, '[](https://a.example) ![](https://b.example/c.png) ![chart](https://b.example)'),
      {
        text: 'https://a.example/ https://b.example/c.png chart',
        links: ['https://a.example', 'https://b.example/c.png', 'https://b.example'],
      },
    );
    assert.deepEqual(await read(panel, '[![chart](https://i.example/c.png)](https://a.example)'), {
      text: 'chart',
      links: ['https://a.example'],
    });
  });

  inPage('is made of whole addresses only, not of names of files', {}, async (panel) => {
    const said = 'README.md main.rs node.js a@b.example www.a.example';
    assert.deepEqual(await read(panel, said), { text: said, links: [] });
  });

  inPage('is given to the host, which asks before it opens, and to nobody else', {}, async (panel) => {
    await say(panel, '[a](https://a.example/b?c=d%26e)');
    // Where VS Code listens in each webview: in a trusted workspace it opens what it hears of without asking.
    await panel.page.evaluate(() => {
      window.addEventListener('click', () => (document.title = 'heard'));
    });
    await text(panel).getByRole('link', { name: 'a' }).click();
    await panel.page.keyboard.press('Enter');
    const opened = { type: 'open-link', url: 'https://a.example/b?c=d%26e' };
    assert.deepEqual(ofType(panel, 'open-link'), [opened, opened]);
    assert.notEqual(await panel.page.title(), 'heard');
  });
});
