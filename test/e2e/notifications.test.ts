import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestDiscovery } from '../harness/discovery.ts';
import type { ChatPanel } from '../harness/chat-panel.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

describe('what a contact writes', () => {
  let discovery: TestDiscovery;
  let sam: TestUser;
  let carol: TestUser;
  let sams: Workbench;
  let carols: Workbench;
  let writing: ChatPanel;

  before(async () => {
    discovery = await TestDiscovery.start();
    const account = (name: string) => ({
      name,
      settings: { 'p2pChat.discoveryServer': discovery.url, 'p2pChat.username': name },
    });
    [sam, carol] = await Promise.all([TestUser.start(account('Sam')), TestUser.start(account('Carol'))]);
    [sams, carols] = await Promise.all([sam.openWindow(), carol.openWindow()]);
    await sams.statusItem(/: online as Sam/).waitFor();
    await carols.statusItem(/: online as Carol/).waitFor();
    await sams.openView('P2P Chat');
    await carols.openView('P2P Chat');
    await sams.openChat('Carol');
    writing = await carols.openChat('Sam');
    await writing.send('first');
    await (await sams.chat('Carol')).message('first').waitFor();
    await sams.runCommand('View: Close All Editors');
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose()]);
    await discovery.dispose();
  });

  it('is notified while the chat is not in view, and Reply leads to it', async () => {
    await writing.send('are you there?');
    await sams.notified(/are you there\?/);
    await sams.answerNotification(/are you there\?/, 'Reply');
    await (await sams.chat('Carol')).message('are you there?').waitFor();
  });

  it('is notified in one of two windows', async () => {
    await sams.runCommand('View: Close All Editors');
    const other = path.join(sam.directory, 'other');
    await mkdir(other, { recursive: true });
    const second = await sam.openWindow({ folder: other });
    await second.statusItem(/online as Sam/).waitFor();
    await second.openView('P2P Chat');
    await writing.send('only once');
    await Promise.all([sams, second].map((each) => each.treeItem(/^Carol, .*1 unread message/).waitFor()));
    const text = /only once/;
    await Promise.any([sams, second].map((each) => each.notification(text).waitFor()));
    const counts = await Promise.all([sams, second].map((each) => each.notification(text).count()));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1,
    );
    await second.close();
  });

  it('is not notified once the contact is muted', async () => {
    await sams.runCommand('Notifications: Clear All Notifications');
    await sams.treeItem(/^Carol, /).click({ button: 'right' });
    // By key: VS Code takes no mouse click in a menu in the first tenth of a second after it opened.
    await sams.page.getByRole('menuitem', { name: 'Mute', exact: true }).hover();
    await sams.page.keyboard.press('Enter');
    await sams.treeItem(/^Carol, .*muted/).waitFor();
    await writing.send('quietly');
    await sams.treeItem(/^Carol, .*2 unread messages.*muted/).waitFor();
    assert.equal(await sams.notification(/quietly/).count(), 0);
  });
});
