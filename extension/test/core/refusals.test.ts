import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_REQUEST_BYTES, MAX_REQUEST_MESSAGES } from '@p2p-chat/protocol/limits';
import type { MemoryChannel } from '../support/memory-channel.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Person, World } from './world.ts';

/** Sam and Carol, linked, each a contact of the other. */
async function samAndCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const [sam, carol] = [world.person('Sam'), world.person('Carol')];
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  carol.open(sam);
  carol.chat.close(carol.window);
  sam.open(carol);
  await world.clock.settle();
  return { world, sam, carol };
}

/** Sam is linked to Carol, who never met Sam. */
async function samAsksCarol(): Promise<{ world: World; sam: Person; carol: Person }> {
  const world = new World();
  const [sam, carol] = [world.person('Sam'), world.person('Carol')];
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await world.clock.settle();
  return { world, sam, carol };
}

/** From now on receipts get lost on the links that there are: with their link, unless a test wants otherwise. */
function loseReceipts(world: World, lost = (channel: MemoryChannel): void => channel.cut()): void {
  for (const channel of world.channels) {
    const send = channel.send.bind(channel);
    channel.send = (frame) => {
      if (frame.type !== 'receipt') return send(frame);
      lost(channel);
      return 0;
    };
  }
}

describe('a refusal', () => {
  it('whose receipt was lost with its link is said again in the next hello: refused, not delivered', async () => {
    const { world, sam, carol } = await samAndCarol();
    await sam.write(carol, 'taken');
    loseReceipts(world);
    const { history } = carol.disks;
    const receive: typeof history.receive = (...parts) => working.receive(...parts);
    const working = { ...history };
    // Carol's version takes no message of this kind; a writer of this version makes none that is refused.
    history.receive = (contact, device, cursor, messages, _, now) => {
      const refused = messages.map(({ envelope }) => ({ seq: envelope.seq, reason: 'malformed' as const }));
      return receive(contact, device, cursor, [], refused, now);
    };
    await sam.write(carol, 'refused');
    history.receive = receive;
    assert.notEqual(sam.states(carol).at(-1), 'delivered');
    await world.clock.advance(10_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'refused']);
    assert.equal([...sam.seen.messages.values()].at(-1)?.refused, 'malformed');
    assert.equal(sam.waiting, 0);
  });

  it('of what a request had no room for is told in the next hello too, though what came after it was taken', async () => {
    const { world, sam, carol } = await samAsksCarol();
    const large = 'x'.repeat(MAX_REQUEST_BYTES / 2 - 10);
    await sam.write(carol, large);
    await sam.write(carol, large);
    loseReceipts(world, () => undefined);
    await sam.write(carol, large);
    await sam.write(carol, 'short');
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered', 'sending', 'sending']);
    world.cutAll();
    await world.clock.advance(10_000);
    assert.deepEqual(sam.states(carol), ['delivered', 'delivered', 'refused', 'delivered']);
    assert.equal(carol.conversation(sam).length, 3);
  });

  it('from before its writer was accepted on the same link is told in the next hello too', async () => {
    const { world, sam, carol } = await samAsksCarol();
    for (let count = 0; count < MAX_REQUEST_MESSAGES; count += 1) await sam.write(carol, `${count}`);
    loseReceipts(world, () => undefined);
    await sam.write(carol, 'one too many');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await sam.write(carol, 'at last');
    world.cutAll();
    await world.clock.advance(10_000);
    assert.deepEqual(sam.states(carol).slice(-2), ['refused', 'delivered']);
    assert.equal(carol.conversation(sam).at(-1), 'Sam: at last');
  });

  it('that was not stored is not taken for one of the next epoch', async () => {
    const { world, sam, carol } = await samAsksCarol();
    const first = await new ScriptedPeer(world, carol, sam).greet();
    await first.say({ body: { text: '' } });
    assert.deepEqual(first.refused, ['malformed']);
    first.channel.cut();
    const second = await new ScriptedPeer(world, carol, sam).greet();
    await second.say({});
    assert.deepEqual(carol.disks.history.inbound(sam.device).refused, []);
  });

  it('is told in hello for the epoch that hello speaks of, and not at all when there is none', async () => {
    const { world, sam, carol } = await samAndCarol();
    const first = await new ScriptedPeer(world, carol, sam).greet();
    await first.say({}, { body: { text: '' } }, {});
    assert.equal(first.frames[0]?.type === 'hello' && first.frames[0].refused, undefined);
    first.channel.cut();
    await world.clock.settle();
    const second = await new ScriptedPeer(world, carol, sam, first.position).greet();
    const [hello] = second.frames;
    assert.ok(hello?.type === 'hello');
    assert.partialDeepStrictEqual(hello.received, { epoch: first.position.epoch, next: 4 });
    assert.deepEqual(hello.refused, [{ seq: 2, reason: 'malformed' }]);
  });

  it('by somebody who ignores the writer comes again, however often the receipt is lost', async () => {
    const { world, sam, carol } = await samAndCarol();
    const dave = world.person('Dave');
    await dave.goOnline();
    dave.open(carol);
    await dave.write(carol, 'May I?');
    await world.clock.settle();
    carol.chat.decisions.setStanding(dave.identity, 'ignored');
    loseReceipts(world);
    await dave.write(carol, 'Please?');
    assert.deepEqual(dave.states(carol), ['delivered', 'sending']);
    await world.clock.advance(10_000);
    assert.deepEqual(dave.states(carol), ['delivered', 'refused']);
    assert.deepEqual(sam.states(carol), []);
  });
});
