import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { startRecorder, type Recorder } from '../../extension/test/support/recorder.ts';
import { TestDiscovery } from '../harness/discovery.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { Keyboard } from '../harness/keyboard.ts';
import { Player } from '../harness/player.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

describe('two people in two real editors', () => {
  let discovery: TestDiscovery;
  let recorder: Recorder;
  let sam: TestUser;
  let carol: TestUser;
  let sams: Workbench;
  let carols: Workbench;
  /** Until they have searched what was said, the two have no mouse. */
  let samsKeys: Keyboard;
  let carolsKeys: Keyboard;
  /** A third, whose editor nobody looks at. */
  let erin: Player;

  before(async () => {
    recorder = await startRecorder(() => discovery.port);
    discovery = await TestDiscovery.start({ args: ['--also-port', String(recorder.port)] });
    [sam, carol] = await Promise.all([
      TestUser.start({ name: 'Sam', settings: { 'files.simpleDialog.enable': true } }),
      TestUser.start({ name: 'Carol' }),
    ]);
    [sams, carols] = await Promise.all([sam.openWindow(), carol.openWindow()]);
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose(), erin.stop()]);
    await recorder.stop();
    await discovery.dispose();
  });

  it('go online for the first time and see each other appear', async () => {
    const server = `http://127.0.0.1:${recorder.port}`;
    [samsKeys, carolsKeys] = [new Keyboard(sams), new Keyboard(carols)];
    await samsKeys.goOnlineFirst(server, 'Sam');
    await samsKeys.run('P2P Chat: Focus on Directory View');
    await carolsKeys.goOnlineFirst(server, 'Carol');
    await carolsKeys.run('P2P Chat: Focus on Directory View');
    await sams.treeItem('Carol').waitFor();
    await carols.treeItem('Sam').waitFor();
    const icon = sams.treeItem('Carol').locator('.custom-view-tree-node-item-icon');
    assert.match((await icon.getAttribute('style')) ?? '', /url\(["']data:image\/svg\+xml;base64,/);
  });

  it('talk: Sam opens Carol from the tree and writes, Carol sees the request, reads, accepts and answers', async () => {
    await samsKeys.focusView('Directory');
    await samsKeys.goToRow('Carol');
    await samsKeys.press('Enter');
    const chat = await sams.chat('Carol');
    await samsKeys.on(chat.box);
    await samsKeys.write('Is the build green?');
    await chat.arrived('Is the build green?').waitFor();

    await carols.treeItem(/^Sam, .*message request, 1 unread message/).waitFor();
    await carolsKeys.focusView('Message Requests');
    await carolsKeys.goToRow('Sam');
    await carolsKeys.press('Enter');
    const answers = await carols.chat('Sam');
    await answers.message('Is the build green?').waitFor();
    await carolsKeys.moveTo(answers.frame.getByRole('button', { name: 'Accept', exact: true }));
    await carolsKeys.press('Enter');
    await carols.treeItem(/^Sam(?!.*(unread|request))/).waitFor();
    await carolsKeys.on(answers.box);
    await carolsKeys.write('As a meadow.');
    await chat.message('As a meadow.').waitFor();
    await chat.message('Is the build green?').getByText('read', { exact: true }).waitFor();
  });

  it('say of themselves what they are up to, which the other sees beside the name and in the chat', async () => {
    await carolsKeys.run('P2P Chat: Set Status');
    await carolsKeys.answer('Set Status', 'In a meeting until 3');
    await sams.treeItem(/^Carol, .*status: In a meeting until 3/).waitFor();
    const chat = await sams.chat('Carol');
    await chat.frame.getByTitle('What Carol says of themselves: In a meeting until 3').waitFor();
  });

  it('see each other write, reply, react, edit and delete', async () => {
    const chat = await sams.chat('Carol');
    const answers = await carols.chat('Sam');
    const tools = chat.conversation.getByRole('toolbar');
    const reaction = (emoji: string) =>
      answers.message('Ship it?').getByRole('button', { name: `${emoji} by Sam` });
    await carolsKeys.on(answers.box);
    await carolsKeys.type('Ship');
    await chat.frame.getByText('Carol is writing…').waitFor();
    await carolsKeys.write(' it?');
    await chat.message('Ship it?').waitFor();
    await samsKeys.moveTo(chat.conversation, 'Shift+Tab');
    await samsKeys.moveTo(chat.message('Ship it?'), 'ArrowUp');
    await samsKeys.press('Enter');
    await samsKeys.on(tools.getByRole('button', { name: 'React with 👍' }));
    await samsKeys.press('Enter');
    await reaction('👍').waitFor();
    await samsKeys.on(chat.message('Ship it?'));
    await samsKeys.press('Enter');
    await samsKeys.moveTo(tools.getByRole('button', { name: 'More Reactions…' }), 'ArrowRight');
    await samsKeys.press('Enter');
    await samsKeys.on(chat.frame.getByRole('combobox', { name: 'Filter emoji by name' }));
    await samsKeys.write('rocket');
    await reaction('🚀').waitFor();
    await samsKeys.on(chat.message('Ship it?'));
    await samsKeys.press('Enter');
    await samsKeys.moveTo(tools.getByRole('button', { name: 'Reply' }), 'ArrowRight');
    await samsKeys.press('Enter');
    await samsKeys.on(chat.box);
    await samsKeys.write('Yse.');
    await answers.message('Yse.').getByRole('button', { name: 'In reply to you: Ship it?' }).waitFor();
    await chat.arrived('Yse.').waitFor();
    await samsKeys.press('ArrowUp', 'Control+a');
    await samsKeys.write('Yes.');
    await answers.message('Yes.').getByText('edited').waitFor();
    await samsKeys.moveTo(chat.conversation, 'Shift+Tab');
    await samsKeys.moveTo(chat.message('Yes.'), 'ArrowUp');
    await samsKeys.press('Enter');
    await samsKeys.moveTo(tools.getByRole('button', { name: 'Delete' }), 'ArrowLeft');
    await samsKeys.press('Enter');
    await samsKeys.on(sams.dialog(/Delete this message/).getByRole('button', { name: 'Delete' }));
    await samsKeys.press('Enter');
    // Whoever has answered goes on writing.
    await samsKeys.on(chat.box);
    await answers.message('This message was deleted.').waitFor();
    await chat.message('This message was deleted.').waitFor();
  });

  it('mute a contact from its menu, and let it be heard again', async () => {
    await samsKeys.focusView('Contacts');
    await samsKeys.goToRow('Carol');
    await samsKeys.press('Shift+F10');
    await samsKeys.choose(/^Mute/);
    await sams.treeItem(/^Carol, .*muted/).waitFor();
    await samsKeys.run('P2P Chat: Unmute');
    await sams.quickInputStep('Unmute');
    await samsKeys.choose('Carol');
    await sams.treeItem(/^Carol(?!.*muted)/).waitFor();
    // The chat that is open has the same in its title, of whom it need not ask.
    for (const [command, then] of [
      ['Mute', /^Carol, .*muted/],
      ['Unmute', /^Carol(?!.*muted)/],
    ] as const) {
      await sams.page
        .locator('.part.editor')
        .getByRole('button', { name: /^More Actions/ })
        .click();
      await samsKeys.choose(new RegExp(`^${command}$`));
      await sams.treeItem(then).waitFor();
    }
  });

  it('are told by the walkthrough that they have done all of it', async () => {
    await samsKeys.run('P2P Chat: Get Started');
    const steps = sams.page.locator('.getting-started-step');
    await steps.and(sams.page.locator('[aria-checked=true]')).nth(3).waitFor();
    assert.equal(await steps.count(), 4);
    // One of them gets the focus when the page has slid in, from a palette as well.
    await steps.and(sams.page.locator(':focus')).waitFor();
    await samsKeys.run('View: Close Editor');
    // It takes the focus when it is there, which would close a list that is open by then.
    await samsKeys.on((await sams.chat('Carol')).box);
  });

  it('disturb nobody who has VS Code disturb them with nothing', async () => {
    await samsKeys.run('View: Close Editor');
    await sams.editorTab('Carol').waitFor({ state: 'detached' });
    await samsKeys.run('Notifications: Toggle Do Not Disturb Mode');
    await carolsKeys.write('In a hurry?');
    await sams.treeItem(/^Carol, .*1 unread message/).waitFor();
    await samsKeys.run('Notifications: Show Notifications');
    const center = sams.page.locator('.notifications-center');
    await center.getByRole('dialog', { name: 'In a hurry?' }).waitFor();
    assert.equal(await sams.notification('In a hurry?').count(), 0);
    await samsKeys.run('Notifications: Clear All Notifications');
    await samsKeys.run('P2P Chat: Toggle Do Not Disturb');
    await carolsKeys.write('Look here.');
    await sams.notified('Look here.');
    await samsKeys.run('Notifications: Clear All Notifications');
  });

  it('find a message by a part of a word, and see it where it was said', async () => {
    await samsKeys.run('P2P Chat: Search Messages');
    await sams.quickInputStep('Search Messages');
    await samsKeys.type('nothing like this');
    await sams.quickInput.getByRole('option', { name: /No message has/ }).waitFor();
    await samsKeys.press('Control+a');
    await samsKeys.type('meado');
    await sams.quickInput.getByRole('option', { name: /As a meadow/ }).waitFor();
    await samsKeys.choose(/As a meadow/);
    await samsKeys.on((await sams.chat('Carol')).message('As a meadow.'));
  });

  it('look for it in the chat by the key by which VS Code searches, and copy it from its menu', async () => {
    await samsKeys.press('Control+f');
    await sams.quickInputStep('Search in Conversation with Carol');
    await samsKeys.type('is the buil');
    await sams.quickInput.getByRole('option', { name: /Is the build green/ }).waitFor();
    await samsKeys.choose(/Is the build green/);
    const asked = (await sams.chat('Carol')).message('Is the build green?');
    await samsKeys.on(asked);
    await sam.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await sams.chooseFromMenu(asked, 'Copy Message');
    await eventually('the message is in the clipboard', async () => {
      const text = await sams.page.evaluate<string>('navigator.clipboard.readText()');
      return text === 'Is the build green?';
    });
    await sams.chooseFromMenu(asked, 'Reply');
    const chat = await sams.chat('Carol');
    await chat.frame.getByText('Replying to yourself').waitFor();
    await samsKeys.on(chat.box);
    await samsKeys.press('Escape');
  });

  it('find each other among others: by name, whoever waits for an answer first, and whoever is pinned before them', async () => {
    erin = await Player.start('Erin', `http://127.0.0.1:${recorder.port}`);
    await (await sams.chat('Carol')).box.fill('half a thought');
    await sams.treeItem('Erin').waitFor();
    // VS Code gives a chat the focus back a moment after the palette has closed, which would close a list that is open by then.
    await samsKeys.focusView('Contacts');
    await sams.runCommand('P2P Chat: Open Chat');
    await sams.pick('Type a name', 'Erin');
    const chat = await sams.chat('Erin');
    await chat.send('Welcome, Erin');
    await chat.arrived('Welcome, Erin').waitFor();
    await sams.rowsAre('Contacts', ['Erin', 'Carol']);
    await sams.treeItem(/^Carol, .*draft/).waitFor();

    // Behind Erin's, the chat with Carol is in no one's view.
    await (await carols.chat('Sam')).send('Who is new?');
    await sams.answerNotification(/Who is new/, 'Mute');
    await sams.treeItem(/^Carol, .*1 unread message.*muted/).waitFor();
    await sams.chooseFromMenu(sams.treeItem('Carol'), 'Unmute');
    await sams.page.getByRole('tab', { name: /^P2P Chat.*1 unread message/ }).waitFor();
    await sams.statusItem(/online as Sam, 1 unread message/).waitFor();
    await sams.rowsAre('Contacts', ['Carol', 'Erin']);
    await sams.chooseFromMenu(sams.treeItem('Erin'), 'Pin');
    await sams.rowsAre('Contacts', ['Erin', 'Carol']);
    await sams.treeItem(/^Erin, .*pinned/).waitFor();

    // VS Code's own search in a tree.
    await samsKeys.focusView('Contacts');
    await samsKeys.press('Control+Alt+f');
    await samsKeys.reaches(sams.sideBar.getByRole('textbox', { name: 'Type to search' }));
    await samsKeys.write('aro');
    await samsKeys.goToRow('Carol');
    await samsKeys.press('Escape');
  });

  it('see all at the moment that they turn to a chat again: what was said meanwhile, and what they had begun to write', async () => {
    const chat = await sams.openChat('Carol');
    await chat.rows.first().waitFor();
    const [shown, draft] = await Promise.all([chat.messages(), chat.box.inputValue()]);
    assert.match(shown[0] ?? '', /Is the build green\?/);
    assert.match(shown.at(-1) ?? '', /Who is new\?/);
    assert.equal(draft, 'half a thought');
    await sams.treeItem(/^Carol(?!.*draft)/).waitFor();
    await sams.statusItem(/online as Sam(?!.*unread)/).waitFor();
    await chat.box.fill('');
    // The list says whose chat it is, also for whoever has not chosen in it.
    const selected = (name: string): Locator =>
      sams.treeItem(name).and(sams.page.locator('[aria-selected=true]'));
    await sams.editorTab('Erin').click();
    await selected('Erin').waitFor();
    await sams.editorTab('Carol').click();
    await selected('Carol').waitFor();
  });

  it('go on with an edit that they left for another chat, as the edit that it was', async () => {
    const chat = await sams.chat('Carol');
    await chat.box.press('ArrowUp');
    await chat.frame.getByText('Editing', { exact: true }).waitFor();
    const said = await chat.box.inputValue();
    await chat.box.fill(`${said} And more.`);
    await sams.openChat('Erin');
    const again = await sams.openChat('Carol');
    await again.frame.getByText('Editing', { exact: true }).waitFor();
    assert.equal(await again.box.inputValue(), `${said} And more.`);
    await again.box.press('Escape');
    await again.frame.getByText('Editing', { exact: true }).waitFor({ state: 'detached' });
    assert.equal(await again.box.inputValue(), '');
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
    await sams.chooseFromMenu(said.getByRole('link'), 'Copy Link');
    await eventually('the link is in the clipboard', async () => {
      const text = await sams.page.evaluate<string>('navigator.clipboard.readText()');
      return text === 'https://docs.example/a?b=c%26d';
    });
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
    // Closed otherwise, VS Code would ask whether to save it, in a dialog over all that follows.
    await sams.runCommand('View: Revert and Close Editor');
    await sams.editorTab(/export const answer/).waitFor({ state: 'detached' });
    assert.equal(await sams.page.locator('.monaco-dialog-modal-block').count(), 0);
    assert.equal(await sams.page.locator('.part.editor .tab.dirty').count(), 0);
  });

  it('write about what is selected in an editor: it comes behind what they had begun, and is sent when they say so', async () => {
    const folder = path.join(sam.workspace, 'src');
    await mkdir(folder);
    await writeFile(path.join(folder, 'retry.ts'), 'for (;;) {\n  attempt();\n  wait();\n}\n');
    // As before an export: the chat has come to the front again.
    await samsKeys.focusView('Contacts');
    await sams.runCommand('File: Open File');
    await sams.openFile('Open File', path.join(folder, 'retry.ts'));
    const line = sams.page.locator('.part.editor .view-line').filter({ hasText: 'attempt' });
    await line.click();
    // Beside the chat, whose page is there while something is added to its box.
    await sams.runCommand('View: Move Editor into Right Group');
    const chat = await sams.chat('Carol');
    await chat.box.fill('Is this right?');
    await line.click();
    await samsKeys.press('Home', 'Shift+ArrowDown', 'Shift+End');
    await sams.chooseFromMenu(line, 'Send Selection to Chat…');
    await sams.quickInputStep('Send Selection to Chat');
    // Carol, whose chat is in view, and not Erin, who stands before her.
    await samsKeys.press('Enter');
    const written = 'Is this right?\n\n`src/retry.ts:2-3`\n```typescript\nattempt();\nwait();\n```\n';
    let held = '';
    const holds = (text: string): Promise<unknown> =>
      eventually(`the box holds "${text}"`, async () => (held = await chat.box.inputValue()) === text, {
        details: () => `It holds: ${held}`,
      });
    await holds(written);
    await samsKeys.on(chat.box);
    await samsKeys.press('Control+z');
    await holds('Is this right?');
    await samsKeys.press('Control+Shift+z');
    await holds(written);
    await samsKeys.write('Or is it not?');
    const said = (await carols.chat('Sam')).message(/src\/retry\.ts:2-3/);
    await said.getByText('Or is it not?').waitFor();
    await said.locator('code').filter({ hasText: 'wait();' }).waitFor();
    await sams.editorTab('retry.ts').click();
    await sams.runCommand('View: Close Editor');
    // As after the walkthrough.
    await samsKeys.on(chat.box);
  });

  it('export what was said', async () => {
    // Else the chat, which has come to the front again, takes the focus a moment later, and so closes the list.
    await samsKeys.focusView('Contacts');
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
    // The chat behind it comes up a moment later, and takes the focus from no menu that is open by then.
    await sams.runCommand('View: Close Editor');
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
    await sams.chooseFromMenu(row, 'Remove Contact…');
    await sams
      .dialog(/Remove Erin from your contacts\?/)
      .getByRole('button', { name: 'Remove' })
      .click();
    await sams.rowsAre('Contacts', ['Carol']);
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
    // Nobody is called away before they were gone for ten seconds: Sam's restart fits in there.
    for (const text of texts)
      await chat
        .message(text)
        .getByText(/^(held|sending)$/)
        .waitFor();

    await sam.quit();
    await sam.updateSettings({ 'p2pChat.notifications': 'none' });
    await Promise.all([sam.relaunch(), carol.relaunch()]);
    sams = await sam.openWindow();
    const kept = await sams.chat('Carol');
    await kept.conversation.getByText(/Carol is offline\. Messages are held/).waitFor();
    for (const text of texts) await kept.message(text).getByText('held').waitFor();
    await sams.openView('P2P Chat');
    await sams.treeItem(/^Carol, .*status: In a meeting until 3/).waitFor();
    assert.equal(await sams.editorTab(/Untitled/).count(), 0, 'no code is left over from before');
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

  it('are shown what they say of themselves, and clear it', async () => {
    await carols.statusItem(/online as Carol/).click();
    await carols.pick('Online as Carol', /Set Status….*In a meeting until 3/);
    // The menu has the name of the command too.
    const box = await carols.quickInputStep('A line about you');
    assert.equal(await box.inputValue(), 'In a meeting until 3');
    await carols.quickInput.getByRole('button', { name: 'Clear Status' }).click();
    await sams.treeItem(/^Carol(?!.*status:)/).waitFor();
  });

  it('be notified of nothing once the setting says so', async () => {
    await sams.runCommand('View: Close All Editors');
    await (await carols.chat('Sam')).send('Nobody there?');
    await sams.treeItem(/^Carol, .*1 unread message/).waitFor();
    await sams.runCommand('Notifications: Show Notifications');
    await sams.page.locator('.notifications-center').waitFor();
    assert.equal(await sams.page.getByRole('dialog', { name: 'Nobody there?' }).count(), 0);
    await sams.openChat('Carol');
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
