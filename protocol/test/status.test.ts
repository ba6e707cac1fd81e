import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_STATUS_LENGTH } from '../src/limits.ts';
import { linkFrame } from '../src/link.ts';
import { statusLength, statusText, tidyStatus } from '../src/status.ts';

describe('a status', () => {
  it('is one line of up to 80 characters, whatever these take', () => {
    for (const text of ['', 'In a meeting', 'בפגישה', '👩‍💻 deep work', '🙂'.repeat(MAX_STATUS_LENGTH)]) {
      assert.equal(statusText.safeParse(text).success, true, text);
      assert.equal(tidyStatus(text), text);
    }
    const wrong = [' in a meeting', 'two\nlines', 'turned \u202e around', 'tab\t', '\u2028', 'x'.repeat(81)];
    for (const text of wrong) assert.equal(statusText.safeParse(text).success, false, JSON.stringify(text));
  });

  it('is what was typed, made one line', () => {
    assert.equal(tidyStatus(' two \n\u2067 lines\u0000 '), 'two lines');
    assert.equal(tidyStatus('cut \ud83d'), 'cut \ufffd');
    assert.equal(statusLength('👋 hi'), 4);
  });

  it('counts as empty on a link where it is none, and ends nothing', () => {
    for (const text of [undefined, null, 7, 'two\nlines', 'x'.repeat(10_000)]) {
      assert.deepEqual(linkFrame.parse({ type: 'status', text }), { type: 'status', text: '' });
    }
  });
});
