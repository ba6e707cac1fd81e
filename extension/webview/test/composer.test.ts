import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cancelled,
  composerWith,
  draftOf,
  editing,
  notSent,
  replying,
  sent,
  submitted,
  typed,
  type Composer,
} from '../src/model/composer.ts';

import { draft, messageId } from './harness/samples.ts';

const LIMIT = 10;
const submit = (text: string): Composer => submitted(composerWith(draft(text)), 1, LIMIT);

describe('composer', () => {
  it('empties the box at once and remembers the text until it is stored', () => {
    const composer = submit('hello');
    assert.deepEqual(composer, {
      ...composerWith(draft('')),
      unanswered: [{ token: 1, text: 'hello', about: null }],
    });
    assert.deepEqual(sent(composer, 1), composerWith(draft('')));
  });

  it('takes the next text while the first is unanswered', () => {
    const composer = submitted(typed(submit('hello'), 'you', LIMIT), 2, LIMIT);
    assert.deepEqual(
      composer.unanswered.map(({ text }) => text),
      ['hello', 'you'],
    );
    assert.deepEqual(sent(sent(composer, 1), 2), composerWith(draft('')));
  });

  it('leaves alone what is typed meanwhile', () => {
    assert.deepEqual(sent(typed(submit('hello'), 'you', LIMIT), 1), composerWith(draft('you')));
  });

  it('ignores answers to other attempts', () => {
    const composer = submit('hello');
    assert.equal(sent(composer, 7), composer);
    assert.equal(notSent(composer, 7, 'no'), composer);
  });

  it('gives the text back and says why it could not be taken, until it is edited', () => {
    const composer = notSent(submit('hello'), 1, 'The disk is full.');
    assert.deepEqual(composer, {
      ...composerWith(draft('hello')),
      problem: { kind: 'not-sent', reason: 'The disk is full.' },
    });
    assert.equal(typed(composer, 'hello!', LIMIT).problem, null);
  });

  it('puts a text that comes back before what was typed since', () => {
    assert.equal(notSent(typed(submit('hello'), 'you', LIMIT), 1, 'no').text, 'hello\nyou');
  });

  it('sends nothing blank', () => {
    for (const text of ['', ' ', '\n\t \u00a0']) assert.deepEqual(submit(text).unanswered, []);
  });

  it('counts bytes of UTF-8, not characters', () => {
    assert.equal(submit('é'.repeat(5)).unanswered.length, 1);
    assert.deepEqual(submit('é'.repeat(6)).problem, { kind: 'too-long', bytes: 12 });
    assert.equal(submit('x'.repeat(10)).unanswered.length, 1);
    assert.deepEqual(submit('x'.repeat(11)).problem, { kind: 'too-long', bytes: 11 });
  });

  it('tells the size of a text found too long until it fits', () => {
    const composer = submit('x'.repeat(12));
    assert.deepEqual(composer.unanswered, []);
    const shorter = typed(composer, 'x'.repeat(11), LIMIT);
    assert.deepEqual(shorter.problem, { kind: 'too-long', bytes: 11 });
    assert.equal(typed(shorter, 'x'.repeat(10), LIMIT).problem, null);
  });

  it('does not count while nobody wants to send', () => {
    assert.equal(typed(composerWith(draft('')), 'x'.repeat(99), LIMIT).problem, null);
  });
});

describe('a reply', () => {
  const to = { message: messageId(1), by: 'recipient' } as const;

  it('leaves the box with its text, and the next text is none', () => {
    const composer = submitted(replying(composerWith(draft('yes')), to), 1, LIMIT);
    assert.deepEqual(composer.unanswered, [{ token: 1, text: 'yes', about: { kind: 'reply', ...to } }]);
    assert.equal(composer.about, null);
  });

  it('is a part of the draft, and comes back with a text that could not be sent', () => {
    const composer = replying(composerWith(draft('yes')), to);
    assert.deepEqual(draftOf(composer), draft('yes', to));
    assert.deepEqual(draftOf(notSent(submitted(composer, 1, LIMIT), 1, 'no')), draft('yes', to));
    assert.deepEqual(composerWith(draft('yes', to)).about, { kind: 'reply', ...to });
  });

  it('is left with the text as it stands', () => {
    assert.deepEqual(cancelled(replying(composerWith(draft('yes')), to)), composerWith(draft('yes')));
  });
});

describe('an edit', () => {
  const to = { message: messageId(1), by: 'recipient' } as const;
  const before = composerWith(draft('half a', to));

  it('takes the message into the box, and what stood there is back afterwards', () => {
    const composer = editing(before, messageId(2), 'teh');
    assert.deepEqual([composer.text, composer.about], ['teh', { kind: 'edit', message: messageId(2) }]);
    assert.deepEqual(cancelled(composer), before);
    const done = submitted(typed(composer, 'the', LIMIT), 1, LIMIT);
    assert.deepEqual({ ...done, unanswered: [] }, before);
    assert.deepEqual(done.unanswered, [
      { token: 1, text: 'the', about: { kind: 'edit', message: messageId(2) } },
    ]);
  });

  it('is in the draft beside what stood there, and both are there again with the next page', () => {
    const composer = typed(editing(before, messageId(2), 'teh'), 'the', LIMIT);
    const kept = draftOf(composer);
    assert.deepEqual(kept, draft('half a', to, { message: messageId(2), text: 'the' }));
    assert.deepEqual(composerWith(kept), composer);
    assert.deepEqual(cancelled(composerWith(kept)), before);
  });

  it('whose text is all gone is one still', () => {
    const kept = draftOf(typed(editing(before, messageId(2), 'teh'), '', LIMIT));
    assert.deepEqual(kept.edit, { message: messageId(2), text: '' });
    assert.deepEqual(composerWith(kept).about, { kind: 'edit', message: messageId(2) });
  });

  it('of one message after the other leaves what stood there at first', () => {
    assert.deepEqual(cancelled(editing(editing(before, messageId(2), 'one'), messageId(3), 'two')), before);
  });

  it('that could not be stored is under way again, with the reason', () => {
    const done = submitted(editing(before, messageId(2), 'the'), 1, LIMIT);
    const again = notSent(done, 1, 'The disk is full.');
    assert.deepEqual([again.text, again.about], ['the', { kind: 'edit', message: messageId(2) }]);
    assert.deepEqual(again.problem, { kind: 'not-sent', reason: 'The disk is full.' });
    assert.deepEqual(draftOf(again), draft('half a', to, { message: messageId(2), text: 'the' }));
  });

  it('keeps a text that comes back meanwhile for later', () => {
    const first = submitted(composerWith(draft('first')), 1, LIMIT);
    const composer = notSent(editing(first, messageId(2), 'teh'), 1, 'no');
    assert.equal(composer.text, 'teh');
    assert.deepEqual(draftOf(composer), draft('first', null, { message: messageId(2), text: 'teh' }));
    assert.deepEqual(draftOf(cancelled(composer)), draft('first'));
  });
});
