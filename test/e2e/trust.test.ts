/** What a person sees of identities: the number that two compare, and somebody else under a contact's name. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestDiscovery } from '../harness/discovery.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** The 60 digits of the card that "Verify" opens from the head of a chat. */
async function numberSharedWith(window: Workbench, person: string): Promise<string> {
  const chat = await window.chat(person);
  await chat.frame.getByRole('button', { name: new RegExp(`Verify ${person}`) }).click();
  const card = await window.webview(`Verify ${person}`);
  const groups = card.getByRole('list', { name: `Numbers shared with ${person}` }).getByRole('listitem');
  await groups.first().waitFor();
  return (await groups.locator('[aria-hidden]').allInnerTexts()).join('');
}

describe('two people who want to be sure of each other', () => {
  let discovery: TestDiscovery;
  let sam: TestUser;
  let carol: TestUser;
  let other: TestUser | undefined;
  let sams: Workbench;
  let carols: Workbench;

  const account = (name: string) => ({
    name,
    settings: {
      'p2pChat.discoveryServer': discovery.url,
      'p2pChat.username': name,
      'p2pChat.listenHost': '127.0.0.1',
    },
  });

  before(async () => {
    discovery = await TestDiscovery.start();
    [sam, carol] = await Promise.all([TestUser.start(account('Sam')), TestUser.start(account('Carol'))]);
    [sams, carols] = await Promise.all([sam.openWindow(), carol.openWindow()]);
    await sams.statusItem(/: online as Sam/).waitFor();
    await carols.statusItem(/: online as Carol/).waitFor();
    await sams.openView('P2P Chat');
    await carols.openView('P2P Chat');
  });

  after(async () => {
    await Promise.allSettled([sam.dispose(), carol.dispose(), other?.dispose()]);
    await discovery.dispose();
  });

  it('see the same 60 digits, and mark each other verified', async () => {
    await sams.openChat('Carol');
    await carols.openChat('Sam');
    const [hers, his] = [await numberSharedWith(carols, 'Sam'), await numberSharedWith(sams, 'Carol')];
    assert.match(his, /^\d{60}$/);
    assert.equal(his, hers);

    const card = await sams.webview('Verify Carol');
    await card.getByRole('button', { name: 'They Are the Same' }).click();
    await card.getByText('Verified: you have compared these numbers with Carol.').waitFor();
    await sams.treeItem(/^Carol, online.*, verified/).waitFor();
  });

  it('are warned of somebody else under a name, and nothing is sent until they have decided', async () => {
    await carols.runCommand('P2P Chat: Delete My Account');
    await carols
      .dialog(/Delete/)
      .getByRole('button', { name: /Delete/ })
      .click();
    await carols.statusItem(/P2P Chat/).waitFor();
    await carol.quit();
    other = await TestUser.start(account('Carol'));
    const others = await other.openWindow();
    await others.statusItem(/: online as Carol/).waitFor();

    await sams.treeItem(/^Carol, .*identity changed/).waitFor();
    await sams.openView('P2P Chat');
    const chat = await sams.openChat('Carol');
    await chat.frame.getByRole('alert').getByText('Warning: this may not be Carol').waitFor();
    await chat.send('Who are you?');
    await chat.message('Who are you?').getByText('held').waitFor();
    await chat.notice(/named another identity for Carol/).waitFor();

    await chat.decide('Accept the New Identity');
    await sams.dialog(/Carol/).getByRole('button', { name: 'Accept the New Identity' }).click();
    const accepted = await sams.chat('Carol');
    await accepted.arrived('Who are you?').waitFor();
    await sams.treeItem(/^Carol, online.*, not verified/).waitFor();
  });
});
