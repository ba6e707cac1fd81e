import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Contact } from '../../src/peer-api.ts';
import { decide, type Decision, type Question } from '../../src/vscode/decisions.ts';
import { groupedFingerprint } from '../../src/vscode/labels.ts';
import { english } from './english.ts';
import { fakeContact, fakeId, FakePeer } from '../fake-peer.ts';

/** Decides about a contact with a person who answers each question with this choice, the last one unless told, or with none. */
async function run(decision: Decision, contact: Contact, sure = true, choice = -1) {
  const peer = new FakePeer();
  peer.contacts.set(contact.id, contact);
  const questions: Question[] = [];
  const verified: string[] = [];
  const ask = (question: Question): Promise<string | undefined> => {
    questions.push(question);
    return Promise.resolve(sure ? question.choices.at(choice) : undefined);
  };
  const verify = ({ id }: Contact): Promise<void> => Promise.resolve(void verified.push(id));
  let answers = 0;
  await decide({ client: peer, l10n: english, ask, verify }, contact, decision, () => (answers += 1));
  return { asked: peer.asked, questions, verified, answers };
}

const carol = fakeContact('Carol');
const changed = fakeContact('Carol', { changedTo: fakeId('Mallory') });

describe('what a person decides about another', () => {
  test('a request is accepted or ignored at once, and somebody blocked is unblocked at once', async () => {
    const cases = [
      ['accept-request', 'accepted'],
      ['ignore-request', 'ignored'],
      ['unblock', 'unblocked'],
    ] as const;
    for (const [decision, standing] of cases) {
      const { asked, questions } = await run(decision, carol);
      assert.deepEqual(asked, [{ method: 'setStanding', params: { contact: carol.id, standing } }]);
      assert.deepEqual(questions, []);
    }
  });

  test('blocking asks first, and leaves all as it is without an answer', async () => {
    const { asked, questions } = await run('block', carol);
    assert.equal(questions.length, 1);
    assert.deepEqual(asked, [{ method: 'setStanding', params: { contact: carol.id, standing: 'blocked' } }]);
    assert.deepEqual((await run('block', carol, false)).asked, []);
  });

  test('a new identity is accepted only after a dialog with both fingerprints', async () => {
    const { asked, questions } = await run('accept-identity', changed);
    const [question] = questions;
    for (const id of [changed.id, changed.changedTo ?? '']) {
      assert.ok(question?.detail.includes(groupedFingerprint(id)));
    }
    assert.deepEqual(asked, [
      { method: 'acceptIdentity', params: { contact: changed.id, identity: changed.changedTo } },
    ]);
    assert.deepEqual((await run('accept-identity', changed, false)).asked, []);
  });

  test('whoever only presses Enter in that dialog accepts nothing, but compares', async () => {
    const { asked, verified } = await run('accept-identity', changed, true, 0);
    assert.deepEqual([asked, verified], [[], [changed.id]]);
  });

  test('the warning about somebody verified is the stronger one', async () => {
    const message = async (contact: Contact): Promise<string> =>
      (await run('accept-identity', contact)).questions.map((asked) => asked.message + asked.detail).join();
    assert.match(
      await message({ ...changed, trust: 'verified' }),
      /not the identity that you verified.*Do not accept before/s,
    );
    assert.doesNotMatch(await message(changed), /Do not accept before/);
  });

  test('a dialog that has closed leaves the focus to the chat, but for the number that takes its place', async () => {
    const answers = async (decision: Decision, sure: boolean, choice?: number): Promise<number> =>
      (await run(decision, changed, sure, choice)).answers;
    assert.equal(await answers('block', true), 1);
    assert.equal(await answers('block', false), 1);
    assert.equal(await answers('accept-identity', true), 1);
    assert.equal(await answers('accept-identity', false), 1);
    assert.equal(await answers('accept-identity', true, 0), 0);
    assert.equal(await answers('reject-identity', true), 0);
  });

  test('rejecting keeps the pinned identity, without a question', async () => {
    const { asked, questions } = await run('reject-identity', changed);
    assert.deepEqual(asked, [
      { method: 'rejectIdentity', params: { contact: changed.id, identity: changed.changedTo } },
    ]);
    assert.deepEqual(questions, []);
  });

  test('about an identity that did not change there is nothing to decide', async () => {
    for (const decision of ['accept-identity', 'reject-identity'] as const) {
      const { asked, questions } = await run(decision, carol);
      assert.deepEqual([asked, questions], [[], []]);
    }
  });

  test('verifying shows the safety number and changes nothing by itself', async () => {
    const { asked, verified } = await run('verify', carol);
    assert.deepEqual([asked, verified], [[], [carol.id]]);
  });
});
