import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBy, NEARBY_ROTATION_MS, nearbyTexts, readNearby } from '@p2p-chat/protocol/nearby';
import type { Announcement } from '../../src/core/net-ports.ts';
import { newMessageId } from '../support/envelopes.ts';
import { type Disks, type Person, samAndCarol, type Who, type World } from './world.ts';

const wanting = {
  acceptMessagesFrom: 'everyone',
  keepHistoryDays: 0,
  sendReadReceipts: false,
  sendTypingIndicator: false,
  localDiscovery: true,
} as const;

/** Sam and Carol are accepted by each other, were linked once, and are in one local network. */
async function acquainted() {
  const { world, sam, carol } = await samAndCarol();
  for (const each of [sam, carol]) each.chat.configure(wanting);
  await sam.write(carol, 'hello');
  await world.clock.settle();
  carol.chat.decisions.setStanding(sam.identity, 'accepted');
  await world.clock.advance(5_000);
  return { world, sam, carol };
}

/** Another run of the same person, in another place, whom the discovery server knows nothing of. */
async function again(world: World, person: Person, who: Who = {}): Promise<Person> {
  const disks: Disks = await person.crash();
  const next = world.person(person.name, disks, who);
  next.chat.configure(wanting);
  return next;
}

/** What somebody announced last. */
function newest(world: World): Announcement {
  const announcement = world.localNetwork.said.at(-1);
  assert.ok(announcement);
  return announcement;
}

/** Whether the one would recognise an announcement as the other's, by what they have stored. */
function recognises(viewer: Person, of: Person, announcement: Announcement, now: number): boolean {
  const key = viewer.disks.history.contacts().find(({ identity }) => identity === of.identity)?.nearbyKey;
  const heard = readNearby(announcement, now);
  return typeof key === 'string' && heard !== null && isBy(key, heard);
}

