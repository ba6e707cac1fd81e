import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Presence } from '@p2p-chat/protocol/discovery';
import { generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { MAX_REQUESTS } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { MAX_UNNAMED_STRANGERS } from '../../src/core/newcomers.ts';
import { DirectoryRefusal, DirectoryUnavailable, type Found } from '../../src/core/net-ports.ts';
import { LOOKUP_BURST, LOOKUPS_PER_SECOND, NOBODY_FOR_MS } from '../../src/core/stranger-lookups.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

/** Strangers without an account, who can make up as many identities as they like. */

const presenceOf = (name: string): Presence => ({
  name,
  identity: fingerprintNamed(name),
  online: true,
  lastSeen: 0,
  device: fingerprintNamed(`${name}'s device`),
  endpoints: [],
});
const named = (name: string): Promise<Found> =>
  Promise.resolve({ presence: presenceOf(name), successions: [] });

async function scene(): Promise<{ world: World; carol: Person; asked: string[] }> {
  const world = new World();
  const carol = world.person('Carol');
  await carol.goOnline();
  const asked: string[] = [];
  world.answer = (identity) => {
    asked.push(identity);
    return Promise.resolve(null);
  };
  return { world, carol, asked };
}

function knock(world: World, to: Person, name: string): ScriptedPeer {
  return new ScriptedPeer(world, to, {
    identity: fingerprintNamed(name),
    device: fingerprintNamed(`${name}'s device`),
  });
}

const turnedAway = (peers: readonly ScriptedPeer[]): number =>
  peers.filter(({ closed }) => closed === LinkClose.unavailable).length;

const sentOn = (peers: readonly ScriptedPeer[]): number =>
  peers.filter(({ closed }) => closed === LinkClose.goingAway).length;

const keyOf = ({ key }: Person): KeyPair => key ?? assert.fail('has a key');

/** Strangers with an account who link, say hello and nothing else. */
async function crowd(world: World, to: Person, size: number): Promise<ScriptedPeer[]> {
  const known = world.people;
  world.answer = (identity) => {
    const person = [...known.values()].find((each) => each.identity === identity);
    return person === undefined
      ? Promise.resolve({
          presence: { ...presenceOf('Crowd'), name: identity.slice(0, 8), identity },
          successions: [],
        })
      : Promise.resolve({ presence: person.presence, successions: [] });
  };
  const peers: ScriptedPeer[] = [];
  for (let count = 0; count < size; count += 1) {
    peers.push(await knock(world, to, `crowd-${count}`).greet());
    await world.clock.advance(1_000);
  }
  return peers;
}

describe('strangers with an account who only connect', () => {
  it('are in nobody’s way, however many: whoever is there for longest goes, and may come again', async () => {
    const { world, carol } = await scene();
    const silent = await crowd(world, carol, MAX_REQUESTS);
    assert.equal(silent.filter(({ closed }) => closed !== null).length, 0);
    await world.clock.advance(3_600_000);
    const honest = await knock(world, carol, 'Honest').greet();
    await honest.say({});
    assert.equal(honest.closed, null);
    assert.deepEqual(
      carol.chat.contacts.map(({ id, standing }) => [id, standing]),
      [[fingerprintNamed('Honest'), 'request']],
    );
    assert.deepEqual(
      silent.slice(0, 2).map(({ closed }) => closed),
      [LinkClose.goingAway, null],
    );
    assert.equal((await knock(world, carol, 'crowd-0').greet()).closed, null);
  });

  it('and look at a conversation are linked again soon, without dialling in a loop, and can write', async () => {
    const { world, carol } = await scene();
    world.answer = null;
    const sam = world.person('Sam');
    await sam.goOnline();
    sam.open(carol);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.linked, true);
    await crowd(world, carol, MAX_REQUESTS);
    await world.clock.advance(2_000);
    const { linked, presence } = sam.view(carol.identity) ?? {};
    assert.deepEqual([linked, presence, sam.dials], [true, 'online', 2]);
    await world.clock.advance(3_600_000);
    assert.equal(sam.dials, 2);
    await sam.write(carol, 'hello');
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.equal(carol.view(sam.identity)?.standing, 'request');
  });
});

