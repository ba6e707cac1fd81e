import { cpSync, renameSync, rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { World } from './world.ts';

type Happens = (folder: string) => void;

/** What becomes of the storage folder of a workspace while its outbox is open. */
const fates: readonly (readonly [string, Happens])[] = [
  ['deleted', (folder) => rmSync(folder, { recursive: true })],
  [
    'moved, with an older copy in its place',
    (folder) => {
      renameSync(folder, `${folder}-moved`);
      cpSync(`${folder}-moved`, folder, { recursive: true });
    },
  ],
];

describe('a workspace whose folder, while its window is open, is', () => {
  for (const [fate, happens] of fates) {
    it(`${fate}: takes no message with it, nor brings one twice, over the deaths of two peers`, async () => {
      const world = await World.begin();
      const { sam, carol } = world;
      try {
        const [, folder = null] = sam.windows;
        const windows = [folder, null, folder];
        await carol.stop();
        world.write(sam, windows);
        await sam.answered();
        if (folder !== null) happens(folder);
        for (let run = 0; run < 2; run += 1) {
          world.write(sam, windows);
          await sam.answered();
          sam.kill();
          await sam.comeBack();
        }
        await carol.comeBack();
        await world.settle();
        await world.check();
      } catch (error) {
        throw new Error(`${String(error)}\n${await world.report()}`, { cause: error });
      } finally {
        await world.end();
      }
    });
  }
});
