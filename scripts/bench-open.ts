/**
 * `npm run bench:open`: in a real VS Code, how long a chat takes to be there, as a multiple of an empty panel, how a long one
 * scrolls, and how one types while many messages come.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Scrolling } from '../bench/open/at-work.ts';
import { measureOpening } from '../bench/open/measure.ts';
import { makeBundles } from './lib/bundles.ts';
import { cacheDirectory, repositoryRoot } from './lib/node-runtime.ts';
import { keepTemporaryFilesTogether } from './lib/temporary-files.ts';

/** A chat shows its last messages in so many times the time of an empty panel at most. */
const TARGET = 1.2;
/** What the main thread may do for all but one of twenty frames while a person scrolls: half of a frame at 60 Hz. */
const FRAME_MS = 8;
/** Lines in the page at most, however many the conversation has. */
const LINES = 200;
/** From here on a person notices that a key is late. */
const LATE_MS = 50;

function frames({ half, most, longest, lines }: Scrolling): string {
  const [middle, nearly, all] = [half, most, longest].map((ms) => ms.toFixed(1));
  return `${middle} ms in the middle, one of twenty more than ${nearly} ms, the longest ${all} ms; ${lines} lines in the page at most`;
}

keepTemporaryFilesTogether();
mkdirSync(cacheDirectory, { recursive: true });
const folder = mkdtempSync(path.join(cacheDirectory, 'bench-'));
try {
  if (!(await makeBundles())) throw new Error('The bundles cannot be made.');
  const { chat, empty, scrolling, typing } = await measureOpening(folder, (panel, { shown, usable }) =>
    console.log(`${panel}: shown after ${shown.toFixed(0)} ms, usable after ${usable.toFixed(0)} ms`),
  );
  const { size: bytes } = statSync(path.join(repositoryRoot, 'extension', 'dist', 'webview.js'));
  const ratio = chat.shown / empty.shown;
  console.log(`
Medians, from the key to the frame that shows it:
  an empty panel                 ${empty.shown.toFixed(0)} ms
  the last messages of a chat    ${chat.shown.toFixed(0)} ms, ${ratio.toFixed(2)} times as long (target: ${TARGET})
  a chat that can be written to  ${chat.usable.toFixed(0)} ms, ${(chat.usable / empty.shown).toFixed(2)} times as long
Scrolling 100,000 messages, the main thread's work for a frame in the quickest of three rounds:
  as quick as a wheel is spun    ${frames(scrolling.spun)} (target: ${FRAME_MS})
  twice as quick                 ${frames(scrolling.twice)}
Typing while 100 messages come each second: a key is late by ${typing.toFixed(0)} ms at most (target: ${LATE_MS})
The page's script: ${bytes.toLocaleString('en')} bytes (target: 250,000)`);
  const isQuick = ratio <= TARGET && scrolling.spun.most <= FRAME_MS && typing <= LATE_MS;
  if (!isQuick || Math.max(scrolling.spun.lines, scrolling.twice.lines) > LINES) process.exitCode = 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
