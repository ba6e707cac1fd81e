import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { Presence } from '@p2p-chat/protocol/discovery';
import { fingerprintNamed } from '../support/envelopes.ts';
import { type Cast, cast, pinned, assertUnharmed, requireContact } from './lying-directory.ts';

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
