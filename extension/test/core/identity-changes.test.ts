import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { ContactStateError, UnknownContactError } from '../../src/core/errors.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { emptyDisks } from './world.ts';
import { acquainted, carolStartsAnew } from './keyed-people.ts';

describe('a contact whose name the server gives to another identity without a statement', () => {
  it('is shown with a line that stays; nothing is sent, what is held stays held, until the person decides', async () => {
    const { world, sam, carol } = await acquainted();
    sam.verify(carol);
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    await world.clock.advance(60_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.changedTo, view?.trust], [other.identity, 'verified']);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.equal(sam.states(carol).at(-1), 'held');
    assert.deepEqual(other.chat.contacts, []);
    assert.deepEqual(sam.seen.directory?.people, []);
    assert.throws(() => sam.open(other), UnknownContactError);

    const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
    assert.deepEqual(again.lines(carol.identity), ['identity-changed']);
    assert.equal(again.view(carol.identity)?.changedTo, other.identity);
  });

  it('goes on as the other identity once that was accepted: what was held goes to it', async () => {
    const { world, sam, carol } = await acquainted();
    sam.verify(carol);
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    const view = sam.chat.decisions.acceptIdentity(carol.identity, other.identity);
    assert.deepEqual([view.id, view.name, view.trust], [other.identity, 'Carol', 'unverified']);
    await world.clock.advance(10_000);
    assert.deepEqual(other.conversation(sam), ['Sam: Are you there?']);
    assert.deepEqual(sam.states(other), ['delivered', 'delivered']);
    assert.deepEqual(sam.lines(other.identity), ['identity-changed', 'identity-accepted']);
    assert.equal(sam.conversation(other).length, 3);
  });

  it('goes on as the pinned one when the other was rejected, who stays nobody and is not asked about again', async () => {
    const { world, sam, carol } = await acquainted();
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    const view = sam.chat.decisions.rejectIdentity(carol.identity, other.identity);
    assert.equal(view.changedTo, null);
    sam.chat.presence(other.presence);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed', 'identity-kept']);
    assert.equal((await new ScriptedPeer(world, sam, other).greet()).closed, LinkClose.unavailable);
    assert.deepEqual(sam.seen.directory?.people, []);

    await other.crash();
    const back = world.person('Carol', carol.disks, carol.key === null ? {} : { key: carol.key });
    await back.goOnline();
    await world.clock.advance(60_000);
    assert.equal(back.conversation(sam).at(-1), 'Sam: Are you there?');
  });

  it('is accepted once when two windows do so', async () => {
    const { world, sam, carol } = await acquainted();
    const other = await carolStartsAnew(world, carol);
    const first = sam.chat.decisions.acceptIdentity(carol.identity, other.identity);
    assert.deepEqual(sam.chat.decisions.acceptIdentity(carol.identity, other.identity), first);
    assert.deepEqual(sam.lines(other.identity), ['identity-changed', 'identity-accepted']);
  });

  it('goes on as what was accepted only if that is what was shown', async () => {
    const { world, sam, carol } = await acquainted();
    const other = await carolStartsAnew(world, carol);
    assert.throws(() => sam.chat.decisions.acceptIdentity(carol.identity, 'f'.repeat(64)), ContactStateError);
    assert.throws(() => sam.chat.decisions.rejectIdentity(carol.identity, 'f'.repeat(64)), ContactStateError);
    assert.equal(sam.view(carol.identity)?.changedTo, other.identity);
  });

  it('may still write as the pinned one, and is told what arrived', async () => {
    const { world, sam, carol } = await acquainted();
    sam.chat.close(sam.window);
    const rival = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await rival.goOnline();
    await world.introduce(rival);
    assert.equal(sam.view(carol.identity)?.changedTo, rival.identity);
    await sam.write(carol, 'not now');
    await carol.write(sam, 'It is me.');
    await world.clock.advance(10_000);
    assert.equal(sam.conversation(carol).at(-1), 'Carol: It is me.');
    assert.equal(carol.states(sam).at(-1), 'delivered');
    assert.equal(sam.states(carol).at(-1), 'held');
  });

  it('is at peace again when the pinned one itself says that it has another name', async () => {
    const { world, sam, carol } = await acquainted();
    const heir = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await heir.goOnline();
    await world.introduce(heir);
    assert.equal(sam.view(carol.identity)?.changedTo, heir.identity);
    world.cutAll();
    carol.name = 'Caroline';
    world.announce(carol);
    await world.clock.advance(30_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo], ['Caroline', null]);
    const { notices } = sam.chat.open(carol.identity, sam.window, 50, true);
    assert.deepEqual(
      notices.filter(({ kind }) => kind === 'renamed').map(({ detail }) => detail),
      ['Carol'],
    );
    assert.deepEqual(
      sam.seen.directory?.people.map(({ id }) => id),
      [heir.identity],
    );
  });
});

