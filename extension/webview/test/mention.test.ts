import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mentionQuery, namesWith } from '../src/model/mention-query.ts';

const queryOf = (text: string): string | undefined => mentionQuery(text, text.length)?.name;

describe('a mention', () => {
  it('begins with an @ where a word may begin', () => {
    assert.deepEqual(['@', 'ask @Ca', '(@ca', 'x\n@c.d-e_1'].map(queryOf), ['', 'ca', 'ca', 'c.d-e_1']);
  });

  it('is none within an address, a package or code, nor before a space', () => {
    for (const text of ['me@ca', 'npm/@ca', '`@ca', '```\n@ca', '@ca ', '@@ca']) {
      assert.equal(queryOf(text), undefined, text);
    }
  });
});

describe('names', () => {
  const people = ['Carol', 'Oscar', 'Caro', 'Dave'];

  it('that begin so come first, in the order given', () => {
    assert.deepEqual(namesWith('car', people, 8), ['Carol', 'Caro', 'Oscar']);
    assert.deepEqual(namesWith('', people, 2), ['Carol', 'Oscar']);
  });

  it('that stand there already are not proposed: Enter sends', () => {
    assert.deepEqual(namesWith('dave', people, 8), []);
  });
});
