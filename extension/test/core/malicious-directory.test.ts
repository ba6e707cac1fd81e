import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { Presence } from '@p2p-chat/protocol/discovery';
import { fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { UnknownContactError } from '../../src/core/errors.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

/**
 * A discovery server that lies, by itself or together with Mallory. In each case: what it achieves, and what the
 * person sees. Keys and statements are real.
 */

const disks = () => ({ history: memoryHistory(), outboxes: new Map() });

interface Cast {
  world: World;
  sam: Person;
  carol: Person;
  mallory: Person;
}

function cast(): Cast {
  const world = new World();
  const [sam, carol, mallory] = ['Sam', 'Carol', 'Mallory'].map((name) =>
    world.person(name, disks(), { key: generateKeyPair() }),
  );
  assert.ok(sam && carol && mallory);
  return { world, sam, carol, mallory };
}

/** Sam and Carol know each other from honest days; Sam has verified her. */
async function pinned(): Promise<Cast> {
  const parts = cast();
  const { world, sam, carol, mallory } = parts;
  for (const person of [carol, mallory, sam]) await person.goOnline();
  sam.open(carol);
  await sam.write(carol, 'hello');
  await world.clock.settle();
  carol.chat.decisions.setStanding(sam.identity, 'accepted');
  sam.verify(carol);
  await world.clock.settle();
  assert.deepEqual(sam.states(carol), ['delivered']);
  return parts;
}

const key = (person: Person) => {
  assert.ok(person.key);
  return person.key;
};

/** What Sam sees of Carol, and that Mallory got nothing. */
function assertUnharmed({ sam, carol, mallory }: Cast): void {
  const view = sam.view(carol.identity);
  assert.deepEqual([view?.name, view?.trust], ['Carol', 'verified']);
  assert.deepEqual(mallory.chat.contacts, []);
}

describe('a directory that was left and come back to', () => {
  it('cannot give a contact’s name to another identity meanwhile', async () => {
    const { world, sam, carol, mallory } = await pinned();
    const elsewhere = 'https://elsewhere.example';
    await sam.goOffline();
    sam.chat.goOnline(sam.directory, elsewhere);
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

describe('a directory that tells wrong or old things of where somebody is', () => {
  it('sends nobody a word: whoever answers elsewhere is not the pinned identity, and messages wait', async () => {
    const parts = await pinned();
    const { world, sam, carol, mallory } = parts;
    await carol.goOffline();
    sam.disks.history.saveContact({ ...requireContact(sam, carol), endpoints: [] });
    world.tell = (presence) =>
      presence.identity === carol.identity
        ? { ...presence, online: true, device: mallory.device, endpoints: mallory.presence.endpoints }
        : presence;
    world.announce(carol);
    await sam.write(carol, 'secret');
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
    assert.equal(sam.view(carol.identity)?.linked, false);
    assertUnharmed(parts);
    world.tell = (presence) => presence;
    await carol.goOnline();
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
  });

  /** What somebody does with this person's device, by telling another place of Carol each time. */
  async function sentAbout(parts: Cast, tell: (count: number) => Partial<Presence>) {
    const { world, sam, carol } = parts;
    await carol.goOffline();
    await sam.write(carol, 'one');
    await world.clock.advance(60_000);
    const [dials, saved] = [sam.dials, mock.method(sam.disks.history, 'saveContact')];
    const telling = async (times: number): Promise<void> => {
      for (let count = 0; count < times; count += 1) {
        sam.chat.presence({ ...carol.presence, online: true, device: carol.device, ...tell(count) });
        await world.clock.settle();
      }
    };
    await telling(200);
    const atOnce = [sam.dials - dials, saved.mock.callCount()];
    for (let second = 0; second < 60; second += 1) {
      await telling(5);
      await world.clock.advance(1_000);
    }
    return { atOnce, inAMinute: [sam.dials - dials, saved.mock.callCount()] };
  }

  for (const [how, tell] of [
    ['another place', (count) => ({ endpoints: [{ address: '192.168.1.1', port: 2_000 + count }] })],
    ['another device', (count) => ({ device: fingerprintNamed(`device ${count}`) })],
    ['coming and going', (count) => ({ online: count % 2 === 0, lastSeen: count })],
  ] as [string, (count: number) => Partial<Presence>][]) {
    it(`has this device dial and write to its disk a few times at once, and then seldom: ${how}`, async () => {
      const parts = await pinned();
      const { atOnce, inAMinute } = await sentAbout(parts, tell);
      assert.ok(Math.max(...atOnce) <= 5, atOnce.join(' dials, writes '));
      assert.ok(Math.max(...inAMinute) <= 20, inAMinute.join(' dials, writes '));
      // And whoever is really somewhere else in the end is found there within the pause.
      await parts.carol.goOnline();
      await parts.world.clock.advance(5_000);
      assert.deepEqual(parts.sam.states(parts.carol), ['delivered', 'delivered']);
    });
  }

  it('by replaying an old presence delays, and loses nothing', async () => {
    const { world, sam, carol } = await pinned();
    const old = carol.presence;
    await carol.goOffline();
    await sam.write(carol, 'one');
    for (let times = 0; times < 20; times += 1) sam.chat.presence(old);
    await world.clock.advance(60_000);
    assert.equal(sam.states(carol).at(-1), 'held');
    await carol.goOnline();
    sam.chat.presence({ ...old, online: false, device: null, endpoints: [] });
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello', 'Sam: one']);
  });

  it('by keeping to itself that somebody is back delays until a contact calls, or is called where they were', async () => {
    const { world, sam, carol } = await pinned();
    await carol.goOffline();
    await sam.write(carol, 'one');
    world.tell = (presence, viewer) =>
      viewer === sam && presence.identity === carol.identity ? null : presence;
    await carol.goOnline();
    assert.equal(sam.states(carol).at(-1), 'held');
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: hello', 'Sam: one']);
    assert.equal(sam.view(carol.identity)?.presence, 'online');
  });
});

describe('a directory that tells wrong or old things of somebody who is not pinned yet', () => {
  it('sends nobody else a word: the first message waits for the identity that it named', async () => {
    const { world, sam, carol, mallory } = cast();
    world.tell = (presence) =>
      presence.identity === carol.identity
        ? { ...presence, device: mallory.device, endpoints: mallory.presence.endpoints }
        : presence;
    for (const person of [carol, mallory, sam]) await person.goOnline();
    sam.open(carol);
    await sam.write(carol, 'secret');
    await world.clock.advance(120_000);
    assert.ok(sam.dials > 0, 'somebody was called');
    assert.deepEqual(sam.states(carol), ['held']);
    assert.deepEqual(mallory.chat.contacts, []);
    const view = sam.view(carol.identity);
    assert.deepEqual([view?.linked, view?.trust], [false, 'unverified']);
    world.tell = (presence) => presence;
    world.announce(carol);
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: secret']);
  });

  it('by replaying an old presence delays the first message, and loses nothing', async () => {
    const { world, sam, carol } = cast();
    await carol.goOnline();
    const old = carol.presence;
    await carol.goOffline();
    await sam.goOnline();
    await world.introduce(sam);
    for (let times = 0; times < 20; times += 1) sam.chat.presence(old);
    sam.open(carol);
    await sam.write(carol, 'one');
    await world.clock.advance(60_000);
    assert.deepEqual(sam.states(carol), ['held']);
    await carol.goOnline();
    sam.chat.presence({ ...old, online: false, device: null, endpoints: [] });
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: one']);
  });

  it('by keeping to itself that somebody is online holds the first message until it says so', async () => {
    const { world, sam, carol } = cast();
    const offline = { online: false, device: null, endpoints: [] };
    world.tell = (presence) =>
      presence.identity === carol.identity ? { ...presence, ...offline } : presence;
    for (const person of [carol, sam]) await person.goOnline();
    sam.open(carol);
    await sam.write(carol, 'one');
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['held']);
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    world.tell = (presence) => presence;
    world.announce(carol);
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: one']);
  });
});

describe('a directory with a forged statement that an identity was replaced', () => {
  const forgeries: Record<string, (parts: Cast) => Succession[]> = {
    'signed by another key': ({ carol, mallory }) => {
      const forged = makeSuccession(key(mallory), generateKeyPair());
      return [{ ...makeSuccession(key(carol), key(mallory)), signature: forged.signature }];
    },
    'that the successor signed alone': ({ carol, mallory }) => {
      const statement = makeSuccession(key(carol), key(mallory));
      return [{ ...statement, signature: statement.acceptance }];
    },
    'without the acceptance of the successor': ({ carol, mallory }) => {
      const statement = makeSuccession(key(carol), key(mallory));
      return [{ ...statement, acceptance: statement.signature }];
    },
    'made for another successor': ({ carol, mallory }) => {
      const meant = makeSuccession(key(carol), generateKeyPair());
      return [{ ...meant, to: makeSuccession(key(mallory), key(mallory)).from }];
    },
    'whose steps do not join': ({ carol, mallory }) => [
      makeSuccession(key(carol), generateKeyPair()),
      makeSuccession(generateKeyPair(), key(mallory)),
    ],
    'that comes back to where it began': ({ carol }) => {
      const next = generateKeyPair();
      return [makeSuccession(key(carol), next), makeSuccession(next, key(carol))];
    },
  };

  for (const [name, forge] of Object.entries(forgeries)) {
    it(`${name} is not followed, whoever tells it`, async () => {
      const parts = await pinned();
      const { world, sam, carol, mallory } = parts;
      const chain = forge(parts);
      sam.chat.succession(chain);
      world.answer = () =>
        Promise.resolve({ presence: { ...mallory.presence, name: 'Mallory' }, successions: chain });
      await new ScriptedPeer(world, sam, mallory).greet({ successions: chain });
      await world.clock.settle();
      assertUnharmed(parts);
      assert.deepEqual(
        sam.chat.contacts.map(({ id }) => id),
        [carol.identity],
      );
      assert.deepEqual([sam.seen.replaced, sam.lines(carol.identity)], [[], []]);
      assert.ok(sam.seen.log.some((line) => line.includes('do not bear it out')));
    });
  }

  it('that leads to this person is not followed', async () => {
    const parts = await pinned();
    const { sam, carol } = parts;
    sam.chat.succession([makeSuccession(key(carol), key(sam))]);
    assertUnharmed(parts);
  });

  it('withheld is followed all the same once the contact itself says it on a link', async () => {
    const { world, sam, carol } = await pinned();
    const next = await world.replaceIdentity(carol);
    world.answer = (identity) =>
      Promise.resolve(
        identity === next.identity
          ? { presence: { ...next.presence, name: 'Nobody' }, successions: [] }
          : null,
      );
    world.tell = (presence) => (presence.identity === next.identity ? null : presence);
    await next.goOnline();
    await next.write(sam, 'It is me.');
    await world.clock.advance(30_000);
    assert.equal(sam.conversation(next).at(-1), 'Carol: It is me.');
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
  });
});

function requireContact(of: Person, other: Person) {
  const contact = of.disks.history.contacts().find(({ identity }) => identity === other.identity);
  assert.ok(contact);
  return contact;
}