describe('contacts in one local network', () => {
  it('find each other without a server, wherever they are now, and deliver', async () => {
    const { world, sam, carol } = await acquainted();
    world.stopServer();
    const [samAgain, carolAgain] = [await again(world, sam), await again(world, carol)];
    await samAgain.goOnline();
    await samAgain.write(carolAgain, 'are you there?');
    await world.clock.advance(60_000);
    assert.deepEqual(samAgain.states(carolAgain), ['delivered', 'held']);
    await carolAgain.goOnline();
    await world.clock.settle();
    assert.deepEqual(samAgain.states(carolAgain), ['delivered', 'delivered']);
    assert.ok(carolAgain.conversation(samAgain).includes('Sam: are you there?'));
  });

  it('find each other however wrong their clocks are, within a day', async () => {
    const { world, sam, carol } = await acquainted();
    world.stopServer();
    const samAgain = await again(world, sam);
    const carolAgain = await again(world, carol, { skew: -12 * 3_600_000 });
    await Promise.all([samAgain.goOnline(), carolAgain.goOnline()]);
    await samAgain.write(carolAgain, 'what time is it?');
    await world.clock.advance(1_000);
    assert.deepEqual(samAgain.states(carolAgain), ['delivered', 'delivered']);
  });

  it('are shown where they announce themselves, to whoever asks why nothing is delivered', async () => {
    const { world, sam, carol } = await acquainted();
    world.stopServer();
    world.lets = () => false;
    const [samAgain, carolAgain] = [await again(world, sam), await again(world, carol)];
    await Promise.all([samAgain.goOnline(), carolAgain.goOnline()]);
    await samAgain.write(carolAgain, 'are you there?');
    const { addresses } = samAgain.chat.deliveryReport(carolAgain.identity);
    assert.deepEqual(
      addresses.filter(({ from }) => from === 'nearby').map(({ endpoint }) => endpoint),
      carolAgain.presence.endpoints,
    );
  });

  it('say nothing that stays the same, nor a name or a fingerprint', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    world.localNetwork.said.length = 0;
    await world.clock.advance(4 * NEARBY_ROTATION_MS);
    const { said } = world.localNetwork;
    assert.ok(said.length >= 4);
    for (const random of [said.map(({ instance }) => instance), said.map(({ text }) => text['t'])]) {
      assert.equal(new Set(random).size, said.length);
    }
    for (const announcement of said) {
      const text = JSON.stringify(announcement).toLowerCase();
      for (const telling of [sam.identity.slice(0, 12), sam.device.slice(0, 12)]) {
        assert.ok(!text.includes(telling), telling);
      }
      // Three letters are part of what is random now and then.
      assert.ok(!text.split(/[^a-z0-9_-]/).includes('sam'), text);
      assert.ok(recognises(carol, sam, announcement, world.clock.now()));
    }
  });

  it('are silent where the person does not want it, and when they leave', async () => {
    const { world, sam, carol } = await acquainted();
    assert.equal(world.localNetwork.present.length, 2);
    sam.chat.configure({ ...wanting, localDiscovery: false });
    assert.equal(world.localNetwork.present.length, 1);
    await carol.goOffline();
    assert.equal(world.localNetwork.present.length, 0);
    sam.chat.configure(wanting);
    assert.equal(world.localNetwork.present.length, 1);
    await sam.crash();
    assert.equal(world.localNetwork.present.length, 0);
  });

  it('are silent where they can be reached from their own machine alone', async () => {
    const { world, sam } = await acquainted();
    await sam.goOffline();
    world.localNetwork.said.length = 0;
    sam.chat.goOnline(sam.directory, 'http://127.0.0.1:8000', () => [{ address: '127.0.1.1', port: 5_000 }]);
    await world.clock.advance(60_000);
    assert.deepEqual(world.localNetwork.said, []);
  });

  it('are recognised by nobody who is not accepted, or is not any longer', async () => {
    const { world, sam, carol } = await samAndCarol();
    for (const each of [sam, carol]) each.chat.configure(wanting);
    const now = (): number => world.clock.now();
    await sam.write(carol, 'hello');
    await world.clock.advance(5_000);
    // A request is not told anything, and nothing that it says is kept.
    assert.deepEqual(
      [recognises(sam, carol, newest(world), now()), carol.disks.history.contacts()[0]?.nearbyKey],
      [false, null],
    );
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await world.clock.advance(5_000);
    carol.chat.networkChanged();
    assert.equal(recognises(sam, carol, newest(world), now()), true);
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await world.clock.advance(5_000);
    assert.equal(recognises(sam, carol, newest(world), now()), false);
    carol.chat.decisions.setStanding(sam.identity, 'unblocked');
    await sam.write(carol, 'hello again');
    await world.clock.advance(60_000);
    carol.chat.networkChanged();
    assert.equal(recognises(sam, carol, newest(world), now()), true);
    carol.chat.decisions.removeContact(sam.identity);
    await world.clock.advance(5_000);
    assert.equal(recognises(sam, carol, newest(world), now()), false);
  });

  it('who recognise, but are not recognised any longer, are told by a link of their own', async () => {
    const { world, sam, carol } = await acquainted();
    world.stopServer();
    const carolAgain = await again(world, carol);
    const samAgain = await again(world, sam);
    const dave = world.person('Dave');
    // Sam's key is another one now, and Carol was not there to hear it.
    const standing = { identity: dave.identity, name: 'Dave', server: 'http://127.0.0.1:8000' };
    samAgain.chat.decisions.addContact(standing);
    samAgain.chat.decisions.setStanding(dave.identity, 'blocked');
    await Promise.all([samAgain.goOnline(), carolAgain.goOnline()]);
    await world.clock.advance(60_000);
    samAgain.chat.networkChanged();
    assert.equal(recognises(carolAgain, samAgain, newest(world), world.clock.now()), true);
  });
});

