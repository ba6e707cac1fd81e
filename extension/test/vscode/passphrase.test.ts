import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkNewPassphrase, checkRepeated } from '../../src/vscode/passphrase.ts';
import { english } from './english.ts';

describe('the passphrase of an exported identity', () => {
  test('has at least twelve characters, as a person counts them, and stays as it was typed', () => {
    const short = checkNewPassphrase(english, '🔑'.repeat(11));
    assert.ok(!short.ok && short.why.includes('these are 11'));
    assert.deepEqual(checkNewPassphrase(english, ' four words by chance '), {
      ok: true,
      value: ' four words by chance ',
    });
  });

  test('is typed twice, the same each time, and is in no complaint', () => {
    assert.ok(checkRepeated(english, 'correct horse', 'correct horse').ok);
    const other = checkRepeated(english, 'correct horse', 'correct house');
    assert.ok(!other.ok && !/horse|house/.test(other.why));
  });
});
