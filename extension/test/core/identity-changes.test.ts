import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { ContactStateError, UnknownContactError } from '../../src/core/chat.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

const disks = () => ({ history: memoryHistory(), outboxes: new Map() });

/** Sam and Carol with keys of their own, accepted by each other, one message each way. */
async function samAndCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const sam = world.person('Sam', disks(), { key: generateKeyPair() });
  const carol = world.person('Carol', disks(), { key: generateKeyPair() });
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await sam.write(carol, 'hello');
  await world.clock.settle();
  await carol.write(sam, 'hello yourself');
  await world.clock.settle();
  return { world, sam, carol };
}

/** Carol lost everything and registered her name anew: another identity, and no statement about it. */
async function carolStartsAnew(world: World, carol: Person): Promise<Person> {
  await carol.crash();
  const other = world.person('Carol', disks(), { key: generateKeyPair() });
  await other.goOnline();
  await world.introduce(other);
  return other;
}

describe('a contact whose identity was replaced by a statement', () => {
  it('is followed, with all messages, with what was held, and with a line about it', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.setVerified(carol.identity, true);
    await carol.goOffline();
    await sam.write(carol, 'held');
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.succession(next.successions);
    await world.clock.settle();
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, trust, changedTo }) => [id, name, trust, changedTo]),
      [[next.identity, 'Carol', 'unverified', null]],
    );
    assert.deepEqual(
      sam.seen.replaced.map(({ from, to }) => [from, to.id]),
      [[carol.identity, next.identity]],
    );
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
    assert.deepEqual(sam.conversation(next), ['Sam: hello', 'Carol: hello yourself', 'Sam: held']);
    assert.deepEqual(next.conversation(sam), ['Sam: hello', 'Carol: hello yourself', 'Sam: held']);
    assert.deepEqual(sam.states(next), ['delivered', 'delivered']);
  });

  it('is followed when the statement comes by a look-up, or by the link alone, whoever dials', async () => {
    for (const way of ['look-up', 'link']) {
      const { world, sam, carol } = await samAndCarol();
      const next = await world.replaceIdentity(carol);
      if (way === 'link') world.stopServer();
      await next.goOnline();
      await next.write(sam, 'It is me.');
      await world.clock.advance(30_000);
      assert.equal(sam.conversation(next).at(-1), 'Carol: It is me.', way);
      assert.deepEqual(sam.lines(next.identity), ['identity-replaced'], way);
      assert.equal(sam.view(next.identity)?.standing, 'accepted');
    }
  });

  it('is followed instead of being suspected when the server tells of the new one first', async () => {
    const { world, sam, carol } = await samAndCarol();
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    sam.chat.presence(next.presence);
    await world.clock.settle();
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
  });

  it('is followed over several steps, and told again changes nothing', async () => {
    const { world, sam, carol } = await samAndCarol();
    await sam.goOffline();
    const second = await world.replaceIdentity(carol);
    await second.goOnline();
    const third = await world.replaceIdentity(second);
    await third.goOnline();
    await sam.goOnline();
    for (let times = 0; times < 2; times += 1) sam.chat.succession(third.successions);
    sam.chat.succession(second.successions);
    await world.clock.settle();
    assert.equal(sam.view(third.identity)?.name, 'Carol');
    assert.deepEqual(sam.lines(third.identity), ['identity-replaced']);
  });

  it('stays blocked', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.setStanding(carol.identity, 'blocked');
    const next = await world.replaceIdentity(carol);
    await next.goOnline();
    await next.write(sam, 'It is me.');
    await world.clock.advance(30_000);
    assert.equal(sam.view(next.identity)?.standing, 'blocked');
    assert.equal(next.states(sam).at(-1), 'held');
  });

  it('is one contact when both identities were: nothing is lost, nothing is there twice', async () => {
    const { world, sam, carol } = await samAndCarol();
    const next = await world.replaceIdentity(carol);
    sam.chat.addContact({ identity: next.identity, name: 'Carol2', server: 'http://127.0.0.1:8000' });
    await sam.write(next, 'to the new one');
    await sam.write(carol, 'to the old one');
    await next.goOnline();
    sam.chat.succession(next.successions);
    await world.clock.advance(30_000);
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, trust }) => [id, name, trust]),
      [[next.identity, 'Carol', 'invited']],
    );
    assert.deepEqual(sam.states(next), ['delivered', 'delivered', 'delivered']);
    assert.deepEqual(next.conversation(sam).slice(2), ['Sam: to the new one', 'Sam: to the old one']);
  });

  it('gets what is written in the same tick', async () => {
    const { world, sam, carol } = await samAndCarol();
    const next = await world.replaceIdentity(carol);
    world.tell = (presence, viewer) =>
      viewer === sam && presence.identity === next.identity ? null : presence;
    await next.goOnline();
    world.tell = (presence) => presence;
    const written = sam.chat.write({
      id: '01900000-0000-7000-8000-ffffffffffff',
      contact: carol.identity,
      text: 'just now',
      folder: null,
    });
    sam.chat.succession(next.successions);
    await world.clock.advance(10_000);
    await written;
    assert.equal(next.conversation(sam).at(-1), 'Sam: just now');
    // A window that has not heard of it yet means the same person.
    assert.equal(sam.chat.open(carol.identity, sam.window, 1).contact.id, next.identity);
    await sam.write(carol, 'and later');
    await world.clock.settle();
    assert.equal(next.conversation(sam).at(-1), 'Sam: and later');
  });
});