describe('whoever announces things in the local network', () => {
  it('has nobody dialled without a contact’s key, however much they say', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    await sam.write(carol, 'are you there?');
    const before = sam.dials;
    const real = newest(world);
    for (let i = 0; i < 5_000; i++) {
      const instance = newMessageId().replaceAll('-', '');
      world.localNetwork.say({ ...real, instance });
      world.localNetwork.say({ instance, port: i, text: { a: '127.0.0.9', s: 'now', t: '' } });
    }
    await world.clock.settle();
    assert.equal(sam.dials, before);
    assert.deepEqual(
      sam.chat.deliveryReport(carol.identity).addresses.filter(({ from }) => from === 'nearby'),
      [],
    );
  });

  it('can repeat what a contact said, and has this device dial a few times more for it', async () => {
    const { world, sam, carol } = await acquainted();
    carol.chat.networkChanged();
    const recorded = newest(world);
    await carol.goOffline();
    await sam.write(carol, 'are you there?');
    await world.clock.advance(60_000);
    const before = sam.dials;
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 20; i++) {
        world.localNetwork.say(recorded);
        world.localNetwork.withdraw(recorded.instance);
        world.localNetwork.say(recorded);
      }
      await world.clock.advance(1_000);
    }
    assert.ok(sam.dials - before <= 16, `${sam.dials - before} dials in a minute`);
  });

  it('cannot repeat it on another day, nor with other addresses or another port', async () => {
    const { world, sam, carol } = await acquainted();
    carol.chat.networkChanged();
    const recorded = newest(world);
    const now = world.clock.now();
    assert.equal(recognises(sam, carol, recorded, now), true);
    assert.equal(recognises(sam, carol, recorded, now + 2 * 86_400_000), false);
    for (const forged of [
      { ...recorded, port: recorded.port + 1 },
      { ...recorded, text: { ...recorded.text, a: '127.0.0.2' } },
      { ...recorded, text: { ...recorded.text, s: String(Number(recorded.text['s']) + 1) } },
      { ...recorded, instance: recorded.instance.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) },
    ]) {
      assert.equal(recognises(sam, carol, forged, now), false);
    }
  });

  it('has nothing dialled beyond this device’s own networks, not even as a contact', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    await sam.write(carol, 'are you there?');
    const key = sam.disks.history.contacts().find(({ identity }) => identity === carol.identity)?.nearbyKey;
    assert.ok(typeof key === 'string');
    const [instance, port] = ['0'.repeat(32), 5_000];
    const addresses = ['198.51.100.7', '127.0.0.7', '10.0.0.7'];
    const text = nearbyTexts(key, { instance, port, addresses }, world.clock.now());
    world.localNetwork.say({ instance, port, text });
    const found = sam.chat.deliveryReport(carol.identity).addresses.filter(({ from }) => from === 'nearby');
    assert.deepEqual(
      found.map(({ endpoint }) => endpoint),
      [{ address: '127.0.0.7', port }],
    );
  });
});

describe('an address that a person types', () => {
  it('leads to a contact of whom the server says nothing, until it is taken back', async () => {
    const { world, sam, carol } = await acquainted();
    for (const each of [sam, carol]) each.chat.configure({ ...wanting, localDiscovery: false });
    await carol.goOffline();
    world.tell = (presence, viewer) =>
      viewer.name === 'Sam' ? { ...presence, online: false, device: null, endpoints: [] } : presence;
    carol.move();
    await carol.goOnline();
    await sam.write(carol, 'one');
    await world.clock.advance(120_000);
    assert.equal(sam.states(carol).at(-1), 'held');
    const [endpoint] = carol.presence.endpoints;
    assert.ok(endpoint);
    sam.chat.decisions.setAddress(carol.identity, endpoint);
    await world.clock.settle();
    assert.equal(sam.states(carol).at(-1), 'delivered');
    assert.deepEqual(sam.chat.decisions.address(carol.identity), endpoint);
    assert.ok(sam.chat.isTyped(endpoint));

    sam.chat.decisions.setAddress(carol.identity, null);
    assert.equal(sam.chat.decisions.address(carol.identity), null);
    assert.ok(!sam.chat.isTyped(endpoint));
  });

  it('is shown among the others, as what it is, and kept for the next run', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    const endpoint = { address: '192.168.7.7', port: 4_000 };
    sam.chat.decisions.setAddress(carol.identity, endpoint);
    const shown = (of: Person) => of.chat.deliveryReport(carol.identity).addresses[0];
    assert.deepEqual(shown(sam), { endpoint, passed: [], failed: null, from: 'typed' });
    const samAgain = await again(world, sam);
    assert.deepEqual(shown(samAgain), { endpoint, passed: [], failed: null, from: 'typed' });
  });
});
