import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageError, type HistoryStore } from '../../src/core/ports.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { World } from './world.ts';

/** Sam, who can write to Carol, over a history that can be watched or hindered. */
async function samAndCarol(change: (history: HistoryStore) => Partial<HistoryStore> = () => ({})) {
  const world = new World();
  const history = memoryHistory();
  const sam = world.person('Sam', { history: { ...history, ...change(history) }, outboxes: new Map() });
  const carol = world.person('Carol');
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await world.clock.settle();
  const finds = (text: string): number => history.search(text, { contact: null, limit: 1_000 }).length;
  return { world, sam, carol, finds };
}

describe('the full-text index', () => {
  it('has what was written and what arrived within a second, but does not hold up the storing', async () => {
    const { world, sam, carol, finds } = await samAndCarol();
    await sam.write(carol, 'a question');
    carol.chat.setStanding(sam.identity, 'accepted');
    await carol.write(sam, 'an answer');
    await world.clock.settle();
    assert.deepEqual([finds('question'), finds('answer')], [0, 0]);
    await world.clock.advance(1_000);
    assert.deepEqual([finds('question'), finds('answer')], [1, 1]);
  });

  it('is not a second behind while messages never cease to come', async () => {
    const { world, sam, carol, finds } = await samAndCarol();
    for (let at = 0; at <= 1_000; at += 50) {
      await sam.write(carol, `at ${at}`);
      await world.clock.advance(50);
    }
    assert.ok(finds('at ') > 0);
  });

  it('takes in much in slices, between which other things happen', async () => {
    const slices: number[] = [];
    const { world, sam, carol, finds } = await samAndCarol((history) => ({
      index: () => {
        slices.push(world.clock.now());
        return history.index();
      },
    }));
    await Promise.all(Array.from({ length: 200 }, (_, count) => sam.write(carol, `number ${count}`)));
    await world.clock.advance(1_000);
    assert.equal(finds('number'), 200);
    assert.ok(slices.length > 3);
    assert.equal(new Set(slices).size, slices.length);
  });

  it('has, after a start, what was stored before the end of the run before', async () => {
    const { world, sam, carol, finds } = await samAndCarol();
    await sam.write(carol, 'the last word');
    const disks = await sam.crash();
    assert.equal(finds('last word'), 0);
    world.person('Sam', disks);
    await world.clock.advance(1_000);
    assert.equal(finds('last word'), 1);
  });

  it('is tried again with the next message when the disk did not take it, and the log says so', async () => {
    let isFull = true;
    const { world, sam, carol, finds } = await samAndCarol((history) => ({
      index: () => {
        if (isFull) throw new StorageError('The disk is full.');
        return history.index();
      },
    }));
    await sam.write(carol, 'first');
    await world.clock.advance(1_000);
    assert.ok(sam.seen.log.some((line) => line.includes('could not be indexed')));
    isFull = false;
    await sam.write(carol, 'second');
    await world.clock.advance(1_000);
    assert.deepEqual([finds('first'), finds('second')], [1, 1]);
  });

  it('leaves no timer when the peer stops', async () => {
    const { world, sam, carol } = await samAndCarol();
    await sam.write(carol, 'a word');
    sam.chat.stop();
    carol.chat.stop();
    await world.clock.settle();
    assert.equal(world.clock.pending, 0);
  });
});
