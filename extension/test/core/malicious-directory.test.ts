import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { UnknownContactError } from '../../src/core/errors.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Cast, cast, pinned, assertUnharmed } from './lying-directory.ts';

describe('a directory that was left and come back to', () => {
  it('cannot give a contact’s name to another identity meanwhile', async () => {
    const { world, sam, carol, mallory } = await pinned();
    const elsewhere = 'https://elsewhere.example';
    await sam.goOffline();
    sam.chat.goOnline(sam.directory, elsewhere, () => []);
    await sam.chat.directoryConnected();
    await sam.goOffline();
    world.tell = (presence) => {
      if (presence.identity === carol.identity) return null;
      return presence.identity === mallory.identity ? { ...presence, name: 'Carol' } : presence;
    };
    await sam.goOnline();
    await world.clock.advance(30_000);
    assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity);
    assert.deepEqual(sam.chat.directory.people, []);
  });
});

describe('a name that passed to somebody else while one was away', () => {
  it('is seen on whatever page of the directory it stands', async () => {
    const { world, sam, carol, mallory } = await pinned();
    await sam.goOffline();
    world.tell = (presence) => (presence.identity === carol.identity ? null : presence);
    const rival = { ...mallory.presence, name: 'Carol' };
    const asked: (string | null)[] = [];
    sam.directory.page = (after) => {
      asked.push(after);
      return Promise.resolve({ users: after === 'Caro' ? [rival] : [], next: null });
    };
    await sam.goOnline();
    await world.clock.advance(30_000);
    assert.deepEqual(asked, [null, 'Caro']);
    assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity);
  });
});

describe('a directory that names a wrong identity for somebody', () => {
  it('before they are pinned is believed, and what comes of it is shown as not verified', async () => {
    const { world, sam, carol, mallory } = cast();
    // Whoever asks for Carol gets Mallory, who calls himself so.
    world.tell = (presence) => {
      if (presence.identity === carol.identity) return null;
      return presence.identity === mallory.identity ? { ...presence, name: 'Carol' } : presence;
    };
    for (const person of [mallory, sam]) await person.goOnline();
    sam.open(mallory);
    await sam.write(mallory, 'hello');
    await world.clock.settle();
    const view = sam.view(mallory.identity);
    assert.deepEqual([view?.name, view?.trust], ['Carol', 'unverified']);
    // The numbers that Sam and the real Carol compare are of two pairs: it comes to light.
    carol.chat.decisions.addContact({ identity: sam.identity, name: 'Sam', server: 'http://127.0.0.1:8000' });
    assert.notEqual(
      sam.chat.decisions.safetyNumber(mallory.identity).digits,
      carol.chat.decisions.safetyNumber(sam.identity).digits,
    );
  });

  it('before they are pinned has no say where an invite came first', async () => {
    const { world, sam, carol, mallory } = cast();
    world.tell = (presence) =>
      presence.identity === mallory.identity ? { ...presence, name: 'Carol' } : presence;
    sam.chat.decisions.addContact({
      identity: carol.identity,
      name: 'Carol',
      server: 'http://127.0.0.1:8000',
    });
    for (const person of [mallory, sam, carol]) await person.goOnline();
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.trust, 'invited');
    assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity);
    assert.throws(() => sam.open(mallory), UnknownContactError);
  });

  it('after they are pinned stops what is sent, and says so in a line; the other identity gets nothing and is not let in', async () => {
    const parts = await pinned();
    const { world, sam, carol, mallory } = parts;
    await carol.goOffline();
    world.tell = (presence) => {
      if (presence.identity === carol.identity) return null;
      return presence.identity === mallory.identity ? { ...presence, name: 'Carol' } : presence;
    };
    sam.chat.account(world.tell(mallory.presence, sam) ?? mallory.presence);
    await world.clock.settle();
    await sam.write(carol, 'secret');
    const peer = await new ScriptedPeer(world, sam, mallory).greet();
    await peer.say({ body: { text: 'I am Carol, believe me' } });
    await world.clock.advance(300_000);
    assert.equal(peer.closed, LinkClose.unavailable);
    assert.deepEqual(peer.frames, []);
    assertUnharmed(parts);
    assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity);
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
    assert.deepEqual(sam.seen.directory?.people, []);
    // Sam asks Carol by telephone and stays with her: what was held goes to her alone.
    sam.chat.decisions.rejectIdentity(carol.identity, mallory.identity);
    world.tell = (presence) => presence;
    await carol.goOnline();
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello', 'Sam: secret']);
    assertUnharmed(parts);
  });

  it('on any way by which it may say so: a page, news of an account, of presence, or who somebody is', async () => {
    const ways: Record<string, (parts: Cast, lie: () => void) => Promise<unknown>> = {
      page: ({ sam }, lie) => {
        lie();
        return sam.chat.directoryConnected();
      },
      account: ({ world, mallory }, lie) => {
        lie();
        return world.introduce(mallory);
      },
      presence: ({ world, mallory }, lie) => {
        lie();
        world.announce(mallory);
        return world.clock.settle();
      },
      'look-up': async ({ world, sam, mallory }, lie) => {
        lie();
        const peer = await new ScriptedPeer(world, sam, mallory).greet();
        assert.equal(peer.closed, LinkClose.unavailable);
      },
    };
    for (const [name, way] of Object.entries(ways)) {
      const parts = await pinned();
      const { world, sam, carol, mallory } = parts;
      await way(parts, () => {
        world.tell = (presence) =>
          presence.identity === mallory.identity ? { ...presence, name: 'carol' } : presence;
      });
      await world.clock.settle();
      assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity, name);
      assert.deepEqual(sam.lines(carol.identity), ['identity-changed'], name);
    }
  });

  it('and never answers when it is asked about the pinned one is not waited for', async () => {
    const { world, sam, carol, mallory } = await pinned();
    world.answer = () => new Promise(() => undefined);
    sam.chat.account({ ...mallory.presence, name: 'Carol' });
    await world.clock.settle();
    assert.throws(() => sam.open(mallory), UnknownContactError);
    await world.clock.advance(11_000);
    assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity);
  });

  it('to several in a row lets none of them go on with a link that they had', async () => {
    const { world, sam, carol, mallory } = await pinned();
    const peer = await new ScriptedPeer(world, sam, mallory).greet();
    assert.equal(peer.closed, null);
    const answered = Promise.withResolvers<null>();
    world.answer = () => answered.promise;
    sam.chat.presence({ ...carol.presence, identity: 'f'.repeat(64) });
    sam.chat.presence({ ...mallory.presence, name: 'Carol' });
    await peer.say({});
    assert.equal(peer.closed, LinkClose.unavailable);
    assert.deepEqual(sam.disks.history.received(mallory.identity), { messages: 0, bytes: 0 });
    answered.resolve(null);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.changedTo, mallory.identity);
  });

  it('again and again, each time another, fills neither the conversation nor the disk', async () => {
    const { world, sam, carol } = await pinned();
    for (let count = 0; count < 200; count += 1) {
      const identity = fingerprintOf(generateKeyPair().publicKey);
      sam.chat.account({ ...carol.presence, identity });
      await world.clock.settle();
    }
    assert.deepEqual(sam.lines(carol.identity), ['identity-changed']);
    assert.equal(sam.disks.history.contacts().length, 1);
    // None of them is to be taken for Carol.
    assert.deepEqual(
      sam.seen.directory?.people.map(({ name }) => name),
      ['Mallory'],
    );
  });
});

