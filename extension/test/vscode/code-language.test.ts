import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calledInMessage, languageId } from '../../src/vscode/code-language.ts';

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

describe('what a message calls a language of VS Code', () => {
  it('is what colours it there, and what VS Code is asked for when the code is opened', () => {
    for (const [id, called] of [
      ['typescript', 'typescript'],
      ['typescriptreact', 'tsx'],
      ['javascriptreact', 'jsx'],
      ['shellscript', 'sh'],
      ['objective-c', 'objc'],
      ['cpp', 'cpp'],
    ] as const) {
      assert.equal(calledInMessage(id), called);
      assert.equal(languageId(called, [id]), id);
    }
  });

  it('is nothing for plain text, and for what would end the line that begins the code', () => {
    for (const id of ['plaintext', 'my language', '```', 'a\nb', '', 'x'.repeat(33)]) {
      assert.equal(calledInMessage(id), '');
    }
  });

  it('is its own name where that is a name of JavaScript too', () => {
    assert.equal(calledInMessage('constructor'), 'constructor');
  });
});
