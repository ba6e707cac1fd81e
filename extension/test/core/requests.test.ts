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
import { ContactStateError, UnknownContactError } from '../../src/core/errors.ts';
import { StorageError } from '../../src/core/storage-ports.ts';
import { MAX_IGNORED } from '../../src/core/roster.ts';
import { fingerprintNamed, newMessageId } from '../support/envelopes.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { samAsked, stranger, presenceOf, stored } from './unmet-people.ts';
import { samAndCarol } from './world.ts';

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
