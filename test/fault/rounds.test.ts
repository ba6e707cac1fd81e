import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { within } from '../../scripts/lib/wait.ts';
import { Dice } from './dice.ts';
import { describeRound, happen, type Happening, mend, planRound } from './faults.ts';
import { faultOptions } from './options.ts';
import { SETTLE_MS, World } from './world.ts';

/** Rounds in one world, with one seed. */
const ROUNDS_TOGETHER = 10;

/** Worlds at a time. Each is several processes, of which one or two work at once. */
const WORLDS_AT_ONCE = 4;

/** @throws what did not go as it must, after a bounded time */
async function play(world: World, happenings: readonly Happening[]): Promise<void> {
  const began = performance.now();
  const lasting: Promise<void>[] = [];
  for (const happening of happenings) {
    await delay(Math.max(0, happening.at - (performance.now() - began)));
    const over = happen(world, happening);
    // Whatever goes wrong is heard below, once all has begun.
    over.catch(() => undefined);
    lasting.push(over);
  }
  await within('everything that happens is over', SETTLE_MS, Promise.all(lasting));
  await within('everything is mended', SETTLE_MS, mend(world, happenings));
  await world.settle();
  await world.check();
}

describe(
  'two people who write to each other while everything goes wrong',
  { concurrency: WORLDS_AT_ONCE },
  () => {
    const { rounds, seed } = faultOptions;
    for (let first = 0; first < rounds; first += ROUNDS_TOGETHER) {
      const worldSeed = seed + first / ROUNDS_TOGETHER;
      const count = Math.min(ROUNDS_TOGETHER, rounds - first);
      it(`have all of it once and in order after each of ${count} rounds (seed ${worldSeed})`, async () => {
        const dice = new Dice(worldSeed);
        const world = await World.begin();
        try {
          for (let round = 1; round <= count; round += 1) {
            const happenings = planRound(dice);
            await play(world, happenings).catch(async (error: unknown) => {
              throw new RoundFailed(worldSeed, round, happenings, await world.report(), error);
            });
          }
        } finally {
          await world.end();
        }
      });
    }
  },
);

/** A round failed: how to play it again, and what happened in it. */
class RoundFailed extends Error {
  override readonly name = 'RoundFailed';

  constructor(seed: number, round: number, happenings: readonly Happening[], report: string, cause: unknown) {
    const lines = [
      `Round ${round} of seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`,
      `Play it again: npm run test:fault -- --rounds ${round} --seed ${seed}`,
      'In this round:',
      ...describeRound(happenings).map((line) => `  ${line}`),
      report,
    ];
    super(lines.join('\n'), { cause });
  }
}
