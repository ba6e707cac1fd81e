import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Preferences } from '../../src/core/views.ts';
import { newMessageId } from '../support/envelopes.ts';
import { samAndCarol, type Person } from './world.ts';

const telling: Preferences = {
  acceptMessagesFrom: 'everyone',
  keepHistoryDays: 0,
  sendReadReceipts: true,
  sendTypingIndicator: true,
  localDiscovery: false,
};

/** Sam has written to Carol, who accepted him and lets others know what she has read; both are online. */
async function carolReads(...texts: string[]) {
  const { world, sam, carol } = await samAndCarol();
  carol.chat.configure(telling);
  for (const text of texts) await sam.write(carol, text);
  await world.clock.settle();
  carol.chat.decisions.setStanding(sam.identity, 'accepted');
  return { world, sam, carol };
}

/** Somebody reads the first so many messages of another. */
async function read(
  world: { clock: { settle(): Promise<void> } },
  reader: Person,
  of: Person,
  count: number,
) {
  const { messages } = reader.chat.older(of.identity, null, 100);
  const message = messages.filter(({ mine }) => !mine)[count - 1];
  assert.ok(message);
  reader.chat.markRead(of.identity, message.order);
  await world.clock.settle();
}

describe('a message that the contact has read', () => {
  it('is shown as read, with everything before it, and nothing after it is', async () => {
    const { world, sam, carol } = await carolReads('one', 'two', 'three');
    await read(world, carol, sam, 2);
    assert.deepEqual(sam.states(carol), ['read', 'read', 'delivered']);
    assert.deepEqual(
      [...sam.seen.messages.values()].map(({ text, state }) => [text, state]),
      [
        ['one', 'read'],
        ['two', 'read'],
        ['three', 'delivered'],
      ],
    );
  });

  it('stays read after a restart of the writer', async () => {
    const { world, sam, carol } = await carolReads('one');
    await read(world, carol, sam, 1);
    const again = world.person('Sam', await sam.crash());
    assert.deepEqual(again.states(carol), ['read']);
  });

  it('is known to be read with the next link, when the writer was away', async () => {
    const { world, sam, carol } = await carolReads('one');
    const disks = await sam.crash();
    await read(world, carol, sam, 1);
    const again = world.person('Sam', disks);
    assert.deepEqual(again.states(carol), ['delivered']);
    await again.goOnline();
    await world.clock.advance(5_000);
    assert.deepEqual(again.states(carol), ['read']);
  });

  it('is not told of by somebody who keeps it to themselves', async () => {
    const { world, sam, carol } = await carolReads('one');
    carol.chat.configure({ ...telling, sendReadReceipts: false, sendTypingIndicator: false });
    await read(world, carol, sam, 1);
    assert.deepEqual(sam.states(carol), ['delivered']);
    world.cutAll();
    await sam.write(carol, 'two');
    await world.clock.advance(5_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered']);
  });

  it('is not told of before the wish of the person is known', async () => {
    const { world, sam, carol } = await samAndCarol();
    await sam.write(carol, 'one');
    await world.clock.settle();
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await read(world, carol, sam, 1);
    assert.deepEqual(sam.states(carol), ['delivered']);
  });

  it('is not told of to somebody who only asks, though the request was looked at', async () => {
    const { world, sam, carol } = await samAndCarol();
    carol.chat.configure(telling);
    await sam.write(carol, 'one');
    await world.clock.settle();
    await read(world, carol, sam, 1);
    assert.deepEqual(sam.states(carol), ['delivered']);
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['read'], 'once they are accepted');
  });
});

describe('a word of what was read', () => {
  it('that names a message which was never sent, or one of their own, changes nothing', async () => {
    const { world, sam, carol } = await carolReads('one');
    await carol.write(sam, 'back');
    await world.clock.settle();
    const theirs = [...sam.seen.messages.values()].find(({ mine }) => !mine);
    const channel = world.channels.find(({ device }) => device === sam.device);
    assert.ok(theirs !== undefined && channel !== undefined);
    channel.send({ type: 'read', id: newMessageId() });
    channel.send({ type: 'read', id: theirs.id });
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.equal(sam.seen.contacts.get(carol.identity)?.linked, true);
  });

  it('of an older message takes nothing back', async () => {
    const { world, sam, carol } = await carolReads('one', 'two');
    await read(world, carol, sam, 2);
    const channel = world.channels.find(({ device }) => device === sam.device);
    const first = [...sam.seen.messages.values()].find(({ text }) => text === 'one');
    assert.ok(channel !== undefined && first !== undefined);
    channel.send({ type: 'read', id: first.id });
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['read', 'read']);
  });
});
