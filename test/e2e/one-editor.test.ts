/**
 * One person in one VS Code: how soon the extension is there; from nothing to a chat by the walkthrough, a discovery
 * server of one's own, and a link to a chat; and what is said where the extension cannot work.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { person, register } from '../../discovery-server/test/test-client.ts';
import { freePort } from '../../scripts/lib/ports.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** The most that activation may take, as VS Code reports it, milliseconds. */
const MOST_MS = 50;

const MOST_STARTS = 6;

/**
 * How long an empty Node takes to start beside this work, milliseconds, the median: what else the machine has to do just
 * then slows it down as much as an activation.
 */
async function emptyNodeTimeDuring(work: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const done = work.finally(() => over.abort());
  const times: number[] = [];
  while (!over.signal.aborted) {
    const begun = performance.now();
    await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
    times.push(performance.now() - begun);
  }
  await done;
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** What "Developer: Show Running Extensions" says of the extension's activation, milliseconds. */
async function activationTime(window: Workbench): Promise<number> {
  await window.runCommand('Developer: Show Running Extensions');
  const row = window.page.locator('.runtime-extensions-editor .extension').filter({ hasText: 'p2p-chat' });
  const text = await row.getByText(/Activation: \d+ms/).innerText();
  return Number(/Activation: (\d+)ms/.exec(text)?.[1]);
}

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

describe('one person in one editor', () => {
  let sam: TestUser;
  let window: Workbench;
  let server: string;

  before(async () => {
    sam = await TestUser.start({ name: 'Sam', settings: { 'p2pChat.listenHost': '127.0.0.1' } });
  });
  after(() => sam.dispose());

  it(`has the extension activated within ${MOST_MS} ms, or on a slow machine in less than an empty Node starts there`, async (t) => {
    const seen: string[] = [];
    let isOpen = false;
    // What else the machine does can only add: the best start tells what activation itself takes.
    for (let start = 1; start <= MOST_STARTS; start += 1) {
      const opening: Promise<unknown> = isOpen
        ? window.reload()
        : sam.openWindow().then((opened) => (window = opened));
      const node = await emptyNodeTimeDuring(opening);
      isOpen = true;
      const activation = await activationTime(window);
      seen.push(`${activation} ms, and an empty Node ${node.toFixed(0)} ms`);
      if (activation <= Math.max(MOST_MS, node)) {
        t.diagnostic(`activation: ${seen.join('; ')}`);
        return;
      }
    }
    assert.fail(`activation: ${seen.join('; ')}`);
  });

  it('is offered what they tried in vain, when they try again', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    await window.runCommand('P2P Chat: Go Online');
    await window.answer('discovery server', nobody);
    await window.answer('name', 'Sam.Smith');
    await window.pick(/Advanced/, /^Go Online/);
    await window.quickInputStep(/cannot be reached/);
    await window.page.keyboard.press('Escape');
    await window.runCommand('P2P Chat: Go Online');
    const box = await window.quickInputStep('discovery server');
    assert.equal(await box.inputValue(), nobody);
    await box.press('Enter');
    assert.equal(await (await window.quickInputStep('name')).inputValue(), 'Sam.Smith');
    await window.page.keyboard.press('Escape');
  });

  it('gets started by a walkthrough of four steps, opened by a command', async () => {
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
    // VS Code gives the focus to the first one when the page has slid in, a quarter of a second later: from whatever has it.
    await page.locator('.getting-started-step:focus').waitFor();
  });

  it('begins with a discovery server here, where its person goes online with a name and gets an invite', async () => {
    const page = window.page.locator('.gettingStartedContainer');
    await page.getByRole('button', { name: 'Start a Discovery Server Here' }).click();
    await window.pick('Start a Discovery Server Here', 'Only This Computer');
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

  it('has the server end with the window, and be there again at the same address with the next one, where whoever went offline stays so', async () => {
    await window.runCommand('P2P Chat: Go Offline');
    await window.statusItem(/: offline/).waitFor();
    await window.close();
    await eventually('the server has ended with its window', async () => !(await answers(server)));
    window = await sam.openWindow();
    await eventually('the server is there again', async () => answers(server));
    await window.statusItem(/: offline/).waitFor();
    await window.runCommand('P2P Chat: Go Online');
    await window.statusItem(/: online as Sam/).waitFor();
    await window.runCommand('P2P Chat: Stop the Discovery Server Here');
    await window.notified(/The discovery server at .* is stopped/);
    assert.ok(!(await answers(server)));
  });

  it('is told by the view, in a browser without a remote host, what it needs, and offered nothing that cannot work', async () => {
    // As on vscode.dev: the extension runs in the browser's own extension host.
    await sam.updateSettings({ 'remote.extensionKind': { 'p2p-chat.p2p-chat': ['web'] } });
    await window.reload();
    await window.openView('P2P Chat');
    await window.sideBar.getByText(/needs VS Code on a desktop, or a browser that is connected/).waitFor();
    assert.equal(await window.sideBar.getByRole('button', { name: 'Go Online' }).count(), 0);
  });

  it('is told the same there by a command', async () => {
    await window.runCommand('P2P Chat: Open Chat');
    await window.notified(/needs VS Code on a desktop/);
  });
});
