import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Excerpt, excerptsInMessage } from '../../src/vscode/code-excerpt.ts';
import { blocksOf } from '../../src/vscode/plain-blocks.ts';

const excerpt = (given: Partial<Excerpt>): Excerpt => ({
  file: 'src/a.ts',
  line: 12,
  language: 'typescript',
  before: '',
  text: 'a();',
  ...given,
});
const message = (given: Partial<Excerpt>): string => excerptsInMessage([excerpt(given)]);
const lines = (...each: string[]): string => each.map((line) => `${line}\n`).join('');

describe('code that was selected, in a message', () => {
  test('says where it is, and is a block in its language with a line after it to go on in', () => {
    assert.equal(message({}), lines('`src/a.ts:12`', '```typescript', 'a();', '```'));
    assert.equal(
      message({ text: 'a();\nb();' }),
      lines('`src/a.ts:12-13`', '```typescript', 'a();', 'b();', '```'),
    );
  });

  test('has no lines where those are nobody else’s, and no language where that says nothing', () => {
    const unsaved = message({ file: 'Untitled-1', line: null, language: 'plaintext', text: 'a\nb' });
    assert.equal(unsaved, lines('`Untitled-1`', '```', 'a', 'b', '```'));
  });

  test('is without the lines of space around it, which do not count', () => {
    assert.equal(
      message({ before: 'x', text: '\n\n  a();\n  b();\n  ' }),
      lines('`src/a.ts:14-15`', '```typescript', 'a();', 'b();', '```'),
    );
    assert.equal(message({ text: 'a();\n' }), lines('`src/a.ts:12`', '```typescript', 'a();', '```'));
  });

  test('is without the indentation that all of it has, also where the selection begins after it', () => {
    const code = ['if (x) {', '  a();', '', '}'];
    for (const given of [
      { before: '', text: '    if (x) {\n      a();\n   \n    }' },
      { before: '    ', text: 'if (x) {\n      a();\n\n    }' },
      { before: '  ', text: '  if (x) {\n      a();\n\n    }' },
    ]) {
      assert.equal(message(given), lines('`src/a.ts:12-15`', '```typescript', ...code, '```'));
    }
  });

  test('keeps tabs and spaces apart: what only looks alike is not in common', () => {
    assert.match(message({ text: '\t\ta\n\t  b' }), /\n\ta\n {2}b\n/);
    assert.match(message({ text: '\ta\n  b' }), /\n\ta\n {2}b\n/);
  });

  test('that begins within a line leaves that as it is', () => {
    assert.match(
      message({ before: '    return ', text: 'call(\n      one,\n    );' }),
      /\ncall\(\n {2}one,\n\);\n/,
    );
  });

  test('has the line endings of a message', () => {
    assert.equal(
      message({ text: 'a\r\nb\rc\n' }),
      lines('`src/a.ts:12-14`', '```typescript', 'a', 'b', 'c', '```'),
    );
  });

  test('is a block whatever is in it', () => {
    for (const text of ['```\nx\n```', '`````', 'a `b` c', '~~~\nx', '> x']) {
      const [, code, ...others] = blocksOf(message({ text }));
      assert.deepEqual([code, others], [{ text, isCode: true }, []]);
    }
    assert.match(message({ text: '````' }), /^`````typescript$/m);
  });

  test('names a file whatever it is called', () => {
    assert.match(message({ file: '__init__.py' }), /^`__init__\.py:12`\n/);
    assert.match(message({ file: 'a`b``c' }), /^``` a`b``c:12 ```\n/);
    assert.match(message({ file: 'a\nb' }), /^`a b:12`\n/);
  });

  test('comes one after the other, each with its place', () => {
    assert.equal(
      excerptsInMessage([excerpt({}), excerpt({ line: 40, text: 'b();' })]),
      `${message({})}\n${message({ line: 40, text: 'b();' })}`,
    );
  });

  test('is nothing where only space is selected, or nothing', () => {
    assert.equal(excerptsInMessage([excerpt({ text: '' }), excerpt({ text: ' \n\t\n' })]), '');
    assert.equal(excerptsInMessage([excerpt({ text: '' }), excerpt({})]), message({}));
    assert.equal(excerptsInMessage([]), '');
  });
});
