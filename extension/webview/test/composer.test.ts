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
  stored,
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
      back: [{ token: 1, text: 'hello', about: null }],
      problem: { kind: 'not-sent', reason: 'The disk is full.' },
    });
    assert.equal(typed(composer, 'hello!', LIMIT).problem, null);
  });

  it('puts a text that comes back before what was typed since', () => {
    assert.equal(notSent(typed(submit('hello'), 'you', LIMIT), 1, 'no').text, 'hello\nyou');
  });

  it('puts texts that come back in the order in which they were written, in whichever they come', () => {
    const written = typed(submitted(typed(submit('one'), 'two', LIMIT), 2, LIMIT), 'three', LIMIT);
    assert.equal(notSent(notSent(written, 1, 'no'), 2, 'no').text, 'one\ntwo\nthree');
    assert.equal(notSent(notSent(written, 2, 'no'), 1, 'no').text, 'one\ntwo\nthree');
  });

  it('leaves a text that came back, and was changed since, before another that does', () => {
    const changed = typed(
      notSent(submitted(typed(submit('one'), 'two', LIMIT), 2, LIMIT), 1, 'no'),
      'One!',
      20,
    );
    assert.equal(notSent(changed, 2, 'no').text, 'two\nOne!');
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

describe('a text that came back and was stored after all', () => {
  const both = notSent(notSent(submitted(typed(submit('one'), 'two', LIMIT), 2, LIMIT), 1, 'no'), 2, 'no');

  it('leaves the box, and the reason with the last of them', () => {
    const two = stored(both, 'one');
    assert.deepEqual([two.text, two.problem], ['two', both.problem]);
    assert.deepEqual(stored(two, 'two'), composerWith(draft('')));
    assert.deepEqual(stored(stored(both, 'two'), 'one'), composerWith(draft('')));
  });

  it('leaves what was typed after it, and what was made of it', () => {
    const more = typed(both, 'one\ntwo\nthree', 20);
    assert.equal(stored(stored(more, 'one'), 'two').text, 'three');
    const changed = typed(both, 'one and two', 20);
    assert.equal(stored(changed, 'one'), changed);
    assert.equal(stored(composerWith(draft('one and two')), 'one').text, 'one and two');
  });

  it('is known as the draft of a page that came after it, too', () => {
    assert.deepEqual(stored(composerWith(draft('one')), 'one'), composerWith(draft('')));
    assert.deepEqual(stored(composerWith(draft('one\nmore')), 'one'), composerWith(draft('more')));
  });

  it('takes the reply that it was along', () => {
    const to = { message: messageId(1), by: 'recipient' } as const;
    const reply = notSent(submitted(replying(composerWith(draft('yes')), to), 1, LIMIT), 1, 'no');
    assert.deepEqual(stored(reply, 'yes'), composerWith(draft('')));
  });

  it('is gone from what an edit keeps for later', () => {
    const editingMeanwhile = editing(both, messageId(2), 'teh');
    assert.deepEqual(stored(editingMeanwhile, 'one').kept, draft('two'));
    assert.equal(stored(editingMeanwhile, 'one').text, 'teh');
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
