import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MAX_REQUEST_BYTES,
  MAX_REQUEST_DEVICES,
  MAX_REQUEST_MESSAGES,
  MAX_REQUESTS,
  MAX_TEXT_BYTES,
} from '@p2p-chat/protocol/limits';
import { fingerprintOf, generateKeyPair } from '@p2p-chat/protocol/identity';
import { LinkClose } from '@p2p-chat/protocol/link';
import { makeSuccession } from '@p2p-chat/protocol/succession';
import { ContactBlockedError, ContactStateError, UnknownContactError } from '../../src/core/errors.ts';
import type { Found } from '../../src/core/net-ports.ts';
import { type StoredContact, StorageError } from '../../src/core/storage-ports.ts';
import { MAX_IGNORED } from '../../src/core/roster.ts';
import { LOOKUP_BURST, LOOKUPS_PER_SECOND } from '../../src/core/stranger-lookups.ts';
import { fingerprintNamed, newMessageId } from '../support/envelopes.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

/** Carol, and Sam whom she never met; both online. */
async function samAndCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const [sam, carol] = [world.person('Sam'), world.person('Carol')];
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  return { world, sam, carol };
}

/** The same, and Sam has written to Carol. */
async function samAsked() {
  const parts = await samAndCarol();
  parts.sam.open(parts.carol);
  await parts.sam.write(parts.carol, 'May I?');
  await parts.world.clock.settle();
  return parts;
}

/** A stranger whom the directory knows, with a link to somebody. */
async function stranger(
  world: World,
  to: Person,
  name: string,
  device = fingerprintNamed(`${name}'s device`),
): Promise<ScriptedPeer> {
  // After whoever knocked before: how often a server is asked about strangers is limited.
  await world.clock.advance(1_000 / LOOKUPS_PER_SECOND);
  const identity = fingerprintNamed(name);
  world.answer = (about) =>
    Promise.resolve({ presence: presenceOf(name, about), successions: [] } satisfies Found);
  return new ScriptedPeer(world, to, { identity, device }).greet();
}

const presenceOf = (name: string, identity: string) => ({
  name,
  identity,
  online: true,
  lastSeen: 0,
  device: fingerprintNamed(`${name}'s device`),
  endpoints: [],
});

const stored = (name: string, standing: StoredContact['standing']): StoredContact => ({
  identity: fingerprintNamed(name),
  server: 'http://127.0.0.1:8000',
  name,
  trust: 'unverified',
  standing,
  changedTo: null,
  rejected: [],
  endpoints: [],
  lastSeen: null,
  readUpTo: 0,
  formerServers: [],
  theyReadUpTo: 0,
  muted: false,
  pinned: false,
  statusText: '',
});

