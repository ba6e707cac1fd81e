import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_REQUESTS, MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import type { Found } from '../../src/core/net-ports.ts';
import { LOOKUP_BURST, LOOKUPS_PER_SECOND } from '../../src/core/stranger-lookups.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { samAsked, stranger, presenceOf } from './unmet-people.ts';
import { samAndCarol } from './world.ts';

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
      localDiscovery: false,
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
    await carol.chat.goOffline();
    carol.chat.goOnline(carol.directory, 'http://127.0.0.1:8000', () => []);
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
      localDiscovery: false,
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
