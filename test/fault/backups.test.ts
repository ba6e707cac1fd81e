import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Person } from './person.ts';
import { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.begin();
  for (const author of world.people) world.writeEverywhere(author);
  await world.settle();
});
afterEach(() => world.end());

/** Copies a person's files as they are now. */
async function backUp(person: Person): Promise<string> {
  const copy = join(world.folder, `copy of ${person.name}`);
  await person.stop();
  person.backUp(copy);
  await person.comeBack();
  return copy;
}

/** Puts them back, with whatever was written since forgotten by its author. */
async function restore(person: Person, copy: string, since: readonly string[]): Promise<void> {
  await person.stop();
  person.restore(copy);
  for (const id of since) world.forgotten.add(id);
}

/** Texts at their reader that their author's history has no longer are no surprise: they were delivered. */
async function holdsAllOnce(): Promise<void> {
  await world.settle();
  await world.check();
}

describe('a writer whose files are those of an older backup', () => {
  it('who is online before they write has what is new delivered once', async () => {
    const { sam } = world;
    const copy = await backUp(sam);
    const since = world.writeEverywhere(sam, 2);
    await world.settle();
    await restore(sam, copy, since);
    await sam.comeBack();
    await world.settle();
    world.writeEverywhere(sam);
    await holdsAllOnce();
  });

  for (const [amount, times] of [
    ['less', 1],
    ['as much', 2],
    ['more', 3],
  ] as const) {
    it(`who writes ${amount} while the reader is away than the backup lacks has all of it delivered once`, async () => {
      const { sam, carol } = world;
      const copy = await backUp(sam);
      const since = world.writeEverywhere(sam, 2);
      await world.settle();
      await carol.stop();
      await restore(sam, copy, since);
      await sam.comeBack();
      world.writeEverywhere(sam, times);
      await sam.answered();
      await carol.comeBack();
      await holdsAllOnce();
    });
  }

  it('in which messages wait that were delivered since has none of them delivered twice', async () => {
    const { sam, carol } = world;
    await carol.stop();
    world.writeEverywhere(sam);
    await sam.answered();
    const copy = await backUp(sam);
    const since = world.writeEverywhere(sam);
    await carol.comeBack();
    await world.settle();
    await restore(sam, copy, since);
    await sam.comeBack();
    world.writeEverywhere(sam);
    await holdsAllOnce();
  });

  it('in which messages wait that the reader had and deleted since has none of them shown again', async () => {
    const { sam, carol } = world;
    await carol.stop();
    world.writeEverywhere(sam);
    await sam.answered();
    const copy = await backUp(sam);
    const since = world.writeEverywhere(sam);
    await carol.comeBack();
    await world.settle();
    await carol.clear();
    await restore(sam, copy, since);
    await sam.comeBack();
    const news = world.writeEverywhere(sam);
    await world.settle();
    assert.deepEqual(
      (await carol.conversation()).lines.map(({ id }) => id),
      news,
    );
    assert.equal(await sam.waiting(), 0);
  });

  it('but for the outboxes, or the history, loses nothing that waits', async () => {
    const { sam, carol } = world;
    await carol.stop();
    world.writeEverywhere(sam);
    await sam.answered();
    const copy = await backUp(sam);
    await carol.comeBack();
    await world.settle();
    for (const workspace of ['workspace-0', 'workspace-1', 'workspace-2'] as const) {
      await sam.stop();
      sam.restore(copy, workspace);
      await sam.comeBack();
      await holdsAllOnce();
    }
    await carol.stop();
    world.write(
      sam,
      sam.windows.filter((folder) => folder !== null),
    );
    await sam.answered();
    await sam.stop();
    sam.restore(copy, 'global');
    await sam.comeBack();
    await carol.comeBack();
    await holdsAllOnce();
  });
});

describe('a reader whose files are those of an older backup', () => {
  it('is shown how many messages are missing once the writer writes, and gets what is new once', async () => {
    const { sam, carol } = world;
    const copy = await backUp(carol);
    const before = (await carol.conversation()).lines.length;
    const lacking = world.writeEverywhere(sam, 2);
    await world.settle();
    await carol.stop();
    carol.restore(copy);
    await carol.comeBack();
    await world.settle();
    const next = world.writeEverywhere(sam);
    await world.settle();
    const { lines, missing } = await carol.conversation();
    assert.deepEqual(missing, [lacking.length]);
    assert.equal(lines.length, before + next.length);
    assert.deepEqual(
      lines.slice(before).map(({ id }) => id),
      next,
    );
    const { lines: sams } = await sam.conversation();
    assert.ok(sams.filter(({ mine }) => mine).every(({ state }) => state === 'delivered'));
  });

  it('gets what waits for them at the writer, and is shown that what was before it is missing', async () => {
    const { sam, carol } = world;
    const copy = await backUp(carol);
    const before = (await carol.conversation()).lines.length;
    const lacking = world.writeEverywhere(sam);
    await world.settle();
    await carol.stop();
    const waiting = world.writeEverywhere(sam, 2);
    await sam.answered();
    carol.restore(copy);
    await carol.comeBack();
    await world.settle();
    const { lines, missing } = await carol.conversation();
    assert.deepEqual(missing, [lacking.length]);
    assert.deepEqual(
      lines.slice(before).map(({ id }) => id),
      waiting,
    );
  });
});

describe('two people whose files are both those of older backups', () => {
  it('exchange what is new once', async () => {
    const { sam, carol } = world;
    const copies = [await backUp(sam), await backUp(carol)] as const;
    const since = [...world.writeEverywhere(sam), ...world.writeEverywhere(carol)];
    await world.settle();
    for (const id of since) world.forgotten.add(id);
    await Promise.all([sam.stop(), carol.stop()]);
    sam.restore(copies[0]);
    carol.restore(copies[1]);
    await Promise.all([sam.comeBack(), carol.comeBack()]);
    const next = [sam, carol].map((author) => world.writeEverywhere(author, 2));
    await world.settle();
    for (const [index, reader] of [carol, sam].entries()) {
      const { lines } = await reader.conversation();
      const arrived = lines.filter(({ mine }) => !mine).map(({ id }) => id);
      assert.deepEqual(arrived.slice(-8), next[index]);
      assert.ok(arrived.every((id) => !since.includes(id)));
    }
  });
});
