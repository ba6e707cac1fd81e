import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageError } from '../../src/core/ports.ts';
import { World } from './world.ts';

const full = (): never => {
  throw new StorageError('The disk is full: make room, then try again.');
};

describe('a message that the history did not take, and that the outbox could not give back', () => {
  it('is not taken for another one that got its number and was delivered, after a restart', async () => {
    const world = new World();
    const [sam, carol] = [world.person('Sam'), world.person('Carol')];
    for (const person of [sam, carol]) await person.goOnline();
    sam.open(carol);
    await world.clock.settle();
    const { history, outboxes } = sam.disks;
    const outbox = outboxes.get(null);
    assert.ok(outbox);
    const working = { history: { ...history }, outbox: { ...outbox } };
    Object.assign(history, { addOutgoing: full });
    Object.assign(outbox, { remove: full });
    await assert.rejects(() => sam.write(carol, 'not stored'), StorageError);
    Object.assign(history, working.history);
    Object.assign(outbox, working.outbox);
    await sam.write(carol, 'stored');
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['delivered']);

    const again = world.person('Sam', await sam.crash());
    await again.goOnline();
    await world.clock.advance(5_000);
    assert.deepEqual(again.states(carol), ['delivered', 'delivered']);
    assert.deepEqual(carol.conversation(again), again.conversation(carol));
    assert.equal(again.waiting, 0);
  });
});
