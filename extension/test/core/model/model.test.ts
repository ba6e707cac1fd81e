import { describe, it } from 'node:test';
import fc from 'fast-check';
import { command } from './commands.ts';
import { Stage } from './stage.ts';

/** A failure prints how its commands are had again; this is what other commands are had by. */
const seed = Number(process.env['MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const ROUNDS = Number(process.env['MODEL_ROUNDS'] ?? 75);

const MAX_COMMANDS = 60;

/** Milliseconds: on a machine that is busy with other things there are fewer rounds. */
const MAX_MS = Number(process.env['MODEL_SECONDS'] ?? 15) * 1_000;

describe(`two people, whatever happens to their disks, processes and links (seed ${seed})`, () => {
  it('get everything that was accepted, once and in order, and have nothing left to send', async () => {
    const rounds = fc.commands([command], { maxCommands: MAX_COMMANDS, size: 'max' });
    await fc.assert(
      fc.asyncProperty(rounds, async (commands) => {
        const stage = new Stage();
        await stage.begin();
        await fc.asyncModelRun(() => ({ model: {}, real: stage }), commands);
        await stage.end();
      }),
      { seed, numRuns: ROUNDS, interruptAfterTimeLimit: MAX_MS },
    );
  });
});
