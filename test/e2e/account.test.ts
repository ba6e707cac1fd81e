/** An account from its beginning to its end: the server's key, the name, the identity, another machine. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { TestDiscovery } from '../harness/discovery.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

const joinCode = 'four-words-by-chance';
const passphrase = 'correct horse battery staple';

describe('somebody with an account', () => {
  let discovery: TestDiscovery;
  let sam: TestUser;
  let carol: TestUser;
  let newMachine: TestUser;
  let sams: Workbench;
  let carols: Workbench;
  let news: Workbench;

  before(async () => {
    discovery = await TestDiscovery.start({ tls: true, env: { P2P_CHAT_JOIN_CODE: joinCode } });
    const settings = { 'p2pChat.listenHost': '127.0.0.1', 'files.simpleDialog.enable': true };
    [sam, carol, newMachine] = await Promise.all([
      TestUser.start({ name: 'Sam', settings }),
      TestUser.start({ name: 'Carol', settings }),
      TestUser.start({ name: 'New', settings }),
    ]);
    [sams, carols] = await Promise.all([sam.openWindow(), carol.openWindow()]);
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose(), newMachine.dispose()]);
    await discovery.dispose();
  });

  it('went online at a server with a key of its own making: by its fingerprint, and by a join code', async () => {
    await sams.runCommand('P2P Chat: Go Online');
    await sams.answer('Discovery Server', discovery.url);
    await sams.answer('Username', 'Sam');
    await sams.pick(/Advanced/, /^Go Online/);
    await sams.quickInputStep('Key of the Server');
    const trust = sams.quickInput.getByRole('option', { name: /^Trust This Server/ });
    assert.match(await trust.innerText(), new RegExp(discovery.fingerprint));
    await trust.click();
    await sams.answer('Join Code', 'four words by guess');
    await sams.answer(/Join Code[^]*not the/, joinCode);
    await sams.notified(/You are online as Sam/);
  });

  it('brought a colleague there by an invite, who had nothing left to compare or to type', async () => {
    await sams.runCommand('P2P Chat: Invite a Colleague');
    const card = await sams.webview('Invite a Colleague');
    await card.getByRole('checkbox', { name: /join code/ }).click();
    // The one that he went online with is offered.
    await sams.answer('The join code of');
    const link = card.getByRole('textbox').first();
    await card.getByText(/whoever has it can make an account/).waitFor();
    await carols.runCommand('P2P Chat: Join with an Invite');
    await carols.answer('Join with an Invite', await link.inputValue());
    await carols.dialog(discovery.fingerprint).getByRole('button', { name: 'Join' }).click();
    await carols.answer('Username', 'Carol');
    await (await carols.chat('Sam')).send('I am here');
    await sams.openView('P2P Chat');
    const chat = await sams.openChat('Carol');
    await chat.decide('Accept');
    await chat.send('Welcome');
    await (await carols.chat('Sam')).message('Welcome').waitFor();
  });

  it('renames it: contacts see the new name and that it is the same person', async () => {
    await sams.runCommand('P2P Chat: Rename My Account');
    await sams.answer('Rename My Account', 'Samuel');
    await sams.notified(/You are called Samuel now/);
    const chat = await carols.chat('Samuel');
    await chat.notice('Sam is now called Samuel').waitFor();
    assert.deepEqual(
      (await chat.notices()).filter((line) => line.includes('offline')),
      [],
    );
  });

  it('replaces their identity: contacts follow by themselves, and what was held is delivered', async () => {
    const hers = await carols.chat('Samuel');
    const his = await sams.chat('Carol');
    await sams.runCommand('P2P Chat: Go Offline');
    await hers.notice(/Samuel is offline/).waitFor();
    await hers.send('to the old identity');
    await hers.message('to the old identity').getByText('held').waitFor();
    await his.send('by the old identity');
    await his.message('by the old identity').getByText('held').waitFor();

    await sams.runCommand('P2P Chat: Replace My Identity');
    await sams
      .dialog(/Replace your identity/)
      .getByRole('button', { name: 'Replace Identity' })
      .click();
    await sams.webview('My Identity');
    await sams.runCommand('P2P Chat: Go Online');
    await hers.notice(/Samuel has a new identity\. The old one signed it over/).waitFor();
    await hers.arrived('to the old identity').waitFor();
    await hers.message('by the old identity').waitFor();
    const shown = await sams.openChat('Carol');
    await shown.message('to the old identity').waitFor();
    await shown.arrived('by the old identity').waitFor();
  });

  it('stays offline at a server with another key, until the new fingerprint is trusted', async () => {
    const before = discovery.fingerprint;
    await discovery.loseKey();
    const warning = sams.statusItem(/another key/);
    await warning.waitFor();
    await sams.runCommand('P2P Chat: Go Online');
    const dialog = sams.dialog(/is not the server that it was/);
    await dialog.getByText(before).waitFor();
    await dialog.getByText(discovery.fingerprint).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await warning.waitFor();
    assert.equal(await sams.statusItem(/online as/).count(), 0);
    await warning.click();
    await dialog.getByRole('button', { name: 'Trust the New Key' }).click();
    await sams.statusItem(/: online as Samuel/).waitFor();
    await carols.statusItem(/another key/).click();
    await carols.dialog(before).getByRole('button', { name: 'Trust the New Key' }).click();
    await carols.statusItem(/: online as Carol/).waitFor();
  });

  it('takes it to another machine: the old one is signed out, contacts see the same person', async () => {
    await sams.runCommand('P2P Chat: Export My Identity');
    await sams.answer('Passphrase', passphrase);
    await sams.answer('Once More', passphrase);
    const file = await sams.saveAsOffered('Export My Identity');
    await sams.notified(/Your identity is in p2p-chat-Samuel\.pem/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);

    news = await newMachine.openWindow();
    await news.runCommand('P2P Chat: Import Identity');
    await news.openFile('Import Identity', file);
    await news.answer('Passphrase', 'something else');
    await news.answer(/Passphrase[^]*not the passphrase/, passphrase);
    await news
      .dialog(/Be this identity/)
      .getByRole('button', { name: 'Import' })
      .click();
    await news.answer('Discovery Server', discovery.url);
    await news.answer('Username', 'Samuel');
    await news.pick(/Advanced/, /^Go Online/);
    await news.pick('Key of the Server', 'Trust This Server');
    await news.statusItem(/: online as Samuel/).waitFor();

    await sams.statusItem(/went online with another VS Code/).waitFor();
    const hers = await carols.chat('Samuel');
    await hers.send('Are you still you?');
    await hers.arrived('Are you still you?').waitFor();
    assert.equal(await hers.frame.getByRole('button', { name: 'Accept the New Identity' }).count(), 0);
    assert.equal(await hers.notice(/without a word from the one/).count(), 0);
    await news.openView('P2P Chat');
    const chat = await news.openChat('Carol');
    await chat.decide('Accept');
    await chat.send('On another machine');
    await hers.message('On another machine').waitFor();
  });

  it('deletes it: the name is free, and what was written stays', async () => {
    await news.runCommand('P2P Chat: Delete My Account');
    await news
      .dialog(/Delete your account Samuel/)
      .getByRole('button', { name: 'Delete Account' })
      .click();
    await news.statusItem(/: offline/).waitFor();
    await (await news.chat('Carol')).message('On another machine').waitFor();
    const hers = await carols.chat('Samuel');
    await hers
      .notice(/Samuel is offline/)
      .last()
      .waitFor();
    await carols.runCommand('P2P Chat: Rename My Account');
    await carols.answer('Rename My Account', 'Samuel');
    await carols.notified(/You are called Samuel now/);
  });
});
