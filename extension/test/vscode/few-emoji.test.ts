import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFewEmoji } from '../../src/few-emoji.ts';

describe('a message that is', () => {
  test('one to three emoji, however many characters each has, is shown large', () => {
    for (const text of ['👍', '🎉🎉🎉', '❤️ 👍', '👩‍💻', '🇩🇪', '👍🏽', '1️⃣', '🤷‍♂️', '👨‍👩‍👧‍👦', '🏳️‍🌈', ' 👀\n'.trim()])
      assert.ok(isFewEmoji(text), text);
  });

  test('more than that, or anything else, is not', () => {
    for (const text of ['', ' ', '1', '#', '©', '🎉🎉🎉🎉', 'ok 👍', ':)', '`👍`', '\u200d'])
      assert.ok(!isFewEmoji(text), text);
  });
});
