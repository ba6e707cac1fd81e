import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readOwnerRecord, writeOwnerRecord } from '../../src/peer/owner-record.ts';
import { testFolder } from './cleanup.ts';

const here = process.pid;

describe("the owner's record", () => {
  it('says what the window is called and which process it is', async () => {
    const folder = testFolder();
    assert.equal(await readOwnerRecord(folder), null);
    writeOwnerRecord(folder, { window: 'api', process: here });
    assert.deepEqual(await readOwnerRecord(folder), { window: 'api', process: here });
    writeOwnerRecord(folder, { window: '', process: here });
    assert.deepEqual(await readOwnerRecord(folder), { window: '', process: here });
    assert.deepEqual(readdirSync(folder), ['owner.json']);
  });

  it('is for its owner alone', { skip: process.platform === 'win32' }, () => {
    const folder = testFolder();
    writeOwnerRecord(folder, { window: 'api', process: here });
    assert.equal(statSync(join(folder, 'owner.json')).mode & 0o777, 0o600);
  });

  it('takes any name of a folder, as far as it fits on a line of a screen', async () => {
    const folder = testFolder();
    const shown = async (window: string): Promise<string | undefined> => {
      writeOwnerRecord(folder, { window, process: here });
      return (await readOwnerRecord(folder))?.window;
    };
    assert.equal(await shown('a\nb\u202ec\0'), 'a b c');
    assert.equal(await shown('x'.repeat(80)), 'x'.repeat(80));
    assert.equal(await shown('x'.repeat(81)), `${'x'.repeat(79)}…`);
    assert.equal(await shown(`x${'🙂'.repeat(60)}`), `x${'🙂'.repeat(39)}…`);
  });

  it('names nobody who is gone, nor anybody when it is damaged', async () => {
    const folder = testFolder();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    writeOwnerRecord(folder, { window: 'api', process: gone });
    assert.equal(await readOwnerRecord(folder), null);
    const damaged = ['', '{', 'null', '{"window":"api"}', `{"window":"api","process":-${here}}`];
    for (const text of damaged) {
      writeFileSync(join(folder, 'owner.json'), text);
      assert.equal(await readOwnerRecord(folder), null, text);
    }
  });
});
