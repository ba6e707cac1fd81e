import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_HEAD_BYTES, textFrame, writeHead } from '../src/session/web-socket-frame.ts';
import { textIn } from './text-in.ts';

const SIZES = [0, 1, 41, 42, 125, 126, 127, 65_535, 65_536, 200_000];

describe('a frame for a WebSocket', () => {
  for (const letter of ['x', 'é', '€', '🙂']) {
    test(`is the text, of ${Buffer.byteLength(letter)} bytes a character, however long`, () => {
      for (const size of SIZES) {
        const text = letter.repeat(Math.ceil(size / letter.length));
        assert.equal(textIn(textFrame(text)), text);
      }
    });
  }

  test('has its head right before the text that is there already', () => {
    for (const size of SIZES) {
      const memory = Buffer.alloc(MAX_HEAD_BYTES + size, 'x');
      const head = writeHead(memory, MAX_HEAD_BYTES, size);
      assert.equal(textIn(memory.subarray(head)), 'x'.repeat(size));
    }
  });
});