describe('a request', () => {
  it('is what a first message of somebody new arrives as: stored, and so delivered', async () => {
    const { sam, carol } = await samAsked();
    assert.deepEqual(
      carol.chat.contacts.map(({ name, standing, trust, unread }) => [name, standing, trust, unread]),
      [['Sam', 'request', 'unverified', 1]],
    );
    assert.deepEqual(sam.states(carol), ['delivered']);
  });

  it('is not accepted by being looked at, and nobody is dialled for it', async () => {
    const { world, sam, carol } = await samAsked();
    carol.open(sam);
    world.cutAll();
    sam.chat.close(sam.window);
    await world.clock.advance(120_000);
    assert.equal(carol.view(sam.identity)?.standing, 'request');
    assert.equal(carol.dials, 0);
  });

  it('is accepted by an answer, or by saying so', async () => {
    for (const answer of [true, false]) {
      const { world, sam, carol } = await samAsked();
      if (answer) await carol.write(sam, 'You may.');
      else carol.chat.decisions.setStanding(sam.identity, 'accepted');
      await world.clock.settle();
      assert.equal(carol.view(sam.identity)?.standing, 'accepted');
    }
  });

  it('holds a bounded number of messages; what goes beyond is refused without a reason, until it is accepted', async () => {
    const { world, sam, carol } = await samAsked();
    for (let count = 1; count < MAX_REQUEST_MESSAGES + 2; count += 1) await sam.write(carol, `and ${count}`);
    await world.clock.settle();
    assert.equal(carol.conversation(sam).length, MAX_REQUEST_MESSAGES);
    assert.deepEqual(sam.states(carol).slice(MAX_REQUEST_MESSAGES), ['refused', 'refused']);
    assert.equal([...sam.seen.messages.values()].at(-1)?.refused, 'unavailable');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await sam.write(carol, 'at last');
    await world.clock.settle();
    assert.equal(carol.conversation(sam).at(-1), 'Sam: at last');
  });

  it('holds a bounded number of bytes, in one batch as in many, of kinds not known here too', async () => {
    const { world, carol } = await samAndCarol();
    const half = MAX_REQUEST_BYTES / 2;
    const peer = await stranger(world, carol, 'Mallory');
    await peer.say(
      { body: { text: 'x'.repeat(half) } },
      { kind: 'poll', body: { data: 'x'.repeat(half) } },
      { kind: 'poll', body: { data: 'x'.repeat(half - '{"data":""}'.length) } },
    );
    await peer.say({ body: { text: 'x' } });
    assert.deepEqual(peer.refused, ['unavailable', 'unavailable']);
    assert.deepEqual(carol.disks.history.received(peer.identity), {
      messages: 2,
      bytes: MAX_REQUEST_BYTES,
    });
  });

  it('that was ignored is forgotten, and so is whatever comes after it; its writer may be opened anew', async () => {
    const { world, sam, carol } = await samAsked();
    assert.equal(carol.chat.decisions.setStanding(sam.identity, 'ignored').standing, 'ignored');
    await sam.write(carol, 'Please?');
    await world.clock.settle();
    assert.deepEqual(carol.chat.contacts, []);
    assert.deepEqual(carol.disks.history.page(sam.identity, null, 10).messages, []);
    assert.deepEqual(sam.states(carol), ['delivered', 'refused']);
    assert.deepEqual(
      carol.seen.directory?.people.map(({ name }) => name),
      ['Sam'],
    );
    carol.open(sam);
    await sam.write(carol, 'Thank you.');
    await world.clock.settle();
    assert.deepEqual(carol.conversation(sam), ['Sam: Thank you.']);
    assert.equal(carol.view(sam.identity)?.standing, 'accepted');
  });

  it('that was ignored is not accepted by a panel that is restored', async () => {
    const { sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'ignored');
    assert.throws(() => carol.chat.open(sam.identity, carol.window, 50, false), UnknownContactError);
    assert.deepEqual(carol.chat.contacts, []);
    assert.equal(carol.chat.open(sam.identity, carol.window, 50, true).contact.standing, 'accepted');
  });

  it('is not accepted by being unblocked', async () => {
    const { sam, carol } = await samAsked();
    assert.equal(carol.chat.decisions.setStanding(sam.identity, 'unblocked').standing, 'request');
  });

  it('goes on as another identity without the messages of both: the bounds hold, whatever follows on what', async () => {
    for (const standing of ['request', 'ignored', 'blocked'] as const) {
      const { world, carol } = await samAndCarol();
      let before = generateKeyPair();
      let last: string | null = null;
      for (let count = 0; count < 5; count += 1) {
        const next = generateKeyPair();
        const name = `Mallory-${count}x`;
        world.answer = (about) => Promise.resolve({ presence: presenceOf(name, about), successions: [] });
        const who = { identity: fingerprintOf(next.publicKey), device: fingerprintNamed(name) };
        const peer = await new ScriptedPeer(world, carol, who).greet();
        await peer.say(...Array.from({ length: MAX_REQUEST_MESSAGES }, () => ({})));
        if (count === 0 && standing !== 'request') carol.chat.decisions.setStanding(peer.identity, standing);
        carol.chat.succession([makeSuccession(before, next)]);
        await world.clock.advance(10_000);
        const { messages } = carol.disks.history.received(peer.identity);
        const wanted = standing === 'ignored' ? 0 : MAX_REQUEST_MESSAGES;
        assert.equal(messages, wanted, standing);
        assert.equal(carol.disks.history.page(peer.identity, null, 100).messages.length, wanted);
        const kept = carol.disks.history.contacts();
        assert.deepEqual(
          kept.map((each) => [each.identity, each.standing]),
          [[peer.identity, standing]],
        );
        // Nor is it remembered who came before.
        if (last !== null)
          assert.throws(() => carol.chat.decisions.safetyNumber(last ?? ''), UnknownContactError);
        last = peer.identity;
        before = next;
      }
      assert.deepEqual(carol.disks.history.successors(), []);
    }
  });

  it('stays ignored after a restart', async () => {
    const { world, sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'ignored');
    const again = world.person('Carol', await carol.crash());
    await again.goOnline();
    await sam.write(again, 'Please?');
    await world.clock.advance(60_000);
    assert.deepEqual(again.chat.contacts, []);
    assert.deepEqual(sam.states(again), ['delivered', 'refused']);
  });

  it('is ignored in one step: it stays ignored when the disk takes nothing more after it', async () => {
    const { world, sam, carol } = await samAsked();
    const { history } = carol.disks;
    const working = { ...history };
    history.saveContact = () => {
      throw new StorageError('The disk is full.');
    };
    assert.throws(() => carol.chat.decisions.setStanding(sam.identity, 'ignored'), StorageError);
    history.saveContact = (contact) => working.saveContact(contact);
    const again = world.person('Carol', await carol.crash());
    await again.goOnline();
    await sam.write(again, 'Please?');
    await world.clock.advance(60_000);
    assert.deepEqual(again.chat.contacts, []);
    assert.deepEqual(history.page(sam.identity, null, 10).messages, []);
    assert.deepEqual(sam.states(again), ['delivered', 'refused']);
  });

  it('stays what it was when the disk does not take that it is ignored', async () => {
    const { sam, carol } = await samAsked();
    carol.disks.history.forgetMessages = () => {
      throw new StorageError('The disk is full.');
    };
    assert.throws(() => carol.chat.decisions.setStanding(sam.identity, 'ignored'), StorageError);
    assert.equal(carol.view(sam.identity)?.standing, 'request');
    assert.deepEqual(carol.conversation(sam), ['Sam: May I?']);
  });

  it('that says one message again and again, by any device and epoch, makes nothing grow', async () => {
    const { world, carol } = await samAndCarol();
    const { history } = carol.disks;
    const id = newMessageId();
    const noise = Array.from({ length: 50 }, () => ({ body: { text: '' } }));
    const first = await stranger(world, carol, 'Mallory');
    await first.say({ id });
    const before = history.inbound(first.device);
    first.channel.cut();
    for (const device of [first.device, ...['b', 'c'].map((digit) => digit.repeat(64))]) {
      const peer = await stranger(world, carol, 'Mallory', device);
      await peer.say({ id }, ...noise);
      assert.equal(peer.receipts.at(-1)?.next, 52);
      assert.deepEqual(new Set(peer.refused), new Set(['malformed']));
      peer.channel.cut();
    }
    assert.deepEqual(history.inbound(first.device), before);
    assert.deepEqual([history.devices(first.identity), history.received(first.identity).messages], [1, 1]);
  });

  it('comes from a bounded number of devices, until it is accepted', async () => {
    const { world, carol } = await samAndCarol();
    const { history } = carol.disks;
    const identity = fingerprintNamed('Mallory');
    const device = (count: number) => fingerprintNamed(`device ${count}`);
    const sayFrom = async (count: number) => {
      const peer = await stranger(world, carol, 'Mallory', device(count));
      await peer.say({});
      const { closed } = peer;
      peer.channel.cut();
      return closed;
    };
    for (let count = 0; count < MAX_REQUEST_DEVICES; count += 1) assert.equal(await sayFrom(count), null);
    assert.equal(await sayFrom(MAX_REQUEST_DEVICES), LinkClose.unavailable);
    assert.equal(history.inbound(device(MAX_REQUEST_DEVICES)).cursor, null);
    assert.equal(await sayFrom(0), null);
    assert.equal(history.devices(identity), MAX_REQUEST_DEVICES);
    carol.chat.decisions.setStanding(identity, 'accepted');
    assert.equal(await sayFrom(MAX_REQUEST_DEVICES), null);
  });

  it('has fewer epochs than messages, however many its writer begins', async () => {
    const { world, carol } = await samAndCarol();
    for (let count = 0; count < 2 * MAX_REQUEST_MESSAGES; count += 1) {
      const peer = await stranger(world, carol, 'Mallory');
      await peer.say({});
      peer.channel.cut();
    }
    const { retired } = carol.disks.history.inbound(fingerprintNamed("Mallory's device"));
    assert.equal(retired.length, MAX_REQUEST_MESSAGES - 1);
  });

  it('of which messages were refused does not seem to lack them when its link comes anew', async () => {
    const { world, sam, carol } = await samAsked();
    const large = 'x'.repeat(MAX_TEXT_BYTES);
    for (let count = 0; count < 3; count += 1) await sam.write(carol, large);
    assert.deepEqual(sam.states(carol).slice(-2), ['refused', 'refused']);
    world.cutAll();
    await world.clock.advance(10_000);
    await sam.write(carol, 'short');
    assert.equal(carol.conversation(sam).at(-1), 'Sam: short');
    assert.equal(
      carol.seen.notices.find(({ kind }) => kind === 'missing'),
      undefined,
    );
  });

  it('alone can be ignored', async () => {
    const { sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    assert.throws(() => carol.chat.decisions.setStanding(sam.identity, 'ignored'), ContactStateError);
  });

  it('of one more than there may be is told what everybody unwanted is told, and nothing is stored', async () => {
    const { world, carol } = await samAndCarol();
    const first = await stranger(world, carol, 'First');
    const late = await stranger(world, carol, 'Late');
    for (let count = 1; count < MAX_REQUESTS; count += 1) {
      const peer = await stranger(world, carol, `stranger-${count}`);
      await peer.say({});
      peer.channel.cut();
    }
    await first.say({});
    assert.equal(carol.chat.contacts.length, MAX_REQUESTS);
    // One was connected before the last place was taken, the other comes now.
    await late.say({});
    const later = await stranger(world, carol, 'Later');
    assert.deepEqual(
      [first.closed, late.closed, later.closed],
      [null, LinkClose.unavailable, LinkClose.unavailable],
    );
    assert.equal(carol.disks.history.inbound(late.device).cursor, null);
    assert.equal(carol.chat.contacts.length, MAX_REQUESTS);
  });

  it('that was ignored is remembered, the newest thousand of them', async () => {
    const { world, sam, carol } = await samAsked();
    const { history } = carol.disks;
    for (let count = 0; count < MAX_IGNORED; count += 1)
      history.saveContact(stored(`ignored-${count}`, 'ignored'));
    const again = world.person('Carol', await carol.crash());
    again.chat.decisions.setStanding(sam.identity, 'ignored');
    assert.equal(history.contacts().length, MAX_IGNORED);
    assert.deepEqual(again.seen.removed, [fingerprintNamed('ignored-0')]);
    assert.ok(history.contacts().some(({ identity }) => identity === sam.identity));
  });
});

describe('a stranger', () => {
  it('whose messages can never be taken leaves nothing behind, and is told so each time', async () => {
    const { world, carol } = await samAndCarol();
    const peer = await stranger(world, carol, 'Mallory');
    await peer.say({ body: { text: '' } }, { body: {} });
    assert.deepEqual(peer.refused, ['malformed', 'malformed']);
    assert.deepEqual(carol.disks.history.contacts(), []);
    assert.deepEqual(carol.disks.history.inbound(peer.device), { cursor: null, retired: [], refused: [] });
  });

  it('is turned away where only contacts may write, and so is a request that waits', async () => {
    const { world, sam, carol } = await samAsked();
    const connected = await stranger(world, carol, 'Dave');
    carol.chat.configure({
      acceptMessagesFrom: 'contacts',
      keepHistoryDays: 0,
      sendReadReceipts: true,
      sendTypingIndicator: true,
    });
    await world.clock.settle();
    const later = await stranger(world, carol, 'Erin');
    assert.deepEqual([connected.closed, later.closed], [LinkClose.unavailable, LinkClose.unavailable]);
    await sam.write(carol, 'Anybody there?');
    await world.clock.advance(60_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await world.clock.advance(120_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
  });

  it('is shown by fingerprint while no directory can be asked, and named once one can', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await world.clock.settle();
    world.cutAll();
    world.stopServer();
    carol.chat.goOffline();
    carol.chat.goOnline(carol.directory, 'http://127.0.0.1:8000');
    await sam.write(carol, 'hello');
    await world.clock.advance(60_000);
    assert.deepEqual(
      carol.chat.contacts.map(({ name, standing }) => [name, standing]),
      [[`#${sam.identity.slice(0, 16)}`, 'request']],
    );
    world.serverUp = true;
    await carol.chat.directoryConnected();
    await world.clock.settle();
    assert.equal(carol.view(sam.identity)?.name, 'Sam');
    assert.deepEqual(carol.lines(sam.identity), []);
  });

  it('is turned away while no directory can be asked and only contacts may write', async () => {
    const { world, carol } = await samAndCarol();
    world.stopServer();
    carol.chat.configure({
      acceptMessagesFrom: 'contacts',
      keepHistoryDays: 0,
      sendReadReceipts: true,
      sendTypingIndicator: true,
    });
    const who = { identity: 'f'.repeat(64), device: 'e'.repeat(64) };
    const peer = await new ScriptedPeer(world, carol, who).greet();
    assert.equal(peer.closed, LinkClose.unavailable);
  });

  it('whose connection ended while the directory was asked takes nobody else a place', async () => {
    const { world, carol } = await samAndCarol();
    for (let count = 0; count <= MAX_REQUESTS; count += 1) {
      await world.clock.advance(1_000 / LOOKUPS_PER_SECOND);
      const identity = fingerprintNamed(`gone-${count}`);
      const answered = Promise.withResolvers<Found>();
      world.answer = () => answered.promise;
      const peer = new ScriptedPeer(world, carol, { identity, device: identity });
      peer.channel.cut();
      answered.resolve({ presence: presenceOf(`gone-${count}`, identity), successions: [] });
      await world.clock.settle();
    }
    const honest = await stranger(world, carol, 'Honest');
    await honest.say({});
    assert.deepEqual(
      carol.chat.contacts.map(({ name }) => name),
      ['Honest'],
    );
  });

  it('cannot make this device ask the directory without end: beyond some at once they are turned away', async () => {
    const { world, carol } = await samAndCarol();
    let asked = 0;
    world.answer = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const peers = Array.from({ length: 40 }, (_, count) => {
      const identity = fingerprintNamed(`flood-${count}`);
      return new ScriptedPeer(world, carol, { identity, device: identity });
    });
    await world.clock.settle();
    assert.equal(asked, LOOKUP_BURST);
    assert.equal(peers.filter(({ closed }) => closed === LinkClose.unavailable).length, 40 - LOOKUP_BURST);
    // A server that never answers holds nobody's place for longer than a handshake takes.
    await world.clock.advance(11_000);
    const honest = await stranger(world, carol, 'Honest');
    assert.equal(honest.closed, null);
  });

  it('with the identity of the person is nobody', async () => {
    const { world, carol } = await samAndCarol();
    const who = { identity: carol.identity, device: 'e'.repeat(64) };
    assert.equal((await new ScriptedPeer(world, carol, who).greet()).closed, LinkClose.unavailable);
  });

  it('who sends far more than the window takes, without a receipt, is cut off, and nothing of it is stored', async () => {
    const { world, carol } = await samAndCarol();
    const peer = await stranger(world, carol, 'Mallory');
    const large = { body: { text: 'x'.repeat(MAX_TEXT_BYTES) } };
    const said = Array.from({ length: 14 }, () => peer.say(large, large, large, large, large));
    await Promise.all(said);
    assert.equal(peer.closed, LinkClose.protocolError);
    assert.deepEqual(carol.disks.history.contacts(), []);
  });

  it('who writes to somebody that owes them messages from before the history was lost is a contact', async () => {
    const { world, sam, carol } = await samAsked();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const { outboxes } = await sam.crash();
    const again = world.person('Sam', { history: memoryHistory(), outboxes });
    await again.goOnline();
    await carol.goOnline();
    await carol.write(again, 'Are you back?');
    await world.clock.advance(60_000);
    assert.equal(again.view(carol.identity)?.standing, 'accepted');
    assert.ok(carol.conversation(again).includes('Sam: held'));
  });
});

describe('somebody who is blocked', () => {
  async function carolBlocksSam() {
    const parts = await samAsked();
    parts.carol.chat.decisions.setStanding(parts.sam.identity, 'accepted');
    parts.carol.open(parts.sam);
    await parts.world.clock.settle();
    parts.carol.chat.decisions.setStanding(parts.sam.identity, 'blocked');
    await parts.world.clock.settle();
    return parts;
  }

  it('is cut off and let in no more, is never dialled, and cannot be written to', async () => {
    const { world, sam, carol } = await carolBlocksSam();
    assert.equal(carol.view(sam.identity)?.linked, false);
    const before = carol.dials;
    const peer = await new ScriptedPeer(world, carol, sam).greet();
    assert.equal(peer.closed, LinkClose.unavailable);
    assert.deepEqual(peer.frames, []);
    await world.clock.advance(300_000);
    assert.equal(carol.dials, before);
    await assert.rejects(() => carol.write(sam, 'hello'), ContactBlockedError);
    assert.equal(carol.view(sam.identity)?.standing, 'blocked');
  });

  it('sees what they would see if the other were away, and asks seldom', async () => {
    const { world, sam, carol } = await carolBlocksSam();
    await sam.write(carol, 'hello?');
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    assert.deepEqual(sam.states(carol), ['delivered', 'held']);
    assert.equal(sam.seen.notices.at(-1)?.kind, 'away');
    const before = sam.dials;
    await world.clock.advance(600_000);
    assert.ok(sam.dials - before <= 20, `${sam.dials - before} attempts in ten minutes`);
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
  });

  it('goes on seeing it when their own session with the server is made anew, until the other comes back', async () => {
    const { world, sam, carol } = await carolBlocksSam();
    await world.clock.advance(1_000);
    sam.chat.directoryDisconnected();
    await sam.chat.directoryConnected();
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    sam.chat.close(sam.window);
    await carol.goOffline();
    await carol.goOnline();
    assert.equal(sam.view(carol.identity)?.presence, 'online');
  });

  it('gets what was held for them when they are unblocked', async () => {
    const { world, sam, carol } = await samAsked();
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await sam.goOffline();
    await carol.write(sam, 'Later.');
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    await sam.goOnline();
    await world.clock.advance(120_000);
    assert.deepEqual(carol.states(sam), ['held']);
    // What another window said before it heard of the block does not lift it.
    assert.throws(() => carol.chat.decisions.setStanding(sam.identity, 'accepted'), ContactStateError);
    assert.equal(carol.view(sam.identity)?.standing, 'blocked');
    carol.chat.decisions.setStanding(sam.identity, 'unblocked');
    await world.clock.settle();
    assert.deepEqual(carol.states(sam), ['delivered']);
  });

  it('can be somebody who never wrote', async () => {
    const { world, sam, carol } = await samAndCarol();
    carol.chat.decisions.setStanding(sam.identity, 'blocked');
    sam.open(carol);
    await world.clock.settle();
    assert.equal(sam.view(carol.identity)?.presence, 'offline');
    assert.deepEqual(
      carol.chat.contacts.map(({ name, standing }) => [name, standing]),
      [['Sam', 'blocked']],
    );
  });
});
