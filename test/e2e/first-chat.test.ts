import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startRecorder, type Recorder } from '../../extension/test/support/recorder.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { TestDiscovery } from '../harness/discovery.ts';
import { Player } from '../harness/player.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** Goes online for the first time, as a person does: from the palette, one answer after the other. */
async function goOnlineFirst(window: Workbench, server: string, name: string): Promise<void> {
  await window.runCommand('P2P Chat: Go Online');
  await window.answer('discovery server', server);
  await window.answer('name', name);
  await window.pick(/Advanced/, /^Go Online/);
  await window.notified(new RegExp(`You are online as ${name}`));
}

describe('two people in two real editors', () => {
  let discovery: TestDiscovery;
  let recorder: Recorder;
  let sam: TestUser;
  let carol: TestUser;
  let sams: Workbench;
  let carols: Workbench;
  /** A third, whose editor nobody looks at. */
  let erin: Player;

  /** The first word of each row of Sam's contacts, once it is as expected. */
  async function contactsAre(...expected: string[]): Promise<void> {
    let rows: string[] = [];
    await eventually(
      `Sam's contacts are ${expected.join(' and ')}`,
      async () => {
        rows = (await sams.rows('Contacts')).map((row) => /^\w+/.exec(row)?.[0] ?? row);
        return rows.join() === expected.join();
      },
      { details: () => `They are: ${rows.join()}` },
    );
  }

  before(async () => {
    recorder = await startRecorder(() => discovery.port);
    discovery = await TestDiscovery.start({ args: ['--also-port', String(recorder.port)] });
    [sam, carol] = await Promise.all([
      TestUser.start({ name: 'Sam', settings: { 'files.simpleDialog.enable': true } }),
      TestUser.start({ name: 'Carol' }),
    ]);
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose(), erin.stop()]);
    await recorder.stop();
    await discovery.dispose();
  });

  it('go online for the first time and see each other appear', async () => {
    const server = `http://127.0.0.1:${recorder.port}`;
    sams = await sam.openWindow();
    await goOnlineFirst(sams, server, 'Sam');
    await sams.openView('P2P Chat');
    carols = await carol.openWindow();
    await goOnlineFirst(carols, server, 'Carol');
    await carols.openView('P2P Chat');
    await sams.treeItem('Carol').waitFor();
    await carols.treeItem('Sam').waitFor();
    const icon = sams.treeItem('Carol').locator('.custom-view-tree-node-item-icon');
    assert.match((await icon.getAttribute('style')) ?? '', /url\(["']data:image\/svg\+xml;base64,/);
  });

  it('talk: Sam opens Carol from the tree and writes, Carol sees the request, reads, accepts and answers', async () => {
    const chat = await sams.openChat('Carol');
    await chat.send('Is the build green?');
    await chat.arrived('Is the build green?').waitFor();

    await carols.treeItem(/^Sam, .*message request, 1 unread message/).waitFor();
    const answers = await carols.openChat('Sam');
    await answers.message('Is the build green?').waitFor();
    await answers.decide('Accept');
    await carols.treeItem(/^Sam(?!.*(unread|request))/).waitFor();
    await answers.send('As a meadow.');
    await chat.message('As a meadow.').waitFor();
    await chat.message('Is the build green?').getByText('read', { exact: true }).waitFor();
  });

  it('say of themselves what they are up to, which the other sees beside the name and in the chat', async () => {
    await carols.runCommand('P2P Chat: Set Status');
    await carols.answer('Set Status', 'In a meeting until 3');
    await sams.treeItem(/^Carol, .*status: In a meeting until 3/).waitFor();
    const chat = await sams.chat('Carol');
    await chat.frame.getByTitle('What Carol says of themselves: In a meeting until 3').waitFor();
  });

  it('see each other write, reply, react, edit and delete', async () => {
    const chat = await sams.chat('Carol');
    const answers = await carols.chat('Sam');
    await answers.box.pressSequentially('Ship');
    await chat.frame.getByText('Carol is writing…').waitFor();
    await answers.box.fill('');
    await answers.send('Ship it?');
    await chat.act('Ship it?', 'React with 👍');
    await answers
      .message('Ship it?')
      .getByRole('button', { name: /👍 by Sam/ })
      .waitFor();
    await chat.act('Ship it?', 'More Reactions…');
    const filter = chat.frame.getByRole('combobox', { name: 'Filter emoji by name' });
    await filter.fill('rocket');
    await filter.press('Enter');
    await answers
      .message('Ship it?')
      .getByRole('button', { name: /🚀 by Sam/ })
      .waitFor();
    await chat.act('Ship it?', 'Reply');
    await chat.send('Yse.');
    await answers.message('Yse.').getByRole('button', { name: 'In reply to you: Ship it?' }).waitFor();
    await chat.arrived('Yse.').waitFor();
    await chat.box.press('ArrowUp');
    await chat.send('Yes.');
    await answers.message('Yes.').getByText('edited').waitFor();
    await chat.act('Yes.', 'Delete');
    await sams
      .dialog(/Delete this message/)
      .getByRole('button', { name: 'Delete' })
      .click();
    await answers.message('This message was deleted.').waitFor();
    await chat.message('This message was deleted.').waitFor();
  });

  it('find each other among others: by name, whoever waits for an answer first, and whoever is pinned before them', async () => {
    erin = await Player.start('Erin', `http://127.0.0.1:${recorder.port}`);
    await (await sams.chat('Carol')).box.fill('half a thought');
    await sams.treeItem('Erin').waitFor();
    await sams.runCommand('P2P Chat: Open Chat');
    await sams.pick('Type a name', 'Erin');
    const chat = await sams.chat('Erin');
    await chat.send('Welcome, Erin');
    await chat.arrived('Welcome, Erin').waitFor();
    await contactsAre('Erin', 'Carol');

    // Behind Erin's, the chat with Carol is in no one's view.
    await (await carols.chat('Sam')).send('Who is new?');
    await sams.answerNotification(/Who is new/, 'Mute');
    await sams.treeItem(/^Carol, .*1 unread message.*muted/).waitFor();
    await sams.chooseFromMenu(sams.treeItem('Carol'), 'Unmute');
    await sams.page.getByRole('tab', { name: /^P2P Chat.*1 unread message/ }).waitFor();
    await sams.statusItem(/online as Sam, 1 unread message/).waitFor();
    await contactsAre('Carol', 'Erin');
    await sams.chooseFromMenu(sams.treeItem('Erin'), 'Pin');
    await contactsAre('Erin', 'Carol');
    await sams.treeItem(/^Erin, .*pinned/).waitFor();
  });

  it('see all at the moment that they turn to a chat again: what was said meanwhile, and what they had begun to write', async () => {
    const chat = await sams.openChat('Carol');
    await chat.rows.first().waitFor();
    const [shown, draft] = await Promise.all([chat.messages(), chat.box.inputValue()]);
    assert.match(shown[0] ?? '', /Is the build green\?/);
    assert.match(shown.at(-1) ?? '', /Who is new\?/);
    assert.equal(draft, 'half a thought');
    await sams.statusItem(/online as Sam(?!.*unread)/).waitFor();
    await chat.box.fill('');
  });

  it('follow a link only after VS Code has asked, and nothing but web addresses are links', async () => {
    const chat = await sams.chat('Carol');
    const answers = await carols.chat('Sam');
    await answers.send('See https://docs.example/a?b=c%26d, not [this](command:workbench.action.quit).');
    const said = chat.message('See https');
    await said.waitFor();
    assert.deepEqual(await said.getByRole('link').allInnerTexts(), ['https://docs.example/a?b=c%26d']);
    const pages = sam.context.pages().length;
    await said.getByRole('link').click();
    const prompt = sams.dialog(/open the external website/);
    await prompt.getByText('https://docs.example/a?b=c%26d').waitFor();
    await prompt.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(sam.context.pages().length, pages);
  });

  it('talk about code: in the colours of its language, copied and opened in an editor', async () => {
    const chat = await sams.chat('Carol');
    const answers = await carols.chat('Sam');
    await answers.send('Try this:\n```ts\nexport const answer = 42;\n```');
    const said = chat.message('Try this');
    await said.locator('code .keyword').first().waitFor();
    await said.getByRole('button', { name: 'Copy Code' }).click();
    await said.getByRole('status').getByText('Copied').waitFor();
    await said.getByRole('button', { name: 'Open Code in Editor' }).click();
    await sams.page.getByRole('code').getByText('export const answer = 42;').waitFor();
    await sams.statusItem(/TypeScript/).waitFor();
    await sams.runCommand('File: Revert File');
    await sams.runCommand('View: Close All Editors in Group');
  });

  it('find a message by a part of a word, and see it where it was said', async () => {
    await sams.runCommand('P2P Chat: Search Messages');
    const box = await sams.quickInputStep('Search Messages');
    await box.fill('nothing like this');
    await sams.quickInput.getByRole('option', { name: /No message has/ }).waitFor();
    await box.fill('meado');
    await sams.quickInput.getByRole('option', { name: /As a meadow/ }).click();
    const chat = await sams.chat('Carol');
    await chat.conversation.locator('[role=article]:focus').getByText('As a meadow.').waitFor();
  });

  it('export what was said', async () => {
    await sams.runCommand('P2P Chat: Export Conversation');
    await sams.pick('Export Conversation', 'Carol');
    const file = await sams.saveAsOffered('Export Conversation');
    await sams.notified(/messages with Carol are in p2p-chat-Carol\.md/);
    const written = await readFile(file, 'utf8');
    assert.match(written, /^# Conversation with Carol\n/);
    assert.match(
      written,
      /\*\*Sam\*\* .*\n\n> Is the build green\?\n\n\*\*Carol\*\* .*\n\n> As a meadow\.\n/,
    );
  });

  it('have a menu for each contact: copy the fingerprint, verify, block, delete what was said, and remove', async () => {
    const row = sams.treeItem('Erin');
    await sam.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await sams.chooseFromMenu(row, 'Copy Fingerprint');
    await sams.chooseFromMenu(row, 'Open Chat');
    const chat = await sams.chat('Erin');
    await chat.box.press('Control+v');
    assert.equal((await chat.box.inputValue()).replaceAll(' ', ''), erin.identity);
    await chat.box.fill('');
    await sams.chooseFromMenu(row, 'Verify…');
    await (await sams.webview('Verify Erin')).getByRole('button', { name: 'They Are the Same' }).waitFor();

    await sams.chooseFromMenu(row, 'Delete Conversation…');
    const erase = sams.dialog(/Delete the conversation with Erin\?/);
    await erase.getByRole('button', { name: 'Cancel' }).click();
    await (await sams.openChat('Erin')).message('Welcome, Erin').waitFor();
    await sams.chooseFromMenu(row, 'Delete Conversation…');
    await erase.getByRole('button', { name: 'Delete', exact: true }).click();
    await (await sams.chat('Erin')).message('Welcome, Erin').waitFor({ state: 'detached' });

    await sams.chooseFromMenu(row, 'Block…');
    await sams
      .dialog(/Block Erin\?/)
      .getByRole('button', { name: 'Block' })
      .click();
    await row.waitFor({ state: 'detached' });
    await sams.runCommand('P2P Chat: Blocked People');
    await sams.pick('Blocked People', 'Erin');
    await row.waitFor();
    await sams.chooseFromMenu(row, 'Remove…');
    await sams
      .dialog(/Remove Erin from your contacts\?/)
      .getByRole('button', { name: 'Remove' })
      .click();
    await contactsAre('Carol');
  });

  it('clear all that was said here, once they have said that they mean it', async () => {
    await sams.runCommand('P2P Chat: Clear History');
    const dialog = sams.dialog(/Delete all conversations\?/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    const chat = await sams.openChat('Carol');
    await chat.message('As a meadow.').waitFor();
    await sams.runCommand('P2P Chat: Clear History');
    await dialog.getByRole('button', { name: 'Delete All' }).click();
    await chat.message('As a meadow.').waitFor({ state: 'detached' });
    await (await carols.chat('Sam')).message('As a meadow.').waitFor();
  });

  it('lose nothing while one is away: held, kept over a restart, delivered in order, once', async () => {
    // A chat that is open comes back with the window, and is read before anybody counts.
    await carols.runCommand('View: Close All Editors');
    await carol.quit();
    const chat = await sams.chat('Carol');
    const texts = ['Then I merge.', 'Merged.', 'Deployed.'];
    for (const text of texts) await chat.send(text);
    await chat.conversation.getByText(/Carol is offline\. Messages are held/).waitFor();
    for (const text of texts) await chat.message(text).getByText('held').waitFor();

    await sam.quit();
    await sam.relaunch();
    sams = await sam.openWindow();
    await sams.statusItem(/Sam/).waitFor();
    await sams.openView('P2P Chat');
    await sams.treeItem(/^Carol, .*status: In a meeting until 3/).waitFor();
    await carol.relaunch();
    carols = await carol.openWindow();
    await carols.openView('P2P Chat');
    await carols.treeItem(/^Sam, .*3 unread messages/).waitFor({ timeout: 40_000 });
    const answers = await carols.openChat('Sam');
    await answers.conversation.getByText('Sent while you were away').waitFor();
    const shown = await answers.messages();
    assert.deepEqual(
      shown.flatMap((row) => texts.filter((text) => row.includes(text))),
      texts,
    );

    await sams.openView('P2P Chat');
    const delivered = await sams.openChat('Carol');
    for (const text of texts) await delivered.arrived(text).waitFor();
  });

  it('clear what they say of themselves', async () => {
    await carols.runCommand('P2P Chat: Set Status');
    assert.equal(await (await carols.quickInputStep('Set Status')).inputValue(), 'In a meeting until 3');
    await carols.quickInput.getByRole('button', { name: 'Clear Status' }).click();
    await sams.treeItem(/^Carol(?!.*status:)/).waitFor();
  });

  it('go on when the discovery server is stopped, which never had a readable message', async () => {
    const heard = recorder.heard();
    await recorder.stop();
    await discovery.stop();
    const [chat, answers] = [await sams.chat('Carol'), await carols.chat('Sam')];
    await chat.send('The server is gone.');
    await answers.message('The server is gone.').waitFor();
    await answers.send('We are not.');
    await chat.message('We are not.').waitFor();

    assert.ok(heard.includes('"sign-in"'), 'the recorder heard what was said');
    const stored = await Promise.all(
      (await readdir(discovery.data)).map((file) => readFile(path.join(discovery.data, file))),
    );
    for (const bytes of [heard, ...stored]) {
      for (const text of ['build green', 'meadow', 'Then I merge', 'Merged', 'Deployed']) {
        assert.ok(!bytes.includes(text), text);
      }
    }
  });
});
