import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launchRedis, noRedis } from '../../discovery-server/test/redis-process.ts';
import { TestDiscovery } from '../harness/discovery.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

// Where there is a Redis, the contact is at another instance of the discovery server: nothing is to be other.
describe('two windows of one person', () => {
  let redis: Awaited<ReturnType<typeof launchRedis>> | undefined;
  let servers: TestDiscovery[] = [];
  let sam: TestUser;
  let carol: TestUser;
  let first: Workbench;
  let second: Workbench;
  let carols: Workbench;

  before(async () => {
    redis = noRedis === false ? await launchRedis() : undefined;
    const shared = redis === undefined ? {} : { args: ['--store', redis.url] };
    servers = [await TestDiscovery.start(shared)];
    if (redis !== undefined) servers.push(await TestDiscovery.start(shared));
    const account = (name: string, url = '') => ({
      name,
      settings: {
        'p2pChat.discoveryServer': url,
        'p2pChat.username': name,
        'files.simpleDialog.enable': true,
      },
    });
    [sam, carol] = await Promise.all([
      TestUser.start(account('Sam', servers[0]?.url)),
      TestUser.start(account('Carol', servers.at(-1)?.url)),
    ]);
    [first, carols] = await Promise.all([sam.openWindow(), carol.openWindow()]);
    await Promise.all([first.statusItem(/Sam/).waitFor(), carols.statusItem(/Carol/).waitFor()]);
    await carols.openView('P2P Chat');
    await first.openView('P2P Chat');
    await first.openChat('Carol');
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose()]);
    for (const server of servers) await server.dispose();
    await redis?.dispose();
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
    await same.arrived('from the first').waitFor();
    await same.send('from the second');
    await chat.arrived('from the second').waitFor();
    await carols.treeItem(/^Sam, .*message request, 2 unread messages/).waitFor();
  });

  it('disturb nobody when one of them reloads, which keeps what was begun to be written there', async () => {
    await (await first.chat('Carol')).box.fill('half a thought');
    const chat = await carols.openChat('Sam');
    await chat.decide('Accept');
    const before = await chat.notices();
    await first.reload();
    await first.statusItem(/Sam/).waitFor();
    await chat.send('did you notice?');
    await (await second.chat('Carol')).message('did you notice?').waitFor();
    const again = await first.chat('Carol');
    await again.message('did you notice?').waitFor();
    assert.equal(await again.box.inputValue(), 'half a thought');
    await again.box.fill('');
    assert.deepEqual(await chat.notices(), before);
  });

  it('show a chat that a reload left behind another editor in one tab, when it is asked for there', async () => {
    const file = path.join(sam.workspace, 'notes.txt');
    await writeFile(file, 'in front of it\n');
    await first.runCommand('File: Open File');
    await first.openFile('Open File', file);
    await first.editorTab('notes.txt').waitFor();
    await first.reload();
    await first.statusItem(/Sam/).waitFor();
    assert.equal(await first.editorTab('Carol').count(), 1);
    const chat = await first.openChat('Carol');
    await chat.message('did you notice?').waitFor();
    await first.editorTab('Carol').nth(1).waitFor({ state: 'detached' });
    assert.equal(await first.editorTab('Carol').count(), 1);
    await first.runCommand('View: Close Other Editors in Group');
  });

  it('lose nothing when the one that runs the peer is killed in the middle of sending', async (t) => {
    const writing = await first.chat('Carol');
    const reading = await carols.chat('Sam');
    const before = await reading.notices();
    const labels = await carols.watchTreeItem('Sam');
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index} of 20`);
    const owner = await sam.ownerWindow();
    assert.equal(owner.window, 'other', 'the first gave the peer away by reloading');
    for (const [index, text] of texts.entries()) {
      if (index === 8) process.kill(owner.process, 'SIGKILL');
      await writing.send(text);
    }
    const sent = Date.now();
    for (const text of texts) await writing.arrived(text).waitFor();
    t.diagnostic(`all delivered ${((Date.now() - sent) / 1000).toFixed(1)} s after the last was written`);
    await reading.message('message 19 of 20').waitFor();
    const received = (await reading.messages()).flatMap((shown) => /message \d+ of 20/.exec(shown) ?? []);
    assert.deepEqual(received, texts);
    assert.deepEqual(await reading.notices(), before);
    assert.deepEqual(
      (await labels()).filter((label) => !label.startsWith('Sam, online')),
      [],
    );
    assert.equal((await sam.ownerWindow()).window, 'workspace');
    // VS Code cannot have the killed one back: a person reloads the window, which may forget its tabs then.
    await second.reload();
    await second.statusItem(/Sam/).waitFor();
    await (await second.openChat('Carol')).arrived('message 19 of 20').waitFor();
  });

  it('name the one that runs the peer and stands still, until it goes on', async () => {
    const owner = await sam.ownerWindow();
    const waiting = await second.chat('Carol');
    process.kill(owner.process, 'SIGSTOP');
    const name = new RegExp(
      `The window “workspace” .process ${owner.process}. runs P2P Chat and does not answer`,
    );
    await second.statusItem(name).waitFor();
    await second.sideBar.getByText(name).waitFor();
    await waiting.send('anybody there?');
    await waiting.frame.getByText(name).waitFor();
    process.kill(owner.process, 'SIGCONT');
    await second.statusItem(/online as Sam/).waitFor();
    await waiting.box.press('Enter');
    await waiting.arrived('anybody there?').waitFor();
  });

  it('give back what was written before anybody knew that one stands still, and take it again once it was sent after all', async () => {
    const owner = await sam.ownerWindow();
    const waiting = await second.chat('Carol');
    process.kill(owner.process, 'SIGSTOP');
    await waiting.send('in the gap');
    await waiting.frame.getByText(/does not answer/).waitFor();
    assert.equal(await waiting.box.inputValue(), 'in the gap');
    process.kill(owner.process, 'SIGCONT');
    await waiting.arrived('in the gap').waitFor();
    assert.equal(await waiting.box.inputValue(), '');
    assert.equal(await waiting.message('in the gap').count(), 1);
  });

  it('notify in one of them of what a contact writes while the chat is not in view, and Reply leads to it', async () => {
    const windows = [first, second];
    for (const each of windows) await each.runCommand('View: Close All Editors');
    const chat = await carols.chat('Sam');
    await chat.send('only once');
    await first.openView('P2P Chat');
    await Promise.all(windows.map((each) => each.treeItem(/^Carol, .*1 unread message/).waitFor()));
    await Promise.all(windows.map((each) => each.badge('P2P Chat', /1 unread message/).waitFor()));
    await Promise.any(windows.map((each) => each.notification(/only once/).waitFor()));
    const counts = await Promise.all(windows.map((each) => each.notification(/only once/).count()));
    assert.deepEqual(counts.toSorted(), [0, 1]);
    const notified = counts[0] === 1 ? first : second;
    await notified.answerNotification(/only once/, 'Reply');
    await (await notified.chat('Carol')).message('only once').waitFor();
    for (const each of windows) {
      await each.treeItem(/^Carol, (?!.*unread)/).waitFor();
      await each.badge('P2P Chat', /unread/).waitFor({ state: 'detached' });
    }
    await notified.runCommand('View: Close All Editors');
  });

  it('notify of nothing that a muted contact writes', async () => {
    await first.chooseFromMenu(first.treeItem(/^Carol, /), 'Mute');
    await first.treeItem(/^Carol, .*muted/).waitFor();
    await (await carols.chat('Sam')).send('quietly');
    await first.treeItem(/^Carol, .*1 unread message.*muted/).waitFor();
    for (const each of [first, second]) assert.equal(await each.notification(/quietly/).count(), 0);
  });

  it('take over from each other when the one that runs the peer is closed', async () => {
    const chat = await carols.chat('Sam');
    const before = await chat.notices();
    assert.equal((await sam.ownerWindow()).window, 'workspace');
    await first.close();
    const left = await second.openChat('Carol');
    await left.send('still here');
    await left.arrived('still here').waitFor();
    await chat.message('still here').waitFor();
    await carols.treeItem(/^Sam, online/).waitFor();
    assert.deepEqual(await chat.notices(), before);
  });

  it('see a contact go offline within 15 seconds when the editor is killed', async (t) => {
    const killed = Date.now();
    await carol.crash();
    await second.treeItem(/^Carol, offline/).waitFor();
    const seconds = (Date.now() - killed) / 1000;
    t.diagnostic(`shown offline after ${seconds.toFixed(1)} s`);
    assert.ok(seconds < 15, `${seconds} s`);
  });
});
