import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerWords } from '../../src/vscode/owner-words.ts';
import { english } from './english.ts';

const words = ownerWords(english, 100);

test('a window that does not answer is named by its folder and its process, with what to do', () => {
  assert.equal(
    words.silent({ window: 'api', process: 7 }),
    'The window “api” (process 7) runs P2P Chat and does not answer. Reload or close it.',
  );
  assert.equal(
    words.silent({ window: '', process: 7 }),
    'A window without a folder (process 7) runs P2P Chat and does not answer. Reload or close it.',
  );
  assert.equal(
    words.silent(null),
    'Another window of this VS Code runs P2P Chat and does not answer. Reload or close it.',
  );
});

test('a window that is the one itself is called this one', () => {
  assert.equal(
    words.silent({ window: 'api', process: 100 }),
    'This window runs P2P Chat, which does not answer. Reload the window.',
  );
});

test('a window that has not finished starting may wait for an answer', () => {
  assert.equal(
    words.starting({ window: 'api', process: 7 }),
    'The window “api” (process 7) is starting P2P Chat and has not finished. Answer what it asks there, or reload or close it.',
  );
});
