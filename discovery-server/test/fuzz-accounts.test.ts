import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DamagedAccountsError } from '../src/errors.ts';
import { checkAccountsFile } from '../src/store/accounts-file.ts';
import { temporaryFolder } from './harness.ts';

/** The accounts file with whatever in it: it is read, or refused, and never what it was not. */

const word = fc.oneof(
  fc.constantFrom<unknown>('Sam', 'a'.repeat(64), true, 0),
  fc.jsonValue({ maxDepth: 2 }),
);
const line = fc.oneof(
  fc.string(),
  fc
    .dictionary(
      fc.constantFrom(
        '_id',
        'name',
        'key',
        'lastSeen',
        'successions',
        '$$deleted',
        '$$indexCreated',
        '__proto__',
      ),
      word,
    )
    .map((value) => JSON.stringify(value)),
);

test('whatever the accounts file has is accounts, or damage that is told, and stays where it is', async (t) => {
  const file = path.join(await temporaryFolder(t), 'accounts.db');
  // What is set aside is named by the time.
  let now = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 4 }), fc.boolean(), async (lines, isWhole) => {
      const text = lines.join('\n') + (isWhole ? '\n' : '');
      writeFileSync(file, text);
      try {
        const { torn } = await checkAccountsFile(file, (now += 1));
        const kept = readFileSync(file, 'utf8');
        assert.ok(text.startsWith(kept));
        if (torn === undefined) assert.equal(kept, text);
        else assert.equal(kept + readFileSync(torn.savedAs, 'utf8'), text);
      } catch (error) {
        assert.ok(error instanceof DamagedAccountsError, String(error));
        assert.equal(readFileSync(file, 'utf8'), text);
      }
    }),
  );
});
