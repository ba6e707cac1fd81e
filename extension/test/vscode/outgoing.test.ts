import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { refuseSelection } from '../../src/vscode/outgoing.ts';
import { english } from './english.ts';

describe('code that was selected', () => {
  test('may be as long as a message', () => {
    assert.equal(refuseSelection(english, 'x'.repeat(MAX_TEXT_BYTES)), undefined);
  });

  test('that is longer, in bytes, is refused with its size and the limit', () => {
    assert.equal(
      refuseSelection(english, 'é'.repeat(MAX_TEXT_BYTES / 2) + 'x'),
      'The selection is too long for a message: 32.1 KiB, and at most 32 KiB can be sent. Select less of it at a time.',
    );
  });
});
