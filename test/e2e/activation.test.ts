import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** The most that activation may take, as VS Code reports it, milliseconds. */
const MOST_MS = 50;

const MOST_STARTS = 3;

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

describe('the extension', () => {
  let user: TestUser;

  before(async () => {
    user = await TestUser.start({ name: 'Sam' });
  });
  after(() => user.dispose());

  it(`is activated within ${MOST_MS} ms, or on a slow machine in less than an empty Node starts there`, async (t) => {
    const seen: string[] = [];
    let window: Workbench | undefined;
    // What else the machine does can only add: the best start tells what activation itself takes.
    for (let start = 1; start <= MOST_STARTS; start += 1) {
      const opening: Promise<unknown> =
        window?.reload() ?? user.openWindow().then((opened) => (window = opened));
      const node = await emptyNodeTimeDuring(opening);
      assert.ok(window);
      const activation = await activationTime(window);
      seen.push(`${activation} ms, and an empty Node ${node.toFixed(0)} ms`);
      if (activation < Math.max(MOST_MS, node)) {
        t.diagnostic(`activation: ${seen.join('; ')}`);
        return;
      }
    }
    assert.fail(`activation: ${seen.join('; ')}`);
  });
});
