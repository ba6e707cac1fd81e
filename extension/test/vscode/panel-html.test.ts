import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panelHtml } from '../../src/vscode/panel-html.ts';

const panel = {
  script: 'https://file.vscode-cdn.net/dist/webview.js?a="b"',
  nonce: 'abc123',
  title: '<b>Carol</b>',
  locale: 'de"><script>',
  translations: {},
  element: 'p2p-chat-card',
} as const;
const html = panelHtml(panel);

test('the page may load its own script and nothing else', () => {
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const nonce = '&#39;nonce-abc123&#39;';
  assert.equal(policy, `default-src &#39;none&#39;; script-src ${nonce}; style-src ${nonce}`);
  const scripts = html.match(/<script(?! type="application\/json").*?>/g);
  assert.deepEqual(scripts, [
    '<script nonce="abc123" data-page="https://file.vscode-cdn.net/dist/webview.js?a=&#34;b&#34;">',
  ]);
  assert.match(html, /<link rel="modulepreload" nonce="abc123" href="https:\/\/file/);
  assert.match(html, /<p2p-chat-card><\/p2p-chat-card>/);
});

test('a screen reader reads the page as English unless there are translations into the language of VS Code', () => {
  assert.match(html, /<html lang="en" /);
  assert.match(
    panelHtml({ ...panel, locale: 'de', translations: { Send: 'Senden' } }),
    /<html lang="de" data-locale="de">/,
  );
});

test('the translations lie in the document as data, which nothing in them can end', () => {
  const translations = { Send: '</script><script>alert(1)</script>' };
  const [, json] =
    /<script type="application\/json" id="translations">(.*?)<\/script>/.exec(
      panelHtml({ ...panel, translations }),
    ) ?? [];
  assert.deepEqual(JSON.parse(json ?? ''), translations);
});

test('what is to be seen at first glance stands in the element until the script fills it', () => {
  const glance = '<div class="glance"></div>';
  const chat = panelHtml({ ...panel, element: 'p2p-chat', glance });
  assert.match(chat, /<p2p-chat><div class="glance"><\/div><\/p2p-chat>/);
  assert.match(chat, /\.glance \{/);
  assert.ok(!html.includes('.glance'));
});

test('what comes from outside is text', () => {
  assert.match(html, /<title>&#60;b&#62;Carol/);
  assert.match(html, /data-locale="de&#34;&#62;&#60;script&#62;"/);
  assert.ok(!html.includes('a="b"'));
});
