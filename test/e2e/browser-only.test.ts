/** VS Code in a browser that runs the extension by itself: nobody can reach it there, and it says so. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

describe('in a browser without a remote host', () => {
  let user: TestUser;
  let window: Workbench;

  before(async () => {
    user = await TestUser.start({
      name: 'Sam',
      // As on vscode.dev: the extension runs in the browser's own extension host.
      settings: { 'remote.extensionKind': { 'p2p-chat.p2p-chat': ['web'] }, 'p2pChat.username': 'Sam' },
    });
    window = await user.openWindow();
  });
  after(() => user.dispose());

  it('the view says what it needs, and offers nothing that cannot work', async () => {
    await window.openView('P2P Chat');
    await window.sideBar.getByText(/needs VS Code on a desktop, or a browser that is connected/).waitFor();
    assert.equal(await window.sideBar.getByRole('button', { name: 'Go Online' }).count(), 0);
  });

  it('a command says the same', async () => {
    await window.runCommand('P2P Chat: Open Chat');
    await window.notified(/needs VS Code on a desktop/);
  });
});