describe('my own identity, replaced', () => {
  it('goes on with what the one before had written, once, under the new one', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held', '/workspace');
    const next = await world.replaceIdentity(sam);
    await next.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.equal(carol.conversation(next).at(-1), 'Sam: held');
    assert.deepEqual(next.states(carol), ['delivered', 'delivered']);
    assert.equal(next.waiting, 0);
  });

  it('does not deliver twice what had arrived while its receipt was lost', async () => {
    const { world, sam, carol } = await samAndCarol();
    const written = sam.write(carol, 'once');
    await Promise.resolve();
    for (const channel of world.channels) {
      const send = channel.send.bind(channel);
      channel.send = (frame) => (frame.type === 'receipt' ? 0 : send(frame));
    }
    await written;
    const next = await world.replaceIdentity(sam);
    await next.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(next).slice(2), ['Sam: once']);
    assert.deepEqual(next.states(carol), ['delivered', 'delivered']);
  });

  it('leaves refused what an identity wrote that is lost without a statement', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const next = world.person('Sam', await sam.crash(), { key: generateKeyPair() });
    assert.deepEqual(next.states(carol), ['delivered', 'refused']);
  });

  it('survives a crash between the history and the outbox: the message is one', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const before = sam.disks.outboxes.get(null)?.all() ?? [];
    const next = await world.replaceIdentity(sam);
    const { outboxes } = await next.crash();
    // The history has the new envelope, the outbox the old one.
    outboxes.get(null)?.update(before);
    const again = world.person('Sam', next.disks, {
      ...(next.key === null ? {} : { key: next.key }),
      successions: next.successions,
    });
    await again.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(again).slice(2), ['Sam: held']);
    assert.deepEqual(again.states(carol), ['delivered', 'delivered']);
  });
});

describe('a contact whose name the server gives to another identity without a statement', () => {
  it('is shown with a line that stays; nothing is sent, what is held stays held, until the person decides', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.setVerified(carol.identity, true);
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
    const { world, sam, carol } = await samAndCarol();
    sam.chat.setVerified(carol.identity, true);
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    const view = sam.chat.acceptIdentity(carol.identity, other.identity);
    assert.deepEqual([view.id, view.name, view.trust], [other.identity, 'Carol', 'unverified']);
    await world.clock.advance(10_000);
    assert.deepEqual(other.conversation(sam), ['Sam: Are you there?']);
    assert.deepEqual(sam.states(other), ['delivered', 'delivered']);
    assert.deepEqual(sam.lines(other.identity), ['identity-changed', 'identity-accepted']);
    assert.equal(sam.conversation(other).length, 3);
  });

  it('goes on as the pinned one when the other was rejected, who stays nobody and is not asked about again', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    await sam.write(carol, 'Are you there?');
    const view = sam.chat.rejectIdentity(carol.identity, other.identity);
    assert.equal(view.changedTo, null);
    sam.chat.presence(other.presence);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, null);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.equal((await new ScriptedPeer(world, sam, other).greet()).closed, LinkClose.unavailable);
    assert.deepEqual(sam.seen.directory?.people, []);

    await other.crash();
    const back = world.person('Carol', carol.disks, carol.key === null ? {} : { key: carol.key });
    await back.goOnline();
    await world.clock.advance(60_000);
    assert.equal(back.conversation(sam).at(-1), 'Sam: Are you there?');
  });

  it('goes on as what was accepted only if that is what was shown', async () => {
    const { world, sam, carol } = await samAndCarol();
    const other = await carolStartsAnew(world, carol);
    assert.throws(() => sam.chat.acceptIdentity(carol.identity, 'f'.repeat(64)), ContactStateError);
    assert.throws(() => sam.chat.rejectIdentity(carol.identity, 'f'.repeat(64)), ContactStateError);
    assert.equal(sam.view(carol.identity)?.changedTo, other.identity);
  });

  it('may still write as the pinned one, and is told what arrived', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.close(sam.window);
    const rival = world.person('Carol', disks(), { key: generateKeyPair() });
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
    const { world, sam, carol } = await samAndCarol();
    carol.name = 'Caroline';
    const heir = world.person('Carol', disks(), { key: generateKeyPair() });
    await heir.goOnline();
    await world.introduce(heir);
    assert.equal(sam.view(carol.identity)?.changedTo, heir.identity);
    world.announce(carol);
    world.cutAll();
    await carol.write(sam, 'I am called Caroline now.');
    await world.clock.advance(30_000);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.name, view?.changedTo], ['Caroline', null]);
    const { notices } = sam.chat.open(carol.identity, sam.window, 50);
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

