/** `npm run bench:open`: how long a chat takes to be there, as a multiple of an empty panel, in a real VS Code. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { measureOpening } from '../bench/open/measure.ts';
import { makeBundles } from './lib/bundles.ts';
import { cacheDirectory } from './lib/node-runtime.ts';
import { keepTemporaryFilesTogether } from './lib/temporary-files.ts';

/** A chat shows its last messages in so many times the time of an empty panel at most. */
const TARGET = 1.2;

keepTemporaryFilesTogether();
mkdirSync(cacheDirectory, { recursive: true });
const folder = mkdtempSync(path.join(cacheDirectory, 'bench-'));
try {
  if (!(await makeBundles())) throw new Error('The bundles cannot be made.');
  const { chat, empty } = await measureOpening(folder, (panel, { shown, usable }) =>
    console.log(`${panel}: shown after ${shown.toFixed(0)} ms, usable after ${usable.toFixed(0)} ms`),
  );
  const ratio = chat.shown / empty.shown;
  console.log(`
Medians, from the key to the frame that shows it:
  an empty panel                 ${empty.shown.toFixed(0)} ms
  the last messages of a chat    ${chat.shown.toFixed(0)} ms, ${ratio.toFixed(2)} times as long (target: ${TARGET})
  a chat that can be written to  ${chat.usable.toFixed(0)} ms, ${(chat.usable / empty.shown).toFixed(2)} times as long`);
  if (ratio > TARGET) process.exitCode = 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
