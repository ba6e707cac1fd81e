import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { languageId } from '../../src/vscode/code-language.ts';

const KNOWN = ['plaintext', 'typescript', 'python', 'shellscript', 'css', 'cpp'];

describe('the language of code in a message', () => {
  it('is what VS Code calls it too', () => {
    assert.equal(languageId('css', KNOWN), 'css');
    assert.equal(languageId('CSS', KNOWN), 'css');
  });

  it('is found by what people call it', () => {
    assert.equal(languageId('ts', KNOWN), 'typescript');
    assert.equal(languageId('bash', KNOWN), 'shellscript');
    assert.equal(languageId('C++', KNOWN), 'cpp');
  });

  it('is plain text where VS Code knows none of it', () => {
    for (const called of ['', 'klingon', 'rs', 'constructor', '__proto__']) {
      assert.equal(languageId(called, KNOWN), 'plaintext');
    }
  });
});
