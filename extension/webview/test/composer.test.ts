import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { composerWith, notSent, sent, submitted, typed, type Composer } from '../src/model/composer.ts';

const LIMIT = 10;
const submit = (text: string): Composer => submitted(composerWith(text), 1, LIMIT);

describe('composer', () => {
  it('empties the box at once and remembers the text until it is stored', () => {
    const composer = submit('hello');
    assert.deepEqual(composer, { text: '', unanswered: [{ token: 1, text: 'hello' }], problem: null });
    assert.deepEqual(sent(composer, 1), composerWith(''));
  });

  it('takes the next text while the first is unanswered', () => {
    const composer = submitted(typed(submit('hello'), 'you', LIMIT), 2, LIMIT);
    assert.deepEqual(
      composer.unanswered.map(({ text }) => text),
      ['hello', 'you'],
    );
    assert.deepEqual(sent(sent(composer, 1), 2), composerWith(''));
  });

  it('leaves alone what is typed meanwhile', () => {
    assert.deepEqual(sent(typed(submit('hello'), 'you', LIMIT), 1), composerWith('you'));
  });

  it('ignores answers to other attempts', () => {
    const composer = submit('hello');
    assert.equal(sent(composer, 7), composer);
    assert.equal(notSent(composer, 7, 'no'), composer);
  });

  it('gives the text back and says why it could not be taken, until it is edited', () => {
    const composer = notSent(submit('hello'), 1, 'The disk is full.');
    assert.deepEqual(composer, {
      text: 'hello',
      unanswered: [],
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
    assert.equal(typed(composerWith(''), 'x'.repeat(99), LIMIT).problem, null);
  });
});
