import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { lost, promises, tooEarly, type Promised } from './checks.ts';
import { mutants, occurrences, type MutantName } from './mutants.ts';
import { record, whyNoTrace, type Recording } from './workload.ts';

const skip = whyNoTrace() ?? false;

describe('a peer whose system calls are traced', { skip }, () => {
  let recording: Recording;
  let promised: Promised[];
  before(async () => {
    recording = await record(null);
    promised = promises(recording);
  });

  it('vouches for every message of the trial', () => {
    assert.deepEqual(
      promised.map(({ id }) => id).sort(),
      [...recording.sent, ...recording.received].map(({ id }) => id).sort(),
    );
  });

  it('sends no receipt, and calls nothing held or sending, before the sync of the files concerned has ended', () => {
    assert.deepEqual(tooEarly(recording, promised), []);
  });

  it('has everything that it vouched for when only what was synced is left of its files', () => {
    const { moments, missing } = lost(recording, promised);
    assert.deepEqual(missing, []);
    assert.ok(moments > promised.length, `${moments} moments`);
  });
});

describe('the same with code that is worse:', { skip }, () => {
  for (const name of Object.keys(mutants) as MutantName[]) {
    it(`${name} is found out, by the order of calls and by what is left of the files`, async () => {
      assert.equal(occurrences(name), 1, 'the code has what the mutant replaces, once');
      const recording = await record(name);
      const promised = promises(recording);
      assert.notDeepEqual(tooEarly(recording, promised), []);
      assert.notDeepEqual(lost(recording, promised).missing, []);
    });
  }
});
