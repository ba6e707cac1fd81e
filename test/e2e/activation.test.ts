import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestUser } from '../harness/user.ts';
import type { Workbench } from '../harness/workbench.ts';

/** The most that activation may take, as VS Code reports it, milliseconds: on a machine where an empty one takes no time. */
const MOST_MS = 50;

const MOST_STARTS = 8;

/** Does nothing, when VS Code activates ours: what VS Code and the machine take for any extension at that moment. */
async function makeEmptyExtension(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'p2p-chat-empty-'));
  const manifest = {
    name: 'empty',
    publisher: 'nobody',
    version: '1.0.0',
    engines: { vscode: '^1.110.0' },
    activationEvents: ['onStartupFinished'],
    main: './main.js',
    extensionKind: ['ui', 'workspace'],
  };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'main.js'), 'exports.activate = () => undefined;\n');
  return folder;
}

/** What "Developer: Show Running Extensions" says of an extension's activation, milliseconds. */
async function activationTime(window: Workbench, name: string): Promise<number> {
  const row = window.page.locator('.runtime-extensions-editor .extension').filter({ hasText: name });
  const text = await row.getByText(/Activation: \d+ms/).innerText();
  return Number(/Activation: (\d+)ms/.exec(text)?.[1]);
}

describe('the extension', () => {
  let empty: string;
  let user: TestUser;
  let window: Workbench;

  before(async () => {
    empty = await makeEmptyExtension();
    user = await TestUser.start({ name: 'Sam', beside: empty });
    window = await user.openWindow();
  });
  after(async () => {
    await user.dispose();
    await rm(empty, { recursive: true });
  });

  it(`is activated within ${MOST_MS} ms more than an empty one, in the best of ${MOST_STARTS} starts`, async (t) => {
    const starts: { ours: number; empty: number }[] = [];
    const isFast = (): boolean => starts.some((start) => start.ours - start.empty < MOST_MS);
    // What else the machine does can only add: the fastest start tells what activation itself takes.
    while (!isFast() && starts.length < MOST_STARTS) {
      if (starts.length > 0) await window.reload();
      await window.runCommand('Developer: Show Running Extensions');
      starts.push({
        ours: await activationTime(window, 'p2p-chat'),
        empty: await activationTime(window, 'nobody.empty'),
      });
    }
    const told = starts.map((start) => `${start.ours} (an empty one: ${start.empty})`).join(', ');
    t.diagnostic(`activation: ${told} ms`);
    assert.ok(isFast(), told);
  });
});
