/** The totals that `npm test` prints: whatever goes wrong is counted, and nothing is counted that is no test. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { countTests, runNodeTests } from '../../scripts/lib/node-tests.ts';
import { totalsLine } from '../../scripts/lib/totals.ts';

const sources: Readonly<Record<string, string>> = {
  mixed: `import test, { describe, it } from 'node:test';
    test('passes', () => {});
    test('fails', () => { throw new Error('on purpose'); });
    test.skip('is skipped', () => {});
    test('is to be done', { todo: true }, () => { throw new Error('not yet'); });
    describe('a suite', () => { it('passes', () => {}); it('fails', () => { throw new Error('on purpose'); }); });`,
  hook: `import { before, describe, it } from 'node:test';
    describe('a suite', () => { before(() => { throw new Error('on purpose'); }); it('never runs', () => {}); });`,
  made: `import { describe } from 'node:test'; import { make } from './harness.ts';
    describe('a suite', () => { make('fails'); });`,
  broken: `import './there-is-no-such-module.ts';`,
  empty: `console.log('no test here');`,
  endless: `import test from 'node:test'; test('passes', () => {}); setInterval(() => {}, 1000);`,
  started: `import test, { after, before } from 'node:test';
    let started;
    before(async () => { await new Promise((done) => setTimeout(done, 50)); started = setInterval(() => {}, 1000); });
    after(() => clearInterval(started));
    test('passes', () => {});`,
};

describe('counting tests', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'p2p-chat-count-'));
    for (const [name, text] of Object.entries(sources)) {
      await writeFile(path.join(directory, `${name}.test.ts`), text);
    }
    await writeFile(
      path.join(directory, 'harness.ts'),
      `import { it } from 'node:test';
       export const make = (name) => it(name, () => { throw new Error('on purpose'); });`,
    );
    await writeFile(path.join(directory, 'package.json'), '{"type":"module"}');
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const run = (name: string, filter?: string) =>
    runNodeTests({
      node: process.execPath,
      files: [path.join(directory, `${name}.test.ts`)],
      concurrency: 1,
      testTimeout: 20,
      fileTimeout: 3,
      quiet: true,
      ...(filter === undefined ? {} : { filter }),
    });

  it('counts each test once, and no suite', async () => {
    const { passed, skipped, failures } = await run('mixed');
    assert.deepEqual([passed, failures.length, skipped], [2, 2, 2]);
  });

  it('names each test that failed, and says why', async () => {
    const [first] = (await run('mixed')).failures;
    assert.match(first ?? '', /mixed\.test\.ts: fails\n\s+Error: on purpose\n/);
  });

  it('names the file in whose suite a test stands, whoever made it', async () => {
    const { failures } = await run('made');
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /made\.test\.ts: fails\n/);
  });

  it('counts tests that a hook kept from running as failed', async () => {
    const totals = await run('hook');
    assert.equal(totals.passed, 0);
    assert.ok(totals.failures.length >= 1);
  });

  it('counts a file that cannot be loaded as failed', async () => {
    assert.equal(totalsLine(await run('broken')), '0 passed, 1 failed, 0 skipped');
  });

  it('counts nothing in a file without tests', async () => {
    assert.equal(totalsLine(await run('empty')), '0 passed, 0 failed, 0 skipped');
  });

  it('fails a file that does not end', async () => {
    assert.equal(totalsLine(await run('endless')), '1 passed, 1 failed, 0 skipped');
  });

  it('ends a file without a test that is asked for, whatever its hooks have started', async () => {
    assert.equal(totalsLine(await run('started', 'passes')), '1 passed, 0 failed, 0 skipped');
    assert.equal(totalsLine(await run('started', 'nothing')), '0 passed, 0 failed, 0 skipped');
  });

  it('reads how many tests a layer would have', async () => {
    assert.equal(await countTests([path.join(directory, 'mixed.test.ts')]), 4);
    assert.equal(await countTests([path.join(directory, 'empty.test.ts')]), 0);
  });
});