describe('an invite', () => {
  const server = 'http://127.0.0.1:8000';

  it('pins who made it before any server is asked', async () => {
    const world = new World();
    const [sam, carol] = [world.person('Sam'), world.person('Carol')];
    const view = sam.chat.addContact({ identity: carol.identity, name: 'Carol', server });
    assert.deepEqual([view.trust, view.standing, view.presence], ['invited', 'accepted', 'unknown']);
    await sam.write(carol, 'hello');
    await sam.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello']);
  });

  it('vouches for a contact that nobody vouched for yet, and changes nothing else', async () => {
    const { sam, carol } = await samAndCarol();
    const invite = { identity: carol.identity, name: 'Somebody-else', server: 'https://elsewhere.example' };
    assert.deepEqual(
      [sam.chat.addContact(invite).trust, sam.view(carol.identity)?.name],
      ['invited', 'Carol'],
    );
    sam.chat.setVerified(carol.identity, true);
    assert.equal(sam.chat.addContact(invite).trust, 'verified');
    sam.chat.setStanding(carol.identity, 'blocked');
    assert.equal(sam.chat.addContact(invite).standing, 'blocked');
  });

  it('of oneself is refused', async () => {
    const { sam } = await samAndCarol();
    assert.throws(
      () => sam.chat.addContact({ identity: sam.identity, name: 'Sam', server }),
      UnknownContactError,
    );
  });
});

describe('verifying', () => {
  it('shows both the same 60 digits, and others other ones', async () => {
    const { world, sam, carol } = await samAndCarol();
    const digits = sam.chat.safetyNumber(carol.identity);
    assert.match(digits, /^\d{60}$/);
    assert.equal(carol.chat.safetyNumber(sam.identity), digits);
    const dave = world.person('Dave');
    sam.chat.addContact({ identity: dave.identity, name: 'Dave', server: 'http://127.0.0.1:8000' });
    assert.notEqual(sam.chat.safetyNumber(dave.identity), digits);
    assert.throws(() => sam.chat.safetyNumber('f'.repeat(64)), UnknownContactError);
  });

  it('is kept over a restart, and can be taken back', async () => {
    const { world, sam, carol } = await samAndCarol();
    assert.equal(sam.chat.setVerified(carol.identity, true).trust, 'verified');
    const again = world.person('Sam', await sam.crash(), sam.key === null ? {} : { key: sam.key });
    assert.equal(again.view(carol.identity)?.trust, 'verified');
    assert.equal(again.chat.setVerified(carol.identity, false).trust, 'unverified');
  });
});

describe('another server', () => {
  it('may know a contact: it is the same one; what it calls others has nothing to do with contacts elsewhere', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.chat.goOffline();
    await world.clock.settle();
    world.tell = (presence) => (presence.identity === carol.identity ? null : presence);
    const namesake = world.person('Carol', disks(), { key: generateKeyPair() });
    await namesake.goOnline();
    sam.chat.goOnline(sam.directory, 'https://elsewhere.example');
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

describe('an account that is deleted', () => {
  it('leaves the directory; a contact and the conversation stay', async () => {
    const { world, sam, carol } = await samAndCarol();
    const dave = world.person('Dave');
    await dave.goOnline();
    await world.introduce(dave);
    for (const gone of [carol, dave]) {
      await gone.crash();
      sam.chat.removed(gone.identity);
    }
    await world.clock.settle();
    assert.deepEqual(sam.seen.directory?.people, []);
    assert.deepEqual([sam.view(carol.identity)?.presence, sam.conversation(carol).length], ['offline', 2]);
  });
});

describe('a hello', () => {
  it('with a statement about nobody known here is taken, and the statement left alone', async () => {
    const { world, sam, carol } = await samAndCarol();
    const keys = Array.from({ length: 3 }, () => generateKeyPair());
    const [first, second, third] = keys;
    assert.ok(first && second && third);
    const chain = [makeSuccession(first, second), makeSuccession(second, third)];
    const peer = await new ScriptedPeer(world, sam, carol).greet({ successions: chain });
    await peer.say({});
    assert.equal(peer.receipts.length, 1);
    assert.equal(sam.view(fingerprintOf(third.publicKey)), undefined);
  });
});
