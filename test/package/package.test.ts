/** The package as a person gets it: small, with nothing in it but what runs, and it works in a clean VS Code. */
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Child } from '../../scripts/lib/child.ts';
import { repositoryRoot } from '../../scripts/lib/node-runtime.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { TestDiscovery } from '../harness/discovery.ts';
import { TestUser } from '../harness/user.ts';

describe('the package', () => {
  let vsix: string;
  let discovery: TestDiscovery;
  let sam: TestUser;

  before(async () => {
    const script = path.join(repositoryRoot, 'scripts', 'package.ts');
    const child = await Child.start('npm run package', process.execPath, [script]);
    assert.equal(await child.finished, 0, child.log);
    const name = /^(p2p-chat-\S+\.vsix) /m.exec(child.log)?.[1];
    assert.ok(name, child.log);
    vsix = path.join(repositoryRoot, name);
    discovery = await TestDiscovery.start({ run: 'bundle' });
    sam = await TestUser.start({
      name: 'Sam',
      extension: false,
      vsix,
      settings: {
        'p2pChat.discoveryServer': discovery.url,
        'p2pChat.username': 'Sam',
        'p2pChat.goOnlineAtStartup': true,
      },
    });
  });

  after(async () => {
    await sam.dispose();
    await discovery.dispose();
  });

  it('is smaller than 1 MB', async () => {
    assert.ok((await stat(vsix)).size < 1_000_000);
  });

  it('loads little at activation: no library, above all none that checks values', async () => {
    const { size } = await stat(path.join(repositoryRoot, 'extension', 'dist', 'extension.cjs'));
    assert.ok(size < 40_000, `${size} bytes`);
  });

  it('opens a conversation by a script of at most 250 kB', async () => {
    const { size } = await stat(path.join(repositoryRoot, 'extension', 'dist', 'webview.js'));
    assert.ok(size <= 250_000, `${size} bytes`);
  });

  it('holds what runs and nothing else', async () => {
    const extensions = path.join(sam.directory, 'extensions');
    const folder = (await readdir(extensions)).find((name) => name.startsWith('p2p-chat.p2p-chat-'));
    assert.ok(folder, 'the extension is installed');
    const entries = await readdir(path.join(extensions, folder), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(path.join(extensions, folder), path.join(entry.parentPath, entry.name)))
      .map((file) => file.replaceAll('\\', '/'));
    const runs =
      /^(package(\.nls.*)?\.json|l10n\/bundle\.l10n(\.[\w-]+)?\.json|\.vsixmanifest|(readme|changelog)\.md|LICENSE\.txt|media\/[\w.-]+|dist\/((extension|session|identity-file|peer|device-credentials|browser)\.cjs|(webview|highlight|emoji|card)\.js|webview\.js\.LEGAL\.txt|(webview|card)\.css|discovery-server\.mjs))$/;
    assert.deepEqual(
      files.filter((file) => !runs.test(file)),
      [],
    );
    for (const needed of ['dist/peer.cjs', 'dist/webview.js.LEGAL.txt', 'l10n/bundle.l10n.json']) {
      assert.ok(files.includes(needed), `${needed} is in it`);
    }
  });

  it('goes online in a clean VS Code', async () => {
    const window = await sam.openWindow();
    await window.statusItem(/Sam/).waitFor({ timeout: 40_000 });
    await eventually('the discovery server sees Sam online', () => discovery.log.includes('Sam is online'));
  });
});
