import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestDiscovery } from '../harness/discovery.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

describe('two windows of one person', () => {
  let discovery: TestDiscovery;
  let sam: TestUser;
  let carol: TestUser;
  let first: Workbench;
  let second: Workbench;
  let carols: Workbench;

  before(async () => {
    discovery = await TestDiscovery.start();
    const account = (name: string) => ({
      name,
      settings: { 'p2pChat.discoveryServer': discovery.url, 'p2pChat.username': name },
    });
    [sam, carol] = await Promise.all([TestUser.start(account('Sam')), TestUser.start(account('Carol'))]);
    carols = await carol.openWindow();
    await carols.statusItem(/Carol/).waitFor();
    await carols.openView('P2P Chat');
    first = await sam.openWindow();
    await first.statusItem(/Sam/).waitFor();
    await first.openView('P2P Chat');
    await first.openChat('Carol');
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose()]);
    await discovery.dispose();
  });

  it('show the same people, messages and unread counts, and both can write', async () => {
    const other = path.join(sam.directory, 'other');
    await mkdir(other, { recursive: true });
    second = await sam.openWindow({ folder: other });
    await second.statusItem(/Sam/).waitFor();
    await second.openView('P2P Chat');
    const chat = await first.chat('Carol');
    await chat.send('from the first');
    const same = await second.openChat('Carol');
    await same.message('from the first').getByText('delivered').waitFor();
    await same.send('from the second');
    await chat.message('from the second').getByText('delivered').waitFor();
    await carols.treeItem(/^Sam, .*message request, 2 unread messages/).waitFor();
  });

  it('disturb nobody when one of them reloads', async () => {
    const chat = await carols.openChat('Sam');
    await chat.decide('Accept');
    const before = await chat.notices();
    await first.reload();
    await first.statusItem(/Sam/).waitFor();
    await chat.send('did you notice?');
    await (await second.chat('Carol')).message('did you notice?').waitFor();
    await (await first.chat('Carol')).message('did you notice?').waitFor();
    assert.deepEqual(await chat.notices(), before);
  });

  it('take over from each other when the one that runs the peer is closed', async () => {
    const chat = await carols.chat('Sam');
    const before = await chat.notices();
    // The first gave the peer away by reloading, so the second runs it now.
    await second.close();
    const left = await first.chat('Carol');
    await left.send('still here');
    await left.message('still here').getByText('delivered').waitFor();
    await chat.message('still here').waitFor();
    await carols.treeItem(/^Sam, online/).waitFor();
    assert.deepEqual(await chat.notices(), before);
  });

  it('see a contact go offline within 15 seconds when the editor is killed', async (t) => {
    const killed = Date.now();
    await carol.crash();
    await first.treeItem(/^Carol, offline/).waitFor();
    const seconds = (Date.now() - killed) / 1000;
    t.diagnostic(`shown offline after ${seconds.toFixed(1)} s`);
    assert.ok(seconds < 15, `${seconds} s`);
  });
});
