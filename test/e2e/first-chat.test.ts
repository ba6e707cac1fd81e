import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startRecorder, type Recorder } from '../../extension/test/support/recorder.ts';
import { TestDiscovery } from '../harness/discovery.ts';
import { Keyboard } from '../harness/keyboard.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** Goes online for the first time, as a person does: from the palette, one answer after the other. */
async function goOnlineFirst(window: Workbench, server: string, name: string): Promise<void> {
  const keys = new Keyboard(window);
  await keys.run('P2P Chat: Go Online');
  await keys.answer('discovery server', server);
  await keys.answer('name', name);
  await window.quickInputStep(/Advanced/);
  await keys.choose(/^Go Online/);
  await window.notified(new RegExp(`You are online as ${name}`));
}

describe('two people in two real editors', () => {
  let discovery: TestDiscovery;
  let recorder: Recorder;
  let sam: TestUser;
  let carol: TestUser;
  let sams: Workbench;
  let carols: Workbench;
  /** What the two do until they talk about code, they do without a mouse. */
  let samsKeys: Keyboard;
  let carolsKeys: Keyboard;

  before(async () => {
    recorder = await startRecorder(() => discovery.port);
    discovery = await TestDiscovery.start({ args: ['--also-port', String(recorder.port)] });
    [sam, carol] = await Promise.all([
      TestUser.start({ name: 'Sam', settings: { 'files.simpleDialog.enable': true } }),
      TestUser.start({ name: 'Carol' }),
    ]);
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose()]);
    await recorder.stop();
    await discovery.dispose();
  });

  it('go online for the first time and see each other appear', async () => {
    const server = `http://127.0.0.1:${recorder.port}`;
    sams = await sam.openWindow();
    samsKeys = new Keyboard(sams);
    await goOnlineFirst(sams, server, 'Sam');
    await samsKeys.run('P2P Chat: Focus on Directory View');
    carols = await carol.openWindow();
    carolsKeys = new Keyboard(carols);
    await goOnlineFirst(carols, server, 'Carol');
    await carolsKeys.run('P2P Chat: Focus on Directory View');
    await sams.treeItem('Carol').waitFor();
    await carols.treeItem('Sam').waitFor();
    const icon = sams.treeItem('Carol').locator('.custom-view-tree-node-item-icon');
    assert.match((await icon.getAttribute('style')) ?? '', /url\(["']data:image\/svg\+xml;base64,/);
  });

  it('talk: Sam opens Carol from the tree and writes, Carol sees the request, reads, accepts and answers', async () => {
    await samsKeys.focusView('Directory');
    await samsKeys.goTo('Carol');
    await samsKeys.press('Enter');
    const chat = await sams.chat('Carol');
    await samsKeys.on(chat.box);
    await samsKeys.type('Is the build green?');
    await samsKeys.press('Enter');
    await chat.arrived('Is the build green?').waitFor();

    await carols.treeItem(/^Sam, .*message request, 1 unread message/).waitFor();
    await carolsKeys.focusView('Message Requests');
    await carolsKeys.goTo('Sam');
    await carolsKeys.press('Enter');
    const answers = await carols.chat('Sam');
    await answers.message('Is the build green?').waitFor();
    await carolsKeys.moveTo(answers.frame.getByRole('button', { name: 'Accept', exact: true }));
    await carolsKeys.press('Enter');
    await carols.treeItem(/^Sam(?!.*(unread|request))/).waitFor();
    await carolsKeys.on(answers.box);
    await carolsKeys.type('As a meadow.');
    await carolsKeys.press('Enter');
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
    const tools = chat.conversation.getByRole('toolbar');
    await chat.message('Ship it?').waitFor();
    await samsKeys.moveTo(chat.conversation, 'Shift+Tab');
    await samsKeys.press('ArrowUp');
    await samsKeys.on(chat.message('Ship it?'));
    await samsKeys.press('Enter');
    await samsKeys.on(tools.getByRole('button', { name: 'React with 👍' }));
    await samsKeys.press('Enter');
    await answers
      .message('Ship it?')
      .getByRole('button', { name: /👍 by Sam/ })
      .waitFor();
    await samsKeys.on(chat.message('Ship it?'));
    await samsKeys.press('Enter');
    await samsKeys.moveTo(tools.getByRole('button', { name: 'Reply' }), 'ArrowRight');
    await samsKeys.press('Enter');
    await samsKeys.on(chat.box);
    await samsKeys.type('Yse.');
    await samsKeys.press('Enter');
    await answers.message('Yse.').getByRole('button', { name: 'In reply to you: Ship it?' }).waitFor();
    await chat.arrived('Yse.').waitFor();
    await samsKeys.press('ArrowUp');
    await chat.send('Yes.');
    await answers.message('Yes.').getByText('edited').waitFor();
    await samsKeys.moveTo(chat.conversation, 'Shift+Tab');
    await samsKeys.press('ArrowUp');
    await samsKeys.on(chat.message('Yes.'));
    await samsKeys.press('Enter');
    await samsKeys.moveTo(tools.getByRole('button', { name: 'Delete' }), 'ArrowLeft');
    await samsKeys.press('Enter');
    await samsKeys.reaches(sams.dialog(/Delete this message/).getByRole('button', { name: 'Delete' }));
    await samsKeys.press('Enter');
    await answers.message('This message was deleted.').waitFor();
    await chat.message('This message was deleted.').waitFor();
  });

  it('mute, close the chat and open it again', async () => {
    await samsKeys.focusView('Contacts');
    await samsKeys.goTo('Carol');
    await samsKeys.press('Shift+F10');
    await samsKeys.choose(/^Mute/);
    await sams.treeItem(/^Carol, .*muted/).waitFor();
    await samsKeys.run('P2P Chat: Unmute');
    await sams.quickInputStep('Unmute');
    await samsKeys.choose('Carol');
    await sams.treeItem(/^Carol(?!.*muted)/).waitFor();
    await samsKeys.run('View: Close Editor');
    await sams.editorTab('Carol').waitFor({ state: 'detached' });
    await samsKeys.focusView('Contacts');
    await samsKeys.choose('Carol');
    await samsKeys.on((await sams.chat('Carol')).box);
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
    // Closed otherwise, VS Code would ask whether to save it, in a dialog over all that follows.
    await sams.runCommand('View: Revert and Close Editor');
    await sams.editorTab(/export const answer/).waitFor({ state: 'detached' });
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
    const chat = await sams.chat('Carol');
    await samsKeys.reaches(chat.message('As a meadow.'));
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