describe('a contact that has another name, while somebody else has the old one', () => {
  /** Carol was renamed while Sam was offline, and her name given away. */
  async function renamed(isThere: boolean) {
    const parts = await acquainted();
    const { world, sam, carol } = parts;
    await sam.goOffline();
    carol.name = 'Caroline';
    if (!isThere) await carol.goOffline();
    const heir = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await heir.goOnline();
    await sam.goOnline();
    await world.clock.advance(30_000);
    return { ...parts, heir };
  }

  it('is asked itself instead of being suspected: nothing is held, and the other is somebody new', async () => {
    const { world, sam, carol, heir } = await renamed(true);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo, view?.linked], ['Caroline', null, true]);
    assert.deepEqual(sam.lines(carol.identity), ['renamed']);
    await sam.write(carol, 'hello, Caroline');
    await world.clock.settle();
    assert.equal(sam.states(carol).at(-1), 'delivered');
    assert.deepEqual(
      sam.chat.directory.people.map(({ id }) => id),
      [heir.identity],
    );
    await heir.write(sam, 'hello');
    await world.clock.settle();
    assert.equal(sam.view(heir.identity)?.standing, 'request');
  });

  it('is waited for when it is away, and until then the other is nobody', async () => {
    const { world, sam, carol, heir } = await renamed(false);
    sam.chat.close(sam.window);
    assert.deepEqual([sam.view(carol.identity)?.name, sam.view(carol.identity)?.changedTo], ['Carol', null]);
    assert.equal((await new ScriptedPeer(world, sam, heir).greet()).closed, LinkClose.unavailable);
    assert.deepEqual(sam.chat.directory.people, []);
    // A new session asks again, and comes to the same.
    sam.chat.directoryDisconnected();
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.deepEqual(sam.chat.directory.people, []);
    await carol.goOnline();
    await world.clock.advance(30_000);
    assert.deepEqual(sam.lines(carol.identity), ['renamed']);
    assert.deepEqual(
      sam.chat.directory.people.map(({ id }) => id),
      [heir.identity],
    );
  });

  it('is shown with the line when it does not say so itself: the server made it up', async () => {
    const { world, sam, carol } = await acquainted();
    world.tell = (presence) =>
      presence.identity === carol.identity ? { ...presence, name: 'Caroline' } : presence;
    const rival = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await rival.goOnline();
    await world.introduce(rival);
    await world.clock.advance(30_000);
    assert.equal(sam.view(carol.identity)?.changedTo, rival.identity);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.equal((await new ScriptedPeer(world, sam, rival).greet()).closed, LinkClose.unavailable);
  });

  it('is dialled for its own word when it was shown with the line before', async () => {
    const { world, sam, carol } = await acquainted();
    world.answer = () => Promise.resolve(null);
    const heir = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await heir.goOnline();
    await world.introduce(heir);
    assert.equal(sam.view(carol.identity)?.changedTo, heir.identity);
    await carol.goOffline();
    carol.name = 'Caroline';
    await carol.goOnline();
    await world.clock.advance(30_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo], ['Caroline', null]);
  });

  it('forgets whom it was said not to be: they are free to write, also after a restart', async () => {
    const { world, sam, carol } = await acquainted();
    const other = await carolStartsAnew(world, carol);
    sam.chat.decisions.rejectIdentity(carol.identity, other.identity);
    // The same, told twice by two windows.
    assert.equal(sam.chat.decisions.rejectIdentity(carol.identity, other.identity).changedTo, null);
    other.name = 'Zoe';
    world.announce(other);
    await other.write(sam, 'I am new here.');
    await world.clock.advance(30_000);
    assert.deepEqual(sam.conversation(other), ['Carol: I am new here.'.replace('Carol', other.name)]);
    assert.equal(sam.view(other.identity)?.name, 'Zoe');
    const back = world.person('Caroline', carol.disks, carol.key === null ? {} : { key: carol.key });
    await back.goOnline();
    await world.clock.advance(60_000);
    assert.equal(sam.view(carol.identity)?.name, 'Caroline');
    const stored = sam.disks.history.contacts().find(({ identity }) => identity === carol.identity);
    assert.deepEqual(stored?.rejected, []);
  });
});

describe('another server', () => {
  it('may know a contact: it is the same one; what it calls others has nothing to do with contacts elsewhere', async () => {
    const { world, sam, carol } = await acquainted();
    await sam.chat.goOffline();
    await world.clock.settle();
    world.tell = (presence) => (presence.identity === carol.identity ? null : presence);
    const namesake = world.person('Carol', emptyDisks(), { key: generateKeyPair() });
    await namesake.goOnline();
    sam.chat.goOnline(sam.directory, 'https://elsewhere.example', () => []);
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(
      sam.seen.directory?.people.map(({ id }) => id),
      [namesake.identity],
    );
    world.tell = (presence) =>
      presence.identity === carol.identity ? { ...presence, name: 'Carol.C' } : presence;
    world.announce(carol);
    await sam.write(carol, 'You are here, too.');
    await world.clock.advance(10_000);
    assert.equal(sam.disks.history.contacts()[0]?.server, 'https://elsewhere.example');
    assert.equal(carol.conversation(sam).at(-1), 'Sam: You are here, too.');
    assert.equal(sam.view(carol.identity)?.name, 'Carol');
  });
});
