/** From nothing to a chat in one VS Code: the walkthrough, a discovery server of one's own, and a link to a chat. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { person, register } from '../../discovery-server/test/test-client.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Opens a link as another program would have VS Code do, up to what the extension shows. */
async function openLink(window: Workbench, link: string): Promise<void> {
  await window.runCommand('Developer: Open URL');
  await window.answer(/URL to open/, link);
  const dialog = window.dialog(/Allow .*P2P Chat.* to open this URI/);
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
}

describe('getting started', () => {
  let sam: TestUser;
  let window: Workbench;
  let server: string;

  before(async () => {
    sam = await TestUser.start({ name: 'Sam', settings: { 'p2pChat.listenHost': '127.0.0.1' } });
    window = await sam.openWindow();
  });
  after(() => sam.dispose());

  it('is a walkthrough of four steps, opened by a command', async () => {
    await window.runCommand('P2P Chat: Get Started');
    const page = window.page.locator('.gettingStartedContainer');
    for (const title of [
      'Start or join a discovery server',
      'Go online with a name',
      'Invite or find a colleague',
      'Say hello',
    ]) {
      await page.getByText(title, { exact: true }).waitFor();
    }
    assert.equal(await page.locator('.getting-started-step').count(), 4);
  });

  it('begins with a discovery server here, where its person goes online with a name and gets an invite', async () => {
    const page = window.page.locator('.gettingStartedContainer');
    await page.getByRole('button', { name: 'Start a Discovery Server Here' }).click();
    await window.pick('Start a Discovery Server Here', 'Only This Machine');
    await window.answer('name', 'Sam');
    await window.pick(/Advanced/, /^Go Online/);
    await window.statusItem(/: online as Sam/).waitFor();
    const card = await window.webview('Invite a Colleague');
    const link = await card.getByRole('textbox').first().inputValue();
    server = /server=(http:\/\/127\.0\.0\.1:\d+)/.exec(link)?.[1] ?? '';
    assert.ok(await answers(server), link);
    await window.runCommand('View: Close All Editors');
  });

  it('goes on with a link to a chat, which asks, and opens nothing before', async () => {
    const carol = person('Carol');
    assert.equal((await register(server, carol)).status, 201);
    // First, while no chat is open: one that opens takes the focus, a moment later, from what asks for the next link.
    await openLink(window, 'vscode://p2p-chat.p2p-chat/chat?with=Nobody');
    await window.notified(/Nobody, who is neither among your contacts/);
    await openLink(window, 'vscode://p2p-chat.p2p-chat/chat?with=Carol');
    const dialog = window.dialog(/Open a chat with Carol\?/);
    await dialog.getByText((carol.identity.match(/.{4}/g) ?? []).join(' ')).waitFor();
    assert.equal(await window.editorTab('Carol').count(), 0);
    await dialog.getByRole('button', { name: 'Open Chat' }).click();
    await (await window.chat('Carol')).send('Hello');
  });

  it('has the server end with the window, and be there again at the same address with the next one', async () => {
    await window.close();
    await eventually('the server has ended with its window', async () => !(await answers(server)));
    window = await sam.openWindow();
    await window.statusItem(/: online as Sam/).waitFor();
    assert.ok(await answers(server));
    await window.runCommand('P2P Chat: Stop the Discovery Server Here');
    await window.notified(/The discovery server at .* is stopped/);
    assert.ok(!(await answers(server)));
  });
});
