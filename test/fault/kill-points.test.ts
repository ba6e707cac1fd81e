import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Dice } from './dice.ts';
import { everydayPoints, type KillPoint, killPoints } from './kill-points.ts';
import { faultOptions } from './options.ts';
import { World } from './world.ts';

/** Bursts within which a peer has to come by a point. */
const MANY_BURSTS = 10;

const dice = new Dice(faultOptions.seed);

/** One for all points, until one of them fails in it. */
let world: World | null = null;
after(() => world?.end());

/** Messages both ways over links that begin anew, until Sam is killed. */
async function exchangeUntilKilled(around: World, point: KillPoint): Promise<void> {
  const { sam, carol, roads } = around;
  const before = sam.deaths;
  await sam.arm({ point, passes: dice.between(0, 2) });
  for (let burst = 0; sam.deaths === before; burst += 1) {
    assert.ok(burst < MANY_BURSTS, `Sam's peer never comes by: ${point}`);
    for (const road of roads) road.cut();
    for (const author of [sam, carol]) around.writeEverywhere(author);
    await around.settle();
  }
}

/** Sam is killed at a point of everyday, and then while his next peer starts. */
async function killTwice(around: World, first: KillPoint, second: KillPoint): Promise<void> {
  const before = around.sam.deaths;
  around.sam.armNext({ point: second, passes: 0 });
  await exchangeUntilKilled(around, first);
  assert.equal(around.sam.deaths, before + 2, `Sam's peer never comes by: ${second}`);
}

/** Sam is killed while his next peer starts, or once it has a link. */
async function killNext({ sam, carol }: World, point: KillPoint): Promise<void> {
  await sam.leave();
  const before = sam.deaths;
  sam.armNext({ point, passes: 0 });
  await Promise.all([sam.comeBack(), carol.comeBack()]);
  await sam.until(`is killed ${point}`, () => sam.deaths > before);
}

/** A workspace of Sam's is deleted, in which messages wait for Carol. */
async function loseWorkspace(around: World): Promise<void> {
  const { sam, carol } = around;
  const workspace = sam.windows.at(-1) ?? null;
  await carol.leave();
  around.write(sam, [workspace, null, workspace]);
  await sam.answered();
  await sam.leave();
  if (workspace !== null) sam.deleteWorkspace(workspace);
}

/** Sam's files are put back to an older state, and then he writes while Carol is away. */
async function loseCounter(around: World): Promise<void> {
  const { sam, carol, folder, forgotten } = around;
  const copy = join(folder, `copy-${forgotten.size}`);
  await sam.stop();
  sam.backUp(copy);
  await sam.comeBack();
  for (const id of around.writeEverywhere(sam, 2)) forgotten.add(id);
  await around.settle();
  await Promise.all([sam.stop(), carol.stop()]);
  sam.restore(copy);
  await sam.comeBack();
  around.writeEverywhere(sam);
  await sam.answered();
}

/** Brings Sam's peer to the point where it is killed. */
async function kill(around: World, point: KillPoint): Promise<void> {
  if (everydayPoints.includes(point)) return exchangeUntilKilled(around, point);
  if (point.endsWith('adding to the history at start')) {
    return killTwice(around, 'after adding to the outbox', point);
  }
  if (point.endsWith('removing from an outbox at start')) {
    return killTwice(around, 'after settling in the history', point);
  }
  if (point.endsWith('moving to the global outbox at start')) await loseWorkspace(around);
  if (point.includes('anew')) await loseCounter(around);
  return killNext(around, point);
}

describe('a peer that is killed', () => {
  for (const point of killPoints) {
    it(`${point} has lost nothing, and nothing comes twice`, async () => {
      const around = (world ??= await World.begin());
      try {
        await kill(around, point);
        for (const author of around.people) around.writeEverywhere(author);
        await around.settle();
        await around.check();
      } catch (error) {
        world = null;
        const report = await around.report();
        await around.end();
        throw new Error(`${String(error)}\n${report}`, { cause: error });
      }
    });
  }
});
