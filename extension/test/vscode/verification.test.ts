import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { safetyNumber } from '@p2p-chat/protocol/safety-number';
import { PeerError, type Contact } from '../../src/peer-api.ts';
import type { Question } from '../../src/vscode/decisions.ts';
import { compared, type Outcome } from '../../src/vscode/verification.ts';
import { english } from './english.ts';
import { fakeContact, fakeId, FakePeer } from '../fake-peer.ts';

const other = fakeId('whoever uses the name Carol now');
const carol = fakeContact('Carol');
const changed = fakeContact('Carol', { changedTo: other });

/** Somebody with a card before them, who takes the first choice of each dialog, or none. */
function setUp(contact: Contact, sure = true) {
  const peer = new FakePeer();
  peer.contacts.set(contact.id, contact);
  let id = contact.id;
  peer.onPush('contactReplaced', ({ to }) => (id = to.id));
  const questions: Question[] = [];
  const told: string[] = [];
  const blocked: string[] = [];
  const current = (): Contact => peer.contacts.get(id) ?? contact;
  const answer = (outcome: Outcome, digits: string): Promise<void> =>
    compared(
      {
        client: peer,
        l10n: english,
        ask: (question) => {
          questions.push(question);
          return Promise.resolve(sure ? question.choices[0] : undefined);
        },
        tell: (sentence) => void told.push(sentence),
        block: (who) => Promise.resolve(void blocked.push(who.id)),
      },
      current,
      outcome,
      digits,
    );
  /** What was asked of the peer besides the numbers. */
  const asked = (): unknown[] => peer.asked.filter(({ method }) => method !== 'safetyNumber');
  return { peer, answer, asked, questions, told, blocked, current };
}

const shared = (peer: FakePeer, identity: string): string => safetyNumber(peer.own.identity, identity);

describe('comparing numbers', () => {
  test('that are the same verifies the identity whose number was shown', async () => {
    const { peer, answer, asked, current } = setUp(carol);
    const digits = shared(peer, carol.id);
    await answer('same', digits);
    assert.deepEqual(asked(), [{ method: 'setVerified', params: { contact: carol.id, digits } }]);
    assert.equal(current().trust, 'verified');
    await answer('undo', digits);
    assert.equal(current().trust, 'unverified');
  });

  test('that are different takes a mark back, and offers to block', async () => {
    const { peer, answer, questions, blocked, current } = setUp({ ...carol, trust: 'verified' });
    await answer('different', shared(peer, carol.id));
    assert.equal(current().trust, 'unverified');
    assert.match(questions[0]?.message ?? '', /this may not be Carol/);
    assert.deepEqual(blocked, [carol.id]);
  });

  test('with the identity before, when the contact was replaced meanwhile, verifies nobody and says so', async () => {
    const { peer, answer, asked, told, questions, current } = setUp(carol);
    const before = shared(peer, carol.id);
    peer.replaceContact(carol.id, fakeContact('Carol', { id: fakeId('Carol anew') }));
    await answer('same', before);
    await answer('different', before);
    assert.equal(current().trust, 'unverified');
    assert.equal(told.length, 2);
    assert.match(told[0] ?? '', /identity of Carol has changed.*Compare the new ones/);
    assert.deepEqual(questions, []);
    assert.deepEqual(asked(), [
      { method: 'setVerified', params: { contact: fakeId('Carol anew'), digits: before } },
    ]);
  });

  test('fails as the peer failed when the number was right', async () => {
    const { peer, answer, told } = setUp(carol);
    peer.overrides.setVerified = () => Promise.reject(new PeerError('storage-failed', 'The disk is full.'));
    await assert.rejects(answer('same', shared(peer, carol.id)), /The disk is full/);
    assert.deepEqual(told, []);
  });
});

describe('comparing numbers with another identity under the contact’s name', () => {
  test('that are the same accepts and verifies that identity, without another question', async () => {
    const { peer, answer, asked, questions, current } = setUp(changed);
    const digits = shared(peer, other);
    await answer('same', digits);
    assert.deepEqual(asked(), [
      { method: 'acceptIdentity', params: { contact: carol.id, identity: other } },
      { method: 'setVerified', params: { contact: other, digits } },
    ]);
    assert.deepEqual([current().id, current().trust, questions.length], [other, 'verified', 0]);
  });

  test('that are different leaves the mark of the old one, and offers to keep that', async () => {
    const { peer, answer, asked, questions, blocked, current } = setUp({ ...changed, trust: 'verified' });
    await answer('different', shared(peer, other));
    assert.match(questions[0]?.message ?? '', /whoever uses the name Carol now may not be Carol/);
    assert.match(
      questions[0]?.detail ?? '',
      /keep the old identity.*tell whoever runs your discovery server/,
    );
    assert.deepEqual(questions[0]?.choices, ['Keep the Old One']);
    assert.deepEqual(asked(), [{ method: 'rejectIdentity', params: { contact: carol.id, identity: other } }]);
    assert.deepEqual([current().id, current().trust, blocked], [carol.id, 'verified', []]);
    const undecided = setUp(changed, false);
    await undecided.answer('different', shared(undecided.peer, other));
    assert.deepEqual(undecided.asked(), []);
  });

  test('never accepts an identity other than the one whose number was shown', async () => {
    const { peer, answer, asked, told, current } = setUp(changed);
    const shown = shared(peer, other);
    peer.setContact({ ...changed, changedTo: fakeId('a third one') });
    await answer('same', shown);
    assert.deepEqual([current().id, current().trust], [carol.id, 'unverified']);
    assert.equal(told.length, 1);
    assert.ok(!asked().some((each) => JSON.stringify(each).includes('acceptIdentity')));
  });
});
