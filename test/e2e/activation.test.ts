import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** The most that activation may take, as VS Code reports it, milliseconds. */
const MOST_MS = 50;

const MOST_STARTS = 5;

/** How long this machine takes to start an empty Node, milliseconds: one that takes longer than MOST_MS is slow all over. */
function emptyNodeTime(): number {
  const times = Array.from({ length: 5 }, () => {
    const begun = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - begun;
  });
  return Math.min(...times);
}

/** What "Developer: Show Running Extensions" says of the extension's activation, milliseconds. */
async function activationTime(window: Workbench): Promise<number> {
  await window.runCommand('Developer: Show Running Extensions');
  const row = window.page.locator('.runtime-extensions-editor .extension').filter({ hasText: 'p2p-chat' });
  const text = await row.getByText(/Activation: \d+ms/).innerText();
  return Number(/Activation: (\d+)ms/.exec(text)?.[1]);
}

describe('the extension', () => {
  let user: TestUser;
  let window: Workbench;
  let most: number;

  before(async () => {
    // While nothing else runs here.
    most = Math.max(MOST_MS, emptyNodeTime());
    user = await TestUser.start({ name: 'Sam' });
    window = await user.openWindow();
  });
  after(() => user.dispose());

  it(`is activated within ${MOST_MS} ms, or on a slow machine in less than an empty Node starts there`, async (t) => {
    const times = [await activationTime(window)];
    // What else the machine does can only add: the fastest start tells what activation itself takes.
    while (Math.min(...times) >= most && times.length < MOST_STARTS) {
      await window.reload();
      times.push(await activationTime(window));
    }
    t.diagnostic(`activation: ${times.join(', ')} ms, of ${most.toFixed(0)} ms`);
    assert.ok(Math.min(...times) < most, `${times.join(', ')} ms, of ${most.toFixed(0)} ms`);
  });
});
