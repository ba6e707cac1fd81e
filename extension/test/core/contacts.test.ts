import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintNamed } from '../support/envelopes.ts';
import { succeeded } from '../../src/core/contact-succession.ts';
import { UnknownContactError } from '../../src/core/errors.ts';
import { samAndCarol, samOpenToCarol } from './world.ts';

describe('a contact', () => {
  it('is muted and pinned, and stays so in the next run and under another identity', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    assert.equal(sam.chat.decisions.setMuted(carol.identity, true).muted, true);
    assert.equal(sam.chat.decisions.setPinned(carol.identity, true).pinned, true);
    const [stored] = sam.disks.history.contacts();
    assert.ok(stored);
    const next = fingerprintNamed('Carol again');
    const { muted, pinned } = succeeded(stored, next, null, true);
    assert.deepEqual([muted, pinned], [true, true]);
    sam.chat.stop();
    const again = world.person('Sam', sam.disks);
    assert.deepEqual(
      again.chat.contacts.map((each) => [each.muted, each.pinned]),
      [[true, true]],
    );
  });

  it('that was removed is forgotten with what waits for them, in the next run as well', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await carol.chat.goOffline();
    await world.clock.settle();
    await sam.write(carol, 'never sent');
    assert.equal(sam.waiting, 1);
    sam.chat.decisions.removeContact(carol.identity);
    sam.chat.decisions.removeContact(carol.identity);
    await world.clock.settle();
    assert.deepEqual(sam.chat.contacts, []);
    assert.equal(sam.waiting, 0);
    assert.deepEqual(sam.disks.history.page(carol.identity, null, 10).messages, []);
    sam.chat.stop();
    const again = world.person('Sam', sam.disks);
    assert.deepEqual(again.chat.contacts, []);
    assert.equal(again.waiting, 0);
  });

  it('that was removed and is one again lacks nothing of what was withdrawn by that', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'hello');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await carol.goOffline();
    await sam.write(carol, 'never sent');
    await sam.write(carol, 'nor this');
    sam.chat.decisions.removeContact(carol.identity);
    sam.open(carol);
    await sam.write(carol, 'hello again');
    await carol.goOnline();
    await world.clock.advance(60_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello', 'Sam: hello again']);
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.ok(carol.seen.notices.every(({ kind }) => kind !== 'missing'));
  });

  it('that was removed is a request when they write again', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'hello');
    await world.clock.settle();
    sam.chat.decisions.removeContact(carol.identity);
    await world.clock.advance(60_000);
    await carol.write(sam, 'are you there?');
    await world.clock.advance(60_000);
    assert.deepEqual(
      sam.chat.contacts.map(({ standing, unread }) => [standing, unread]),
      [['request', 1]],
    );
  });

  it('that was removed is no contact again by a panel that is restored, but by being asked for', async () => {
    const { sam, carol } = await samOpenToCarol();
    sam.chat.decisions.removeContact(carol.identity);
    const open = (byPerson: boolean) => sam.chat.open(carol.identity, sam.window, 50, byPerson);
    assert.throws(() => open(false), UnknownContactError);
    assert.deepEqual(sam.chat.contacts, []);
    assert.equal(open(true).contact.standing, 'accepted');
  });

  it('has to be one to be muted', async () => {
    const { sam, carol } = await samAndCarol();
    assert.throws(() => sam.chat.decisions.setMuted(carol.identity, true), UnknownContactError);
  });
});
