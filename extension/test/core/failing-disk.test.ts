import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { LinkClose } from '@p2p-chat/protocol/link';
import { StorageError } from '../../src/core/storage-ports.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, samAndCarol } from './world.ts';

describe('a disk that fails', () => {
  const broken = (): never => {
    throw new StorageError('The disk did not give the data.');
  };

  it('does not take the peer down when a link is taken or a count is read, and all is well afterwards', async () => {
    const { world, sam, carol } = await samAndCarol();
    const { history } = sam.disks;
    const working = { ...history };
    sam.open(carol);
    history.inbound = broken;
    history.summary = broken;
    await world.clock.advance(1_000);
    Object.assign(history, working);
    await sam.write(carol, 'hello');
    await world.clock.advance(30_000);
    assert.deepEqual(sam.states(carol), ['delivered']);
  });

  it('keeps a message unread whose marker it did not take, until it is set again', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'hello');
    await world.clock.settle();
    const { history } = carol.disks;
    const working = { ...history };
    history.saveContact = broken;
    assert.throws(() => carol.chat.markRead(sam.identity, 1), StorageError);
    Object.assign(history, working);
    carol.chat.markRead(sam.identity, 1);
    assert.equal(carol.seen.contacts.get(sam.identity)?.unread, 0);
  });

  it('that lost the history delivers what the outbox has, in order, once the contact is met again', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'before');
    await carol.goOffline();
    await sam.write(carol, 'held');
    const { outboxes } = await sam.crash();
    const again = world.person('Sam', { history: memoryHistory(), outboxes });
    await again.goOnline();
    await carol.goOnline();
    again.chat.account(carol.presence);
    await world.clock.settle();
    again.open(carol);
    await again.write(carol, 'after');
    await world.clock.advance(30_000);
    assert.deepEqual(carol.conversation(again), ['Sam: before', 'Sam: held', 'Sam: after']);
    assert.deepEqual(
      carol.seen.notices.filter(({ kind }) => kind === 'missing'),
      [],
    );
  });
});

describe('a counter that was lost', () => {
  it('starts a new epoch, so that what is written next is not taken for old', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'one');
    await world.clock.settle();
    const { cursor } = sam.disks.history.outbound(carol.identity);
    assert.ok(cursor);
    await sam.write(carol, 'two');
    await world.clock.settle();
    // An old backup of Sam's disk: the counter stands before "two", which Carol has.
    sam.disks.history.addOutgoing([], [{ contact: carol.identity, cursor }]);
    const again = world.person('Sam', await sam.crash());
    await again.goOnline();
    again.open(carol);
    await world.clock.settle();
    await again.write(carol, 'three');
    await world.clock.advance(5_000);
    assert.deepEqual(carol.conversation(again), ['Sam: one', 'Sam: two', 'Sam: three']);
    assert.notEqual(again.disks.history.outbound(carol.identity).cursor?.epoch, cursor.epoch);
  });
});

describe('an epoch that ended', () => {
  it('begins no link any more, so that nothing of it comes twice', async () => {
    const { world, sam, carol } = await samAndCarol();
    await carol.goOffline();
    const who = { identity: carol.identity, device: carol.device };
    const [first, second] = [1, 2].map(() => ({ epoch: randomUUID(), next: 1 }));
    await (await new ScriptedPeer(world, sam, who, first).greet()).say({ body: { text: 'of the first' } });
    await (await new ScriptedPeer(world, sam, who, second).greet()).say({ body: { text: 'of the second' } });
    const old = await new ScriptedPeer(world, sam, who, first).greet();
    await old.say({ body: { text: 'of the first again' } });
    assert.equal(old.closed, LinkClose.protocolError);
    assert.deepEqual(sam.conversation(carol), ['Carol: of the first', 'Carol: of the second']);
  });
});

describe('a reader who lacks what the writer has no longer', () => {
  /** Two messages of Sam's to Carol are in nobody's store, as after a loss on both sides. */
  async function lacking() {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'one');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await world.clock.settle();
    const { cursor } = sam.disks.history.outbound(carol.identity);
    assert.ok(cursor);
    const beyond = { ...cursor, next: cursor.next + 2 };
    sam.disks.history.addOutgoing([], [{ contact: carol.identity, cursor: beyond }]);
    const again = world.person('Sam', await sam.crash());
    await again.goOnline();
    again.open(carol);
    await world.clock.advance(5_000);
    return { world, sam: again, carol };
  }
  const missing = (person: Person, of: Person): (readonly [number, number])[] =>
    person.chat
      .open(of.identity, person.window, 50, false)
      .notices.filter(({ kind }) => kind === 'missing')
      .map(({ count, after }) => [count, after]);

  it('is shown so where they would stand, and in every later run', async () => {
    const { world, sam, carol } = await lacking();
    await sam.write(carol, 'two');
    await world.clock.settle();
    const [first] = carol.chat.older(sam.identity, null, 2).messages;
    assert.deepEqual(carol.conversation(sam), ['Sam: one', 'Sam: two']);
    assert.deepEqual(missing(carol, sam), [[2, first?.order]]);
    assert.deepEqual(
      carol.seen.notices.filter(({ kind }) => kind === 'missing').map(({ count }) => count),
      [2],
    );
    const next = world.person('Carol', await carol.crash());
    assert.deepEqual(missing(next, sam), [[2, first?.order]]);
  });

  it('is shown so once, however often the link breaks before what comes instead is stored', async () => {
    const { world, sam, carol } = await lacking();
    const { history } = carol.disks;
    const working = { ...history };
    const full = (): never => {
      throw new StorageError('The disk is full.');
    };
    Object.assign(history, { receive: full });
    await sam.write(carol, 'two');
    await world.clock.advance(60_000);
    assert.deepEqual(missing(carol, sam), []);
    Object.assign(history, working);
    await world.clock.advance(120_000);
    assert.deepEqual(carol.conversation(sam), ['Sam: one', 'Sam: two']);
    assert.equal(missing(carol, sam).length, 1);
  });
});

describe('a disk that was restored from an old backup', () => {
  it('does not take for delivered what was written since under numbers that the contact knows already', async () => {
    const { world, sam, carol } = await samAndCarol();
    sam.open(carol);
    await sam.write(carol, 'one');
    await world.clock.settle();
    const { cursor } = sam.disks.history.outbound(carol.identity);
    assert.ok(cursor);
    await sam.write(carol, 'two');
    await sam.write(carol, 'three');
    await world.clock.settle();
    sam.disks.history.addOutgoing([], [{ contact: carol.identity, cursor }]);

    const again = world.person('Sam', await sam.crash());
    for (const text of ['four', 'five', 'six']) await again.write(carol, text);
    await again.goOnline();
    await world.clock.advance(5_000);
    const written = ['one', 'two', 'three', 'four', 'five', 'six'].map((text) => `Sam: ${text}`);
    assert.deepEqual(carol.conversation(again), written);
    assert.deepEqual(again.disks.history.undelivered(), []);
  });
});
