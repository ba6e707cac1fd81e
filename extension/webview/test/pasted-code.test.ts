import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LANGUAGES } from '../src/code/highlight.ts';
import { pastedCode } from '../src/text/pasted-code.ts';
import { NOW, ofType, type PanelPage } from './harness/browser.ts';
import { box } from './harness/conversation.ts';
import { chatPages } from './harness/in-page.ts';
import { fullState, message } from './harness/samples.ts';

const inPage = chatPages();

const PYTHON = 'def f(x):\n    if x:\n        return __name__\n';

/** As VS Code's editor puts it into the clipboard. */
const copiedIn = (mode: string | null): string =>
  JSON.stringify({ version: 1, isFromEmptySelection: false, multicursorText: null, mode });

describe('what is pasted', () => {
  it('is a block of code that names its language, where it is lines that were copied in an editor', () => {
    const block = '```python\ndef f(x):\n    if x:\n        return __name__\n```\n';
    assert.equal(pastedCode(PYTHON, copiedIn('python'), ''), block);
    assert.equal(pastedCode(PYTHON, copiedIn('python'), 'Look:\n'), block);
    assert.equal(pastedCode(PYTHON.replaceAll('\n', '\r\n'), copiedIn('python'), ''), block);
  });

  it('begins a line of its own', () => {
    assert.match(pastedCode(PYTHON, copiedIn('python'), 'Look: ') ?? '', /^\n```python\n/);
  });

  it('is called as messages and the highlighter call it', () => {
    const called = (mode: string): string =>
      /^```(.*)$/m.exec(pastedCode(PYTHON, copiedIn(mode), '') ?? '')?.[1] ?? '';
    assert.deepEqual(['typescriptreact', 'javascriptreact', 'shellscript'].map(called), ['tsx', 'jsx', 'sh']);
    for (const mode of ['typescript', 'csharp', 'cpp']) {
      assert.equal(called(mode), mode);
      assert.ok(LANGUAGES.includes(mode));
    }
  });

  it('stays in its block when it has fences itself', () => {
    const fences = 'const a = `x`;\nconst b = "```";\n';
    assert.match(pastedCode(fences, copiedIn('typescript'), '') ?? '', /^````typescript\n[^]*\n````\n$/);
  });

  it('is pasted as it is where it is one line, prose, from elsewhere, or into code', () => {
    assert.equal(pastedCode('retry()', copiedIn('python'), ''), null);
    assert.equal(pastedCode('retry()\n', copiedIn('python'), ''), null);
    for (const mode of [null, 'plaintext', 'markdown'])
      assert.equal(pastedCode(PYTHON, copiedIn(mode), ''), null);
    for (const data of ['', 'no JSON', '{"mode":"a b"}', '{"mode":"```"}']) {
      assert.equal(pastedCode(PYTHON, data, ''), null);
    }
    assert.equal(pastedCode(PYTHON, copiedIn('python'), 'Look:\n```\n'), null);
    assert.notEqual(pastedCode(PYTHON, copiedIn('python'), '```\nx\n```\n'), null);
  });
});

/** Pastes into the box; returns whether the browser is left to do it. */
function paste(panel: PanelPage, text: string, mode: string): Promise<boolean> {
  return box(panel).evaluate(
    (element, [said, editorData]) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', said ?? '');
      clipboardData.setData('vscode-editor-data', editorData ?? '');
      return element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    },
    [text, copiedIn(mode)],
  );
}

describe('code that is pasted into the box', () => {
  inPage(
    'takes the place of what is selected, is sent with how far it is indented, and undone',
    {},
    async (panel) => {
      const { page } = panel;
      await panel.tell(fullState({ messages: [message(1, NOW, 'Well?')] }));
      await box(panel).focus();
      await page.keyboard.insertText('Look: old');
      for (let key = 0; key < 3; key += 1) await page.keyboard.press('Shift+ArrowLeft');
      assert.equal(await paste(panel, PYTHON, 'python'), false);
      await page.keyboard.insertText('So?');
      const written = `Look: \n\`\`\`python\n${PYTHON}\`\`\`\nSo?`;
      assert.equal(await box(panel).inputValue(), written);
      // What one press takes back is the browser's to say.
      for (let presses = 0; presses < 9; presses += 1) await page.keyboard.press('Control+z');
      assert.equal(await box(panel).inputValue(), '');
      for (let presses = 0; presses < 9; presses += 1) await page.keyboard.press('Control+Shift+z');
      assert.equal(await box(panel).inputValue(), written);
      await page.keyboard.press('Enter');
      await panel.frames();
      assert.equal(ofType(panel, 'send').at(-1)?.text, written);
    },
  );

  inPage('is left to the browser where it is one line', {}, async (panel) => {
    await panel.tell(fullState());
    await box(panel).focus();
    assert.equal(await paste(panel, 'retry()', 'typescript'), true);
  });
});

describe('a picture that is pasted into the box', () => {
  inPage('is refused with what to do instead, until one goes on writing', {}, async (panel) => {
    await panel.tell(fullState());
    await box(panel).evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(['…'], 'screen.png', { type: 'image/png' }));
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    });
    const why = panel.page.getByRole('alert').getByText(/files cannot be sent\. Send a link/);
    await why.waitFor();
    await box(panel).fill('x');
    await why.waitFor({ state: 'detached' });
  });
});
