import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { offerRemedies } from '../../src/vscode/server-remedies.ts';
import { english } from './english.ts';

const at = { host: '10.0.0.5', port: 41_000 };

/** The person chooses this button; `fails`: nothing of what they choose is possible. */
async function choose(button: string | undefined, fails?: Error) {
  const did: unknown[] = [];
  const act = (what: string): Promise<void> => {
    did.push(what);
    return fails === undefined ? Promise.resolve() : Promise.reject(fails);
  };
  const parts = {
    l10n: english,
    ask: (_sentence: string, buttons: readonly string[]) => {
      assert.ok(button === undefined || buttons.includes(button));
      return Promise.resolve(button);
    },
    showLog: () => act('log'),
    remedy: act,
    failed: (error: unknown) => did.push(error),
  };
  await offerRemedies(parts, { code: 'port-taken' }, at);
  return did;
}

describe('a server that did not start', () => {
  test('offers what can be done about it, and the log', async () => {
    assert.deepEqual(await choose('Use Another Port'), ['another-port']);
    assert.deepEqual(await choose('Do Not Start It Again'), ['forget']);
    assert.deepEqual(await choose('Show Log'), ['log']);
    assert.deepEqual(await choose(undefined), []);
  });

  test('is told once more where the remedy fails: nobody waits for it', async () => {
    const full = new Error('The disk is full.');
    assert.deepEqual(await choose('Use Another Port', full), ['another-port', full]);
  });
});
