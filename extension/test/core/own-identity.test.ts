import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { acquainted } from './keyed-people.ts';

describe('my own identity, replaced', () => {
  it('goes on with what the one before had written, once, under the new one', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    await sam.write(carol, 'held', '/workspace');
    const next = await world.replaceIdentity(sam);
    await next.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.equal(carol.conversation(next).at(-1), 'Sam: held');
    assert.deepEqual(next.states(carol), ['delivered', 'delivered']);
    assert.equal(next.waiting, 0);
  });

  it('does not deliver twice what had arrived while its receipt was lost', async () => {
    const { world, sam, carol } = await acquainted();
    const written = sam.write(carol, 'once');
    await Promise.resolve();
    for (const channel of world.channels) {
      const send = channel.send.bind(channel);
      channel.send = (frame) => (frame.type === 'receipt' ? 0 : send(frame));
    }
    await written;
    const next = await world.replaceIdentity(sam);
    await next.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(next).slice(2), ['Sam: once']);
    assert.deepEqual(next.states(carol), ['delivered', 'delivered']);
  });

  it('leaves what an identity wrote that is lost without a statement, until that identity is back', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const who = sam.key === null ? {} : { key: sam.key };
    const next = world.person('Sam', await sam.crash(), { key: generateKeyPair() });
    const { messages } = next.chat.older(carol.identity, null, 10);
    assert.deepEqual(
      messages.filter(({ mine }) => mine).map(({ state, refused }) => [state, refused]),
      [
        ['delivered', null],
        ['refused', 'other-identity'],
      ],
    );
    const again = world.person('Sam', await next.crash(), who);
    await again.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.equal(carol.conversation(again).at(-1), 'Sam: held');
    assert.deepEqual([again.states(carol), again.waiting], [['delivered', 'delivered'], 0]);
  });

  it('survives a crash between the history and the outbox: the message is one', async () => {
    const { world, sam, carol } = await acquainted();
    await carol.goOffline();
    await sam.write(carol, 'held');
    const before = sam.disks.outboxes.get(null)?.all() ?? [];
    const next = await world.replaceIdentity(sam);
    const { outboxes } = await next.crash();
    // The history has the new envelope, the outbox the old one.
    outboxes.get(null)?.update(before);
    const again = world.person('Sam', next.disks, {
      ...(next.key === null ? {} : { key: next.key }),
      successions: next.successions,
    });
    await again.goOnline();
    await carol.goOnline();
    await world.clock.advance(10_000);
    assert.deepEqual(carol.conversation(again).slice(2), ['Sam: held']);
    assert.deepEqual(again.states(carol), ['delivered', 'delivered']);
  });
});
