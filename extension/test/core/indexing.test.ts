import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageError } from '../../src/core/storage-ports.ts';
import { memoryHistory } from '../support/memory-stores.ts';
import { World } from './world.ts';

/** Sam, who can write to Carol, over a history whose indexing can be watched or hindered. */
async function samAndCarol(hinder: () => void = () => undefined) {
  const world = new World();
  const history = memoryHistory();
  /** When a slice was indexed, and how many messages it had. */
  const slices: { at: number; count: number }[] = [];
  const index = (): number => {
    hinder();
    const count = history.index();
    if (count > 0) slices.push({ at: world.clock.now(), count });
    return count;
  };
  const sam = world.person('Sam', { history: { ...history, index }, outboxes: new Map() });
  const carol = world.person('Carol');
  await sam.goOnline();
  await carol.goOnline();
  await world.introduce(carol);
  sam.open(carol);
  await world.clock.settle();
  const indexed = (): number => slices.reduce((sum, { count }) => sum + count, 0);
  return { world, sam, carol, history, slices, indexed };
}

describe('the full-text index', () => {
  it('has what was written and what arrived within a second, but does not hold up the storing', async () => {
    const { world, sam, carol, indexed } = await samAndCarol();
    await sam.write(carol, 'a question');
    carol.chat.decisions.setStanding(sam.identity, 'accepted');
    await carol.write(sam, 'an answer');
    await world.clock.settle();
    assert.equal(indexed(), 0);
    await world.clock.advance(1_000);
    assert.equal(indexed(), 2);
  });

  it('waits while messages come, but not when they never cease to', async () => {
    const { world, sam, carol, indexed } = await samAndCarol();
    const writeOn = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += 90) {
        await sam.write(carol, `at ${at}`);
        await world.clock.advance(90);
      }
    };
    await writeOn(50_000);
    assert.equal(indexed(), 0);
    await writeOn(11_000);
    assert.ok(indexed() > 500);
  });

  it('takes in much in slices, between which other things happen', async () => {
    const { world, sam, carol, slices, indexed } = await samAndCarol();
    await Promise.all(Array.from({ length: 200 }, (_, count) => sam.write(carol, `number ${count}`)));
    await world.clock.advance(1_000);
    assert.equal(indexed(), 200);
    assert.ok(slices.length > 3);
    assert.equal(new Set(slices.map(({ at }) => at)).size, slices.length);
  });

  it('has, after a start, what was stored before the end of the run before', async () => {
    const { world, sam, carol, history, indexed } = await samAndCarol();
    await sam.write(carol, 'the last word');
    const disks = await sam.crash();
    assert.equal(indexed(), 0);
    world.person('Sam', disks);
    await world.clock.advance(1_000);
    assert.equal(history.index(), 0);
  });

  it('is tried again with the next message when the disk did not take it, and the log says so', async () => {
    let isFull = true;
    const { world, sam, carol, indexed } = await samAndCarol(() => {
      if (isFull) throw new StorageError('The disk is full.');
    });
    await sam.write(carol, 'first');
    await world.clock.advance(1_000);
    assert.ok(sam.seen.log.some((line) => line.includes('could not be indexed')));
    isFull = false;
    await sam.write(carol, 'second');
    await world.clock.advance(1_000);
    assert.equal(indexed(), 2);
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
