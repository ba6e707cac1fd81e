import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OutboxStore, StorageError } from '../../src/core/storage-ports.ts';
import { newMessageId } from '../support/envelopes.ts';
import { memoryOutbox } from '../support/memory-stores.ts';
import { type Person, samOpenToCarol, type World } from './world.ts';

const dead = (): never => {
  throw new StorageError('the end');
};

const FOLDERS = ['/one', null, '/two', '/one', null] as const;

/** Windows of several folders write within one tick. Returns what became of each request. */
async function writeAtOnce(
  world: World,
  from: Person,
  to: Person,
  ids = FOLDERS.map(() => newMessageId()),
): Promise<PromiseSettledResult<unknown>['status'][]> {
  const written = ids.map((id, index) =>
    from.chat.write({ id, contact: to.identity, text: String(index), folder: FOLDERS[index] ?? null }),
  );
  const [all] = await Promise.all([Promise.allSettled(written), world.clock.settle()]);
  return all.map(({ status }) => status);
}

describe('messages that windows of several folders write in one tick', () => {
  it('stand and arrive in the order in which they were written', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await writeAtOnce(world, sam, carol);
    const inOrder = FOLDERS.map((_, index) => `Sam: ${index}`);
    assert.deepEqual(sam.conversation(carol), inOrder);
    assert.deepEqual(carol.conversation(sam), inOrder);
    assert.equal(sam.waiting, 0);
  });

  it('are stored but for those whose outbox does not take them, and what is written next arrives too', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const broken = memoryOutbox();
    sam.disks.outboxes.set('/two', {
      ...broken,
      add: () => {
        throw new StorageError('The disk is full: make room, then try again.');
      },
    });
    assert.deepEqual(
      await writeAtOnce(world, sam, carol),
      FOLDERS.map((folder) => (folder === '/two' ? 'rejected' : 'fulfilled')),
    );
    await sam.write(carol, 'next');
    await world.clock.settle();
    const stored = ['0', '1', '3', '4', 'next'].map((text) => `Sam: ${text}`);
    assert.deepEqual(sam.conversation(carol), stored);
    assert.deepEqual(carol.conversation(sam), stored);
    assert.equal(sam.waiting, 0);
  });

  it('are in no store when the history does not take them', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const working = { ...sam.disks.history };
    sam.disks.history.addOutgoing = () => {
      throw new StorageError('The disk is full: make room, then try again.');
    };
    assert.deepEqual(
      await writeAtOnce(world, sam, carol),
      FOLDERS.map(() => 'rejected'),
    );
    Object.assign(sam.disks.history, working);
    assert.equal(sam.waiting, 0);
    await sam.write(carol, 'next');
    await world.clock.settle();
    assert.deepEqual(carol.conversation(sam), ['Sam: next']);
  });

  for (const taken of [...FOLDERS.keys(), FOLDERS.length]) {
    it(`stand as they were written when the peer died with ${taken} in the outboxes, and the windows ask again`, async () => {
      const { world, sam, carol } = await samOpenToCarol();
      await carol.goOffline();
      const { history, outboxes } = sam.disks;
      for (const folder of FOLDERS) outboxes.set(folder, outboxes.get(folder) ?? memoryOutbox());
      const working = { history: { ...history }, outboxes: new Map<OutboxStore, OutboxStore>() };
      let left = taken;
      // The process ends before one more is stored, and nobody undoes anything.
      Object.assign(history, { addOutgoing: dead });
      for (const outbox of outboxes.values()) {
        const before = { ...outbox };
        working.outboxes.set(outbox, before);
        outbox.add = (entries) => {
          if (entries.length > left) left = 0;
          if (left === 0) dead();
          left -= entries.length;
          before.add(entries);
        };
        outbox.remove = () => undefined;
      }
      const ids = FOLDERS.map(() => newMessageId());
      await writeAtOnce(world, sam, carol, ids);
      const disks = await sam.crash();
      Object.assign(history, working.history);
      for (const [outbox, before] of working.outboxes) Object.assign(outbox, before);

      const again = world.person('Sam', disks);
      assert.equal(again.waiting, taken);
      await writeAtOnce(world, again, carol, ids);
      await again.goOnline();
      await carol.goOnline();
      await world.clock.settle();
      const inOrder = FOLDERS.map((_, index) => `Sam: ${index}`);
      assert.deepEqual(again.conversation(carol), inOrder);
      assert.deepEqual(carol.conversation(again), inOrder);
      assert.equal(again.waiting, 0);
    });
  }
});
