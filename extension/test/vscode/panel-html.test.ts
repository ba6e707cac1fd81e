import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panelHtml } from '../../src/vscode/panel-html.ts';

const html = panelHtml({
  script: 'https://file.vscode-cdn.net/dist/webview.js?a="b"',
  nonce: 'abc123',
  title: '<b>Carol</b>',
  locale: 'de"><script>',
  element: 'p2p-chat-card',
});

test('the page may load its own script and nothing else', () => {
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const nonce = '&#39;nonce-abc123&#39;';
  assert.equal(policy, `default-src &#39;none&#39;; script-src ${nonce}; style-src ${nonce}`);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(html, /<p2p-chat-card><\/p2p-chat-card>/);
  assert.match(html, /<script type="module" nonce="abc123" src="https:\/\/file/);
});

test('a screen reader reads the page as English, which its words are, whatever the language of VS Code', () => {
  assert.match(html, /<html lang="en" /);
});

test('what comes from outside is text', () => {
  assert.match(html, /<title>&#60;b&#62;Carol/);
  assert.match(html, /data-locale="de&#34;&#62;&#60;script&#62;"/);
  assert.match(html, /webview\.js\?a=&#34;b&#34;"/);
});