describe('strangers fill no log', () => {
  const about = (person: Person, what: RegExp): string[] => person.seen.log.filter((line) => what.test(line));

  it('by being turned away: there is a line a while, with how many there were', async () => {
    const { world, carol } = await scene();
    for (let count = 0; count < 100; count += 1) knock(world, carol, `flood-${count}`);
    await world.clock.advance(10_000);
    knock(world, carol, 'flood-100');
    await world.clock.settle();
    const lines = about(carol, /turned away/);
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', /\(99 more before this\)$/);
  });

  it('by coming and going, or stating what nobody signed', async () => {
    const { world, carol } = await scene();
    world.answer = null;
    const sam = world.person('Sam', undefined, { key: generateKeyPair() });
    await sam.goOnline();
    await world.introduce(sam);
    carol.open(sam);
    await world.clock.settle();
    world.answer = () => named('Mallory');
    const forged = { ...makeSuccession(keyOf(sam), generateKeyPair()), acceptance: 'AAAA' };
    for (let second = 0; second < 60; second += 1) {
      const peer = await knock(world, carol, 'Mallory').greet({ successions: [forged] });
      peer.channel.cut();
      await world.clock.advance(1_000);
    }
    const counts = [/Linked with Mallory|Link with Mallory/, /do not bear it out/].map(
      (what) => about(carol, what).length,
    );
    assert.deepEqual(counts, [6, 6]);
    world.cutAll();
    await world.clock.settle();
    assert.equal(about(carol, /Link with Sam closed/).length, 1, 'a contact has a line for each link');
  });
});

describe('strangers without an account', () => {
  it('make this device ask the server seldom, however many identities they have', async () => {
    const { world, carol, asked } = await scene();
    const peers = Array.from({ length: 200 }, (_, count) => knock(world, carol, `flood-${count}`));
    await world.clock.settle();
    assert.equal(asked.length, LOOKUP_BURST);
    assert.equal(turnedAway(peers), peers.length);
    for (let tick = 0; tick < 100; tick += 1) {
      for (let count = 0; count < 5; count += 1) knock(world, carol, `later-${tick}-${count}`);
      await world.clock.advance(100);
    }
    assert.ok(asked.length <= LOOKUP_BURST + 10 * LOOKUPS_PER_SECOND + 1, `${asked.length} look-ups`);
    // It is over: whoever has an account comes in.
    await world.clock.advance(1_000);
    world.answer = () => named('Honest');
    const honest = await knock(world, carol, 'Honest').greet();
    assert.equal(honest.closed, null);
  });

  it('make it ask once a minute for one identity, however often they knock, unless the server names it', async () => {
    const { world, carol, asked } = await scene();
    for (let count = 0; count < 50; count += 1) {
      knock(world, carol, 'Mallory');
      await world.clock.advance(1_000);
    }
    assert.equal(asked.length, 1);
    await world.clock.advance(NOBODY_FOR_MS);
    knock(world, carol, 'Mallory');
    await world.clock.settle();
    assert.equal(asked.length, 2);
    world.answer = () => named('Mallory');
    carol.chat.account(presenceOf('Mallory'));
    assert.equal((await knock(world, carol, 'Mallory').greet()).closed, null);
  });

  it('are turned away when the server says that it is asked too often: that is not being away', async () => {
    const { world, carol } = await scene();
    for (const code of ['too-many', 'unavailable'] as const) {
      world.answer = () => Promise.reject(new DirectoryRefusal(code, 'no'));
      assert.equal((await knock(world, carol, code).greet()).closed, LinkClose.unavailable);
    }
    assert.deepEqual(carol.chat.contacts, []);
  });

  it('have a small share of the places while no server can name anybody; those whom it names find room', async () => {
    for (const waits of ['connected', 'stored']) {
      const { world, carol } = await scene();
      world.answer = () => Promise.reject(new DirectoryUnavailable('no session'));
      const peers: ScriptedPeer[] = [];
      for (let count = 0; count < MAX_UNNAMED_STRANGERS * 3; count += 1) {
        const peer = await knock(world, carol, `flood-${count}`).greet();
        if (waits === 'stored' && peer.closed === null) {
          await peer.say({});
          peer.channel.cut();
        }
        peers.push(peer);
        await world.clock.advance(1_000);
      }
      // Requests stay and nobody else comes in; who only connected makes room.
      const ended = waits === 'stored' ? turnedAway(peers) : sentOn(peers);
      assert.equal(ended, MAX_UNNAMED_STRANGERS * 2, waits);
      for (let count = 0; count < MAX_REQUESTS - MAX_UNNAMED_STRANGERS; count += 1) {
        const name = `honest-${count}`;
        world.answer = () => named(name);
        const peer = await knock(world, carol, name).greet();
        assert.equal(peer.closed, null, `${name}, ${waits}`);
        await world.clock.advance(1_000);
      }
    }
  });
});
