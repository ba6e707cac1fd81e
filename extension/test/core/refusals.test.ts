import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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

/** From now on this person's receipts get lost with their link. */
function loseReceipts(world: World): void {
  for (const channel of world.channels) {
    const send = channel.send.bind(channel);
    channel.send = (frame) => {
      if (frame.type !== 'receipt') return send(frame);
      channel.cut();
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
    assert.deepEqual(hello.received, { epoch: first.position.epoch, next: 4 });
    assert.deepEqual(hello.refused, [{ seq: 2, reason: 'malformed' }]);
  });

  it('by somebody who ignores the writer comes again, however often the receipt is lost', async () => {
    const { world, sam, carol } = await samAndCarol();
    const dave = world.person('Dave');
    await dave.goOnline();
    dave.open(carol);
    await dave.write(carol, 'May I?');
    await world.clock.settle();
    carol.chat.setStanding(dave.identity, 'ignored');
    loseReceipts(world);
    await dave.write(carol, 'Please?');
    assert.deepEqual(dave.states(carol), ['delivered', 'sending']);
    await world.clock.advance(10_000);
    assert.deepEqual(dave.states(carol), ['delivered', 'refused']);
    assert.deepEqual(sam.states(carol), []);
  });
});
