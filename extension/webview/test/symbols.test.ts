import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { S } from 'uc.micro';

describe('symbols, which the page asks the browser for', () => {
  it('are all that the Markdown library takes for one, and newer ones alone', () => {
    let newer = 0;
    for (let point = 0; point <= 0x10ffff; point += 1) {
      // As the library does: halves of a character come to it as well.
      const character = String.fromCodePoint(point);
      const isSymbol = /\p{S}/u.test(character);
      if (S.test(character)) assert.ok(isSymbol, point.toString(16));
      else if (isSymbol) newer += 1;
    }
    assert.ok(newer < 500, `${newer} are none to the library`);
  });
});