describe('a directory that swaps the names of two contacts', () => {
  it('changes no name: what is written to one does not go to the other', async () => {
    const { world, sam, carol, mallory } = await pinned();
    sam.open(mallory);
    await sam.write(mallory, 'to Mallory');
    await world.clock.settle();
    const swapped: Record<string, string> = { [carol.identity]: 'Mallory', [mallory.identity]: 'Carol' };
    world.tell = (presence) => ({ ...presence, name: swapped[presence.identity] ?? presence.name });
    // Mallory plays along and calls himself so on his links.
    mallory.name = 'Carol';
    world.announce(carol);
    world.announce(mallory);
    world.cutAll();
    await world.clock.advance(30_000);
    await sam.write(carol, 'to Carol');
    await world.clock.settle();
    assert.deepEqual(
      sam.chat.contacts.map(({ id, name, changedTo }) => [id, name, changedTo]),
      [
        [carol.identity, 'Carol', null],
        [mallory.identity, 'Mallory', null],
      ],
    );
    assert.equal(carol.conversation(sam).at(-1), 'Sam: to Carol');
    assert.deepEqual(mallory.conversation(sam).length, 1);
  });

  it('or renames one changes nothing as long as the contact does not say so itself', async () => {
    const { world, sam, carol } = await pinned();
    world.tell = (presence) =>
      presence.identity === carol.identity ? { ...presence, name: 'Boss' } : presence;
    world.announce(carol);
    world.cutAll();
    await sam.write(carol, 'hello again');
    await world.clock.advance(30_000);
    assert.equal(sam.view(carol.identity)?.name, 'Carol');
    assert.deepEqual(sam.lines(carol.identity), []);
  });

  it('cannot be used by a contact to take the name of another', async () => {
    const { world, sam, carol, mallory } = await pinned();
    sam.open(mallory);
    mallory.name = 'CAR0L';
    world.announce(mallory);
    world.cutAll();
    await mallory.write(sam, 'hello');
    await world.clock.advance(30_000);
    assert.equal(sam.view(mallory.identity)?.name, 'Mallory');
    mallory.name = 'Dave';
    world.announce(mallory);
    world.cutAll();
    await mallory.write(sam, 'hello');
    await world.clock.advance(30_000);
    assert.equal(sam.view(mallory.identity)?.name, 'Dave');
    assert.equal(sam.view(carol.identity)?.name, 'Carol');
  });
});
