import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { UnknownContactError } from '../../src/core/errors.ts';
import { emptyDisks, World } from './world.ts';
import { acquainted, carolStartsAnew } from './keyed-people.ts';

describe('an invite', () => {
  const server = 'http://127.0.0.1:8000';

  it('under the name of a contact is shown there, and is nobody to write to until it is accepted: then both are one', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.crash();
    await sam.write(carol, 'held for you');
    const anew = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    const shown = sam.chat.decisions.addContact({ identity: anew.identity, name: 'carol', server });
    assert.deepEqual([shown.id, shown.changedTo], [carol.identity, anew.identity]);
    assert.equal(sam.view(anew.identity), undefined);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    // The same invite again, and the server saying the same, change nothing.
    sam.chat.decisions.addContact({ identity: anew.identity, name: 'carol', server });
    await anew.goOnline();
    await world.introduce(anew);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    sam.chat.decisions.acceptIdentity(carol.identity, anew.identity);
    await world.clock.advance(30_000);
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, trust, changedTo }) => [id, name, trust, changedTo]),
      [[anew.identity, 'Carol', 'unverified', null]],
    );
    assert.equal(anew.conversation(sam).at(-1), 'Sam: held for you');
  });

  it('for somebody whom the person did not take for the contact before asks again', async () => {
    const { world, sam, carol } = await acquainted();
    const other = await carolStartsAnew(world, carol);
    sam.chat.decisions.rejectIdentity(carol.identity, other.identity);
    sam.chat.decisions.addContact({ identity: other.identity, name: 'Carol', server });
    assert.equal(sam.view(carol.identity)?.changedTo, other.identity);
  });

  it('under the name of a contact at another server, or for a contact of another name, has nothing to do with it', async () => {
    const { sam, carol } = await acquainted();
    const dave = 'd'.repeat(64);
    sam.chat.decisions.addContact({
      identity: 'e'.repeat(64),
      name: 'Carol',
      server: 'https://elsewhere.example',
    });
    sam.chat.decisions.addContact({ identity: dave, name: 'Dave', server });
    sam.chat.decisions.addContact({ identity: dave, name: 'Carol', server });
    assert.equal(sam.view(carol.identity)?.changedTo, null);
  });

  it('pins who made it before any server is asked', async () => {
    const world = new World();
    const [sam, carol] = [world.person('Sam'), world.person('Carol')];
    const view = sam.chat.decisions.addContact({ identity: carol.identity, name: 'Carol', server });
    assert.deepEqual([view.trust, view.standing, view.presence], ['invited', 'accepted', 'unknown']);
    await sam.write(carol, 'hello');
    await sam.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello']);
  });

  it('vouches for a contact that nobody vouched for yet, and changes nothing else', async () => {
    const { sam, carol } = await acquainted();
    const invite = { identity: carol.identity, name: 'Somebody-else', server: 'https://elsewhere.example' };
    assert.deepEqual(
      [sam.chat.decisions.addContact(invite).trust, sam.view(carol.identity)?.name],
      ['invited', 'Carol'],
    );
    sam.verify(carol);
    assert.equal(sam.chat.decisions.addContact(invite).trust, 'verified');
    sam.chat.decisions.setStanding(carol.identity, 'blocked');
    assert.equal(sam.chat.decisions.addContact(invite).standing, 'blocked');
  });

  it('of oneself is refused', async () => {
    const { sam } = await acquainted();
    assert.throws(
      () => sam.chat.decisions.addContact({ identity: sam.identity, name: 'Sam', server }),
      UnknownContactError,
    );
  });
});
