import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFewEmoji } from '../../src/few-emoji.ts';

describe('a message that is', () => {
  test('one to three emoji, however many characters each has, is shown large', () => {
    for (const text of ['👍', '🎉🎉🎉', '❤️ 👍', '👩‍💻', '🇩🇪', '👍🏽', '1️⃣', '🤷‍♂️', '👨‍👩‍👧‍👦', '🏳️‍🌈', ' 👀\n'.trim()])
      assert.ok(isFewEmoji(text), text);
  });

  test('more than that, or anything else, is not', () => {
    for (const text of ['', ' ', '🏽', '1', '#', '©', '🎉🎉🎉🎉', 'ok 👍', ':)', '`👍`', '\u200d'])
      assert.ok(!isFewEmoji(text), text);
  });

  test('made to be read in many ways is read in one, and in no time', () => {
    // With two ways to read a sign, each of these would take longer than anybody lives.
    for (const sign of ['🏽', '👍\ufe0f', '👍\ufe0f\u200d', '❤️\u200d', '🇩', '1\ufe0f\u20e3']) {
      const most = sign.repeat(Math.floor(62 / sign.length));
      for (const text of [`${most}x`, `${sign.repeat(10_000)}x`]) assert.ok(!isFewEmoji(text), sign);
    }
  });
});
