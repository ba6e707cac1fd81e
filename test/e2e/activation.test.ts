import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** The most that activation may take, as VS Code reports it, milliseconds. */
const MOST_MS = 50;

const MOST_STARTS = 12;

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

  before(async () => {
    user = await TestUser.start({ name: 'Sam' });
    window = await user.openWindow();
  });
  after(() => user.dispose());

  it(`is activated within ${MOST_MS} ms, in the fastest of at most ${MOST_STARTS} starts`, async (t) => {
    const times = [await activationTime(window)];
    // What else the machine does can only add: the fastest start tells what activation itself takes.
    while (Math.min(...times) >= MOST_MS && times.length < MOST_STARTS) {
      await window.reload();
      times.push(await activationTime(window));
    }
    t.diagnostic(`activation: ${times.join(', ')} ms`);
    assert.ok(Math.min(...times) < MOST_MS, `${times.join(', ')} ms`);
  });
});
