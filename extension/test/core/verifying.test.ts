import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContactStateError, UnknownContactError } from '../../src/core/errors.ts';
import { acquainted, carolStartsAnew } from './keyed-people.ts';

describe('verifying', () => {
  it('shows both the same 60 digits, and others other ones', async () => {
    const { world, sam, carol } = await acquainted();
    const digits = sam.chat.decisions.safetyNumber(carol.identity).digits;
    assert.match(digits, /^\d{60}$/);
    assert.equal(carol.chat.decisions.safetyNumber(sam.identity).digits, digits);
    const dave = world.person('Dave');
    sam.chat.decisions.addContact({ identity: dave.identity, name: 'Dave', server: 'http://127.0.0.1:8000' });
    assert.notEqual(sam.chat.decisions.safetyNumber(dave.identity).digits, digits);
    assert.throws(() => sam.chat.decisions.safetyNumber('f'.repeat(64)), UnknownContactError);
  });

  it('shows the number shared with another identity that has the name now: what both compare before it is accepted', async () => {
    const { world, sam, carol } = await acquainted();
    assert.equal(sam.chat.decisions.safetyNumber(carol.identity).changed, null);
    const other = await carolStartsAnew(world, carol);
    other.open(sam);
    const { digits, changed } = sam.chat.decisions.safetyNumber(carol.identity);
    assert.deepEqual(changed, {
      identity: other.identity,
      digits: other.chat.decisions.safetyNumber(sam.identity).digits,
    });
    assert.notEqual(changed.digits, digits);
    sam.chat.decisions.acceptIdentity(carol.identity, other.identity);
    assert.equal(sam.chat.decisions.setVerified(other.identity, changed.digits).trust, 'verified');
  });

  it('counts for the identity whose number was compared, and for no other', async () => {
    const { world, sam, carol } = await acquainted();
    const { digits } = sam.chat.decisions.safetyNumber(carol.identity);
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.succession(next.successions);
    await world.clock.settle();
    for (const [identity, compared] of [
      [carol.identity, digits],
      [carol.identity, null],
      [next.identity, digits],
    ] as const) {
      assert.throws(
        () => sam.chat.decisions.setVerified(identity, compared),
        (error) => error instanceof ContactStateError && error.message.includes('compare again'),
      );
    }
    assert.equal(sam.view(next.identity)?.trust, 'unverified');
    assert.equal(sam.verify(next).trust, 'verified');
  });

  it('is kept over a restart, and can be taken back', async () => {
    const { world, sam, carol } = await acquainted();
    assert.equal(sam.verify(carol).trust, 'verified');
    const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
    assert.equal(again.view(carol.identity)?.trust, 'verified');
    assert.equal(again.chat.decisions.setVerified(carol.identity, null).trust, 'unverified');
  });
});
