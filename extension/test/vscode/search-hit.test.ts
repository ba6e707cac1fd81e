import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { excerpt, hitIn } from '../../src/vscode/search-hit.ts';

describe('the part of a message that a search shows', () => {
  it('is all of a short one, in one line', () => {
    assert.equal(excerpt('call\n  parseHeaders()\tfirst', 'headers'), 'call parseHeaders() first');
  });

  it('has what was searched for in it, with something before and after', () => {
    const shown = excerpt(`${'before '.repeat(100)}parseHeaders ${'after '.repeat(100)}`, 'HEADERS');
    assert.match(shown, /^….*before parseHeaders after .*…$/);
    assert.ok(shown.length <= 162);
  });

  it('is what a person reads of it', () => {
    assert.equal(
      hitIn('see **`parseHeaders`** in\n```ts\nparse();\n```', 'headers'),
      'see parseHeaders in parse();',
    );
    assert.equal(hitIn('it is *very* **bold**', 'very bold'), 'it is very bold');
  });

  it('is what was written where only that has what was searched for', () => {
    const text = 'the [pipeline](https://ci.example.com/runs/128) failed';
    assert.equal(hitIn(text, 'pipeline f'), 'the pipeline failed');
    assert.equal(hitIn(text, 'runs/128'), text);
    assert.equal(hitIn('**bold**', '**bo'), '**bold**');
  });

  it('begins at the beginning where nothing of it is seen', () => {
    assert.match(excerpt('a '.repeat(200), 'z'), /^a a/);
  });

  it('has no icon in it: VS Code shows one, or nothing, for what a shell takes out of $(…)', () => {
    const shown = excerpt('cd $(dirname $(file x)) && echo \\$(check)', 'dirname');
    assert.doesNotMatch(shown, /\$\(/);
    assert.equal(shown.replaceAll('\u2060', ''), 'cd $(dirname $(file x)) && echo \\$(check)');
  });

  it('cuts no character in two', () => {
    const shown = excerpt(`${'😀'.repeat(60)}x`, 'x');
    assert.ok(shown.isWellFormed());
  });
});
